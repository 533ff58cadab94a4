"""The one way from text that someone wrote to HTML that a page may print."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

import bleach
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

LONGEST_TEXT: Final = 20_000
"""Characters that are rendered; forms allow less, so only a text that came another way is cut."""

CUT_NOTICE: Final = "（内容过长，此处已截断）"

_TAGS: Final = frozenset(
    {"a", "blockquote", "br", "code", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "strong"}
    | {"table", "tbody", "td", "th", "thead", "tr", "ul"}
)
_ATTRIBUTES: Final = {"a": ["href", "rel"], "ol": ["start"], "th": ["scope"]}
_PROTOCOLS: Final = frozenset({"http", "https", "mailto"})
_RELATION: Final = "nofollow noopener ugc"
_OUTLINE_SHIFT: Final = 2  # h1 and h2 belong to the page
_LOWEST_HEADING: Final = 6
# Controls, and the marks that turn the direction of text and so let a name or an address read as another.
_INVISIBLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")

_WITHOUT_TABLES: Final = MarkdownIt("commonmark", {"html": False})
_WITH_TABLES: Final = MarkdownIt("commonmark", {"html": False}).enable("table")
_RENDERER: Final = RendererHTML()
_MOST_CELLS: Final = 10_000  # short rows of a wide table are filled up: a small text would make a huge page


def render_markdown(text: str) -> Markup:
    """HTML of a Markdown text: no raw HTML, no scripts, links to http, https and mailto only.

    Of a picture its alternative text stays.
    """
    text = _bounded(text)
    parser = _parser(text)
    tokens = _parsed(parser, text)
    for token in _every(tokens):
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + _OUTLINE_SHIFT, _LOWEST_HEADING)}"
        elif token.type == "link_open":
            href = str(token.attrGet("href") or "")
            token.attrs = {"href": href, "rel": _RELATION} if _leads_outside(href) else {}
        elif token.type == "th_open":
            token.attrs = {"scope": "col"}
    html = parser.renderer.render(tokens, parser.options, {})
    clean = bleach.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, protocols=_PROTOCOLS, strip=True)
    return Markup(clean)  # noqa: S704 - bleach made it; this is the one place that may say so


def plain_text(text: str) -> str:
    """The words of a Markdown text without its marks, for the search index and for summaries."""
    words: list[str] = []
    text = _bounded(text)
    for token in _every(_parsed(_parser(text), text)):
        if token.type in ("text", "code_inline", "code_block", "fence"):
            words.append(token.content)
        elif token.type in ("softbreak", "hardbreak") or (token.block and token.nesting == -1):
            words.append(" ")
    return " ".join("".join(words).split())


def _bounded(text: str) -> str:
    text = _INVISIBLE.sub("", text)
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "\n\n" + CUT_NOTICE


def _parser(text: str) -> MarkdownIt:
    lines = text.splitlines()
    columns = 1 + max((line.count("|") for line in lines), default=0)
    return _WITH_TABLES if columns * len(lines) <= _MOST_CELLS else _WITHOUT_TABLES


def _parsed(parser: MarkdownIt, text: str) -> list[Token]:
    """The tokens of a text, with the words of a picture in its place."""
    tokens = parser.parse(text)
    for token in tokens:
        for child in token.children or ():
            if child.type == "image":
                words = _RENDERER.renderInlineAsText(child.children, parser.options, {})
                child.type, child.tag, child.content, child.children = "text", "", words, None
    return tokens


def _every(tokens: Iterable[Token]) -> Iterable[Token]:
    for token in tokens:
        yield token
        if token.children:
            yield from token.children


def _leads_outside(href: str) -> bool:
    try:
        address = urlsplit(href)
    except ValueError:
        return False
    return address.scheme == "mailto" or (address.scheme in _PROTOCOLS and bool(address.netloc))
