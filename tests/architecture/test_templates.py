"""The templates keep the rules, and the rules catch what they say they catch."""

from __future__ import annotations

import pytest

from tests.architecture.check_templates import Breach, breaches, report


def test_every_template_keeps_the_rules() -> None:
    assert report() == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{{ text|safe }}", "|safe"),
        ("{{ text|trim|safe|upper }}", "|safe"),
        ("{% filter safe %}<b>{% endfilter %}", "|safe"),
        ("{% autoescape false %}{{ text }}{% endautoescape %}", "autoescape"),
        ('{% import "m.html" as m %}', "m is imported and not used"),
        ('{% from "m.html" import field as f, table %}{{ table() }}', "f is imported and not used"),
        ("<script>alert(1)</script>", "inline <script>"),
        ('<script type="module">alert(1)</script>', "inline <script>"),
        ("<style>p { color: red }</style>", "inline <style>"),
        ('<p {% if wide %}style="width: 9em"{% endif %}>', "style attribute"),
        ('<a href="{{ url_for("home") }}" onclick="go()">', "onclick attribute"),
        ('{{ form.name(onclick="go()") }}', "onclick="),
        ('<a href="javascript:go()">', "runs a script"),
        ('<link rel="stylesheet" href="https://cdn.example/a.css">', "another host"),
        ('<script src="//cdn.example/a.js"></script>', "another host"),
        ('<img src="/a.png" srcset="/a.png 1x, http://cdn.example/b.png 2x">', "another host"),
        ("{% if %}", "not a template"),
    ],
)
def test_a_breach_is_found(source: str, words: str) -> None:
    assert [breach for breach in breaches(source) if words in breach.message]


@pytest.mark.parametrize(
    "source",
    [
        '<script src="{{ url_for("static", filename="a.js") }}" nonce="{{ nonce }}"></script>',
        '<script type="application/ld+json">{{ data|tojson }}</script>',
        '<a href="https://www.creditchina.gov.cn/">信用中国</a>',
        '<link rel="canonical" href="https://register.example/institutions">',
        '{% from "m.html" import field %}{% call field() %}{% endcall %}',
        "{# {{ text|safe }} <script> #}",
        '<img src="data:image/png;base64,{{ picture }}" alt="">',
        '<option value="{{ code }}"{% if code == chosen %} selected{% endif %}>{{ name }}</option>',
    ],
)
def test_ordinary_markup_is_let_through(source: str) -> None:
    assert breaches(source) == []


def test_a_breach_carries_its_line_though_whitespace_control_swallows_line_ends() -> None:
    source = "{% if a -%}\n\n  {{ b }}\n{%- endif %}\n<p\n  onclick='x'>"
    assert breaches(source) == [Breach(5, "an onclick attribute: attach the event in a script under static/")]
