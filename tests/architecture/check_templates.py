"""What no template may contain: the rules that keep pages safe under a strict Content-Security-Policy.

`python -m tests.architecture.check_templates` prints every breach with its file and line.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, TemplateSyntaxError, nodes

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
HTML_SUFFIXES = {".html", ".svg"}
# A browser runs nothing of these types, so that no policy needs to allow them.
DATA_BLOCKS = {"application/ld+json"}
# Elements that load what they name; links that a reader follows may go anywhere.
LOADING_ATTRIBUTES = {
    "audio": {"src"},
    "embed": {"src"},
    "form": {"action"},
    "iframe": {"src"},
    "image": {"href", "xlink:href"},
    "img": {"src", "srcset"},
    "input": {"src"},
    "link": {"href"},
    "object": {"data"},
    "script": {"src"},
    "source": {"src", "srcset"},
    "track": {"src"},
    "use": {"href", "xlink:href"},
    "video": {"src", "poster"},
}
# These relations name an address without loading it.
NAMING_RELATIONS = {"alternate", "author", "canonical", "help", "license", "next", "prev", "self"}

JINJA = Environment(
    autoescape=True, extensions=["jinja2.ext.do", "jinja2.ext.i18n", "jinja2.ext.loopcontrols"]
)


class Breach(NamedTuple):
    line: int
    message: str


def breaches(source: str, *, html: bool = True) -> list[Breach]:
    """Everything wrong with one template, in the order of its lines."""
    try:
        tree = JINJA.parse(source)
    except TemplateSyntaxError as error:
        return [Breach(error.lineno, f"not a template: {error.message}")]
    found = [*_unsafe_output(tree), *_unused_imports(tree), *_inline_arguments(tree)]
    if html:
        reader = _MarkupReader()
        reader.feed(markup_of(source))
        reader.close()
        found += reader.found
    return sorted(found)


def _unsafe_output(tree: nodes.Template) -> Iterator[Breach]:
    for name in tree.find_all(nodes.Filter):
        if name.name == "safe":
            yield Breach(name.lineno, "|safe: rich text passes the one sanitiser, everything else is escaped")
    for modifier in tree.find_all(nodes.ScopedEvalContextModifier):
        yield Breach(modifier.lineno, "{% autoescape %}: escaping is not switched in a template")


def _unused_imports(tree: nodes.Template) -> Iterator[Breach]:
    used = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "load"}
    for line, name in _imports(tree):
        if name not in used:
            yield Breach(line, f"{name} is imported and not used")


def _imports(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    for module in tree.find_all(nodes.Import):
        yield module.lineno, module.target
    for names in tree.find_all(nodes.FromImport):
        for name in names.names:
            yield names.lineno, name if isinstance(name, str) else name[1]


def _inline_arguments(tree: nodes.Template) -> Iterator[Breach]:
    """A form field turns its arguments into attributes: `{{ form.name(onclick="…") }}`."""
    for argument in tree.find_all(nodes.Keyword):
        if argument.key == "style" or argument.key in {
            "onblur",
            "onchange",
            "onclick",
            "oninput",
            "onsubmit",
        }:
            yield Breach(argument.lineno, f"{argument.key}= is refused by the Content-Security-Policy")


def markup_of(source: str) -> str:
    """The HTML of a template: an `x` for each expression, nothing for a statement, each line in its place."""
    text = ""
    for line, kind, value in JINJA.lex(source):
        # Whitespace control swallows line ends; they are put back, so that positions stay true.
        if kind in {"data", "variable_begin"}:
            text += "\n" * (line - 1 - text.count("\n"))
        if kind == "data":
            text += value
        elif kind == "variable_begin":
            text += "x"
    return text


class _MarkupReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Breach] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "script" and "src" not in attributes and attributes.get("type") not in DATA_BLOCKS:
            self._add("an inline <script>: put it into a file under static/")
        if tag == "style":
            self._add("an inline <style>: put it into the style sheet under static/")
        for name, value in attributes.items():
            if name == "style":
                self._add("a style attribute: use a class")
            elif name.startswith("on"):
                self._add(f"an {name} attribute: attach the event in a script under static/")
            elif value.strip().lower().startswith("javascript:"):
                self._add(f"{name} runs a script")
            elif name in LOADING_ATTRIBUTES.get(tag, ()) and not self._only_names(attributes):
                self._check_host(tag, name, value)

    def _check_host(self, tag: str, name: str, value: str) -> None:
        for part in value.split(","):
            if part.strip().lower().startswith(("http:", "https:", "//")):
                self._add(f"<{tag} {name}> goes to another host: {part.strip()}")

    @staticmethod
    def _only_names(attributes: dict[str, str]) -> bool:
        relations = set(attributes.get("rel", "").lower().split())
        return bool(relations) and relations <= NAMING_RELATIONS

    def _add(self, message: str) -> None:
        self.found.append(Breach(self.getpos()[0], message))


def template_files(folder: Path = TEMPLATES) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def report(folder: Path = TEMPLATES) -> list[str]:
    return [
        f"{path.relative_to(folder.parent)}:{breach.line}: {breach.message}"
        for path in template_files(folder)
        for breach in breaches(path.read_text(encoding="utf-8"), html=path.suffix in HTML_SUFFIXES)
    ]


if __name__ == "__main__":
    lines = report()
    print("\n".join(lines) or f"{len(template_files())} templates keep the rules")
    sys.exit(1 if lines else 0)
