"""Whatever is written as Markdown, nothing in the page that prints it can run or lead astray."""

from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from credit_register.core.sanitise import CUT_NOTICE, LONGEST_TEXT, plain_text, render_markdown

ALLOWED = {
    *("a", "blockquote", "br", "code", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "strong"),
    *("table", "tbody", "td", "th", "thead", "tr", "ul"),
}


class Inspector(HTMLParser):
    """Reads HTML as a browser would and fails on everything outside the allow list."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED
        for name, value in attrs:
            assert value is not None
            match tag, name:
                case "a", "href":
                    assert value.lower().startswith(("http://", "https://", "mailto:"))
                    assert dict(attrs)["rel"] == "nofollow noopener ugc"
                case ("a", "rel") | ("ol", "start") | ("th", "scope"):
                    pass
                case _:
                    raise AssertionError(f"attribute {name} on {tag}")

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError("a declaration")

    def handle_pi(self, data: str) -> None:
        raise AssertionError("a processing instruction")

    unknown_decl = handle_decl


def inspect(html: str) -> None:
    inspector = Inspector(convert_charrefs=True)
    inspector.feed(html)
    inspector.close()


PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "[x](//evil.example)",
    "[x](/staff)",
    "[x](http:evil.example)",
    "[x](http://[)",
    '[x](https://a.example "onmouseover=alert(1)")',
    '[x](https://a.example/" onclick="alert(1))',
    "<javascript:alert(1)>",
    "<https://a.example/'onclick=alert(1)//>",
    "![x](https://a.example/x.png)",
    "![x](javascript:alert(1))",
    "[r]\n\n[r]: javascript:alert(1)",
    '<a href="javascript:alert(1)">x</a>',
    "<iframe srcdoc='<script>'>",
    "<!--<img src='--><img src=x onerror=alert(1)//'>",
    "<![CDATA[<script>]]>",
    "<?php ?>",
    "<!DOCTYPE html>",
    '```js" onload=alert(1)\n</code></pre><script>alert(1)</script>\n```',
    "`</code><script>`",
    "|a|\n|-|\n|<script>|",
    "&lt;script&gt;",
    "\\<script>",
    "<style>@import 'x'</style>",
    "<math><mi//xlink:href='javascript:alert(1)'>",
    "</p><form action=x><input>",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_known_attack_survives(payload: str) -> None:
    inspect(render_markdown(payload))


@settings(deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PAYLOADS), st.text(max_size=30)), max_size=6).map("".join))
@example("\x00" * 10)
@example("\ud800")
def test_no_mixture_of_attacks_survives(text: str) -> None:
    inspect(render_markdown(text))
    assert isinstance(plain_text(text), str)


@settings(deadline=None)
@given(st.text(alphabet="<>\"'&[]()!`*_#|-:/\\ \n\tajshrcipt;=xon0", max_size=120))
def test_no_combination_of_special_characters_survives(text: str) -> None:
    inspect(render_markdown(text))


def test_headings_stand_below_those_of_the_page() -> None:
    html = render_markdown("# 一\n\n## 二\n\n###### 六")
    assert html == "<h3>一</h3>\n<h4>二</h4>\n<h6>六</h6>\n"


def test_ordinary_marks_are_printed() -> None:
    html = render_markdown(
        "**重要**：见[官网](https://a.example)\n\n- 甲\n- 乙\n\n3. 丙\n\n|项目|费用|\n|:-|-:|\n|报告|200|"
    )
    assert "<strong>重要</strong>" in html
    assert '<a href="https://a.example" rel="nofollow noopener ugc">官网</a>' in html
    assert "<li>甲</li>" in html
    assert '<ol start="3">' in html
    assert '<th scope="col">项目</th>' in html
    assert "<td>200</td>" in html


def test_marks_that_turn_the_direction_of_text_are_dropped() -> None:
    assert render_markdown("甲\u202e乙\u2066丙") == "<p>甲乙丙</p>\n"


def test_a_text_that_is_too_long_is_cut_and_says_so() -> None:
    html = render_markdown("长" * (LONGEST_TEXT + 1))
    assert html.count("长") == LONGEST_TEXT + CUT_NOTICE.count("长")
    assert CUT_NOTICE in html


@pytest.mark.parametrize(
    "pattern",
    [
        "[",
        "*a **b ",
        ">",
        "- ",
        "`a``",
        "[a](b",
        "|a" * 3000 + "\n" + "|-" * 3000 + "\n" + "|\n" * 8000,
        "<a ",
        "![[",
    ],
)
def test_no_pattern_keeps_the_server_busy(pattern: str) -> None:
    started = time.perf_counter()
    html = render_markdown(pattern * (LONGEST_TEXT // len(pattern) + 1))
    assert time.perf_counter() - started < 3
    assert len(html) < 20 * LONGEST_TEXT


def test_the_search_index_gets_words_without_marks() -> None:
    text = "# 简介\n\n从事**信用评级**，见[官网](https://a.example)。\n第二行\n\n|项目|费用|\n|-|-|\n|报告|`200`|\n\n<b>x</b>"
    assert plain_text(text) == "简介 从事信用评级，见官网。 第二行 项目 费用 报告 200 <b>x</b>"


def test_an_empty_text_stays_empty() -> None:
    assert render_markdown("") == ""
    assert plain_text(" \n") == ""


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("前 ![图 *一*](http://a.example/a.png) 后", "<p>前 图 一 后</p>\n"),
        ("![](https://a.example/a.png)", "<p></p>\n"),
        ("![图](data:image/png;base64,AA)", "<p>图</p>\n"),
        ("![图][a]\n\n[a]: https://a.example/a.png", "<p>图</p>\n"),
        (
            "[![图](https://a.example/a.png)](https://b.example)",
            '<p><a href="https://b.example" rel="nofollow noopener ugc">图</a></p>\n',
        ),
    ],
)
def test_of_a_picture_its_words_stay(text: str, html: str) -> None:
    assert render_markdown(text) == html
    assert "!" not in plain_text(text)
