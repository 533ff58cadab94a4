"""Whatever stands in an address of the public search, the answer is a result or a clear message, and bounded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote_from_bytes

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from credit_register.core import search
from tests.factories import make_institution, make_product

PAGES = ("/institutions", "/institutions/suggest", "/institutions/compare", "/verify")
PROGRAMS = ("/api/v1/institutions", "/api/v1/verify")
NAMES = ("q", "q", "q", "page", "per_page", "sort", "region", "category", "status", "committed", "uscc")
MOST_BYTES = 250_000

# Questions that have broken searches: those of either engine's own language, and what is no text at all.
TRICKS = [
    "", " ", "*:*", "name:", "name:信用", '"', '"信用', "'", "(((", ")))", "~", "信用~2", "[a TO b]", "AND OR NOT", "+-&&||!",
    "?*", "\\", "^2", "/.*/", "%", "_", "%_%", "信用 OR 1=1 --", "'; DROP TABLE institution; --", "{{7*7}}", "<script>alert(1)</script>",
    "\x00", "信\x00用", "\x1b[31m信用", "\r\nSet-Cookie: a=b", "\ud800", "信\udfff用", "😀",
    "👨‍👩‍👧‍👦 信用", "\u202e用信\u202c", "\u200f信用",
    "\ufeff信用", "ﷺ" * 60, "e\u0301" * 90, "\u0335" * 200, "İstanbul ß ŉ", "，。、；：", "信用" * 2500, "a" * 5000, "(" * 5000, "9" * 5000,
    "xian" * 50, "信 " * 100, "91510100MA", "-1", "0", "1e9", "1_0", "１", "٣", "999999999999999999999", "NaN", "true", "01", "51", "fee",
    "registered",
]  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(TRICKS).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.text(max_size=220).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.binary(max_size=60),
)
PARAMETERS = st.lists(st.tuples(st.one_of(st.sampled_from(NAMES), st.just("foo")), VALUES), max_size=5)
FEW = settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # each test has one register, which no question changes


@pytest.fixture(params=["index", "no index"])
def register(app: Flask, request: pytest.FixtureRequest) -> Iterator[str]:
    """Some institutions, with the index or answered from the database."""
    for number, status in enumerate(["registered", "suspended", "deregistered"] * 3):
        made = make_institution(
            name=f"成都示例{'甲乙丙丁戊己庚辛壬'[number]}子信用评级有限公司",
            status=status,
            categories=("03",),
        )
        make_product(made, name="主体评级", category="03")
    search.rebuild()
    if request.param == "no index":
        folder = Path(app.extensions["settings"].instance_path) / "search"
        for file in [path for path in folder.rglob("*") if path.is_file()]:
            file.unlink()
        search.engine().close()
        search.init_search(app, app.extensions["settings"], search.source())
    yield request.param
    assert search.is_available() is (request.param == "index")


def query_of(parameters: list[tuple[str, bytes]]) -> str:
    return "&".join(f"{name}={quote_from_bytes(value)}" for name, value in parameters)


def assert_answered(client: FlaskClient, path: str, query: str) -> None:
    """200, or 400 with a sentence in Chinese; never more than a page holds."""
    answer = client.get(path, environ_overrides={"QUERY_STRING": query})
    assert answer.status_code in (200, 400), (path, query)
    assert len(answer.data) < MOST_BYTES, (path, query)
    if answer.status_code == 200:
        return
    if path.startswith("/api/"):
        assert answer.mimetype == "application/problem+json"
        message = answer.get_json()["detail"]
    else:
        found = re.search(
            r'<p class="form-error"[^>]*>(.*?)</p>|<main[^>]*>(.*?)</main>', answer.text, re.DOTALL
        )
        assert found
        message = re.sub(r"<[^>]+>", "", found[1] or found[2])
    assert len(re.findall(r"[\u4e00-\u9fff]", message)) > 5, (path, query, message)
    assert len(message) < 2_000


@pytest.mark.parametrize("path", [*PAGES, *PROGRAMS])
@FEW
@given(parameters=PARAMETERS)
@example(parameters=[("page", b"-1"), ("per_page", b"1e9")])
@example(parameters=[("q", b"\xff\xfe\xed\xa0\x80"), ("q", b"\x00")])
@example(parameters=[("uscc", b"\x00"), ("uscc", b"\xff")])
def test_any_parameters_get_an_answer(
    client: FlaskClient, register: str, path: str, parameters: list[tuple[str, bytes]]
) -> None:
    assert_answered(client, path, query_of(parameters))


@pytest.mark.parametrize("path", [*PAGES, *PROGRAMS])
def test_questions_that_have_broken_searches_get_an_answer(
    client: FlaskClient, register: str, path: str
) -> None:
    for text in TRICKS:
        assert_answered(client, path, query_of([("q", text.encode("utf-8", "surrogatepass"))]))


@pytest.mark.parametrize("path", [*PAGES, *PROGRAMS])
@FEW
@given(raw=st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=80))
@example(raw="q=\xe4\xbf&q=%zz&&=&%=%")
@example(raw="q[]=1&q.a=2;q=3")
@example(raw="q=\xd0\xc5\xd3\xc3")  # 信用 in GBK
def test_any_bytes_behind_the_question_mark_get_an_answer(
    client: FlaskClient, register: str, path: str, raw: str
) -> None:
    assert_answered(client, path, raw)


@FEW
@given(code=st.one_of(st.sampled_from(TRICKS), st.text(max_size=60)).filter(lambda text: text.strip("/. ")))
def test_any_code_in_the_address_is_found_redirected_or_not_found(
    client: FlaskClient, register: str, code: str
) -> None:
    spelled = quote_from_bytes(code.encode("utf-8", "surrogatepass"), safe="")
    for path in (f"/institutions/{spelled}", f"/api/v1/institutions/{spelled}"):
        answer = client.get(path)
        assert answer.status_code in (200, 301, 308, 404), path
        assert len(answer.data) < MOST_BYTES


@pytest.mark.parametrize(
    ("path", "query", "words"),
    [
        ("/institutions", "page=-1", "参数 page 须为 1 至 1000000 的整数"),
        ("/institutions", "per_page=1e9", "参数 per_page 须为 1 至 100 的整数"),
        ("/institutions", "sort=best", "可用：relevance、name、newest、fee"),
        ("/institutions", "status=gone", "登记状态"),
        ("/institutions", "q=" + "a" * 5000, "最多 200 字"),
        ("/institutions", "q=1&q=2", "只能给一个值"),
        ("/institutions", "q=%00", "无法识别的字符"),
        ("/institutions/suggest", "q=" + "a" * 5000, "最多 200 字"),
        ("/verify", "q=" + "a" * 5000, "最多 300 字"),
        ("/api/v1/institutions", "page=-1", "参数 page 须为 1 至 1000000 的整数"),
        ("/api/v1/institutions", "nope=1", "没有这个参数"),
        ("/api/v1/institutions", "q=1&q=2", "只能给一个值"),
        ("/api/v1/verify", "q=1&q=2", "只能给一个值"),
        ("/api/v1/verify", "q=" + "a" * 5000, "最多 300 字"),
        ("/api/v1/verify", "", "请给出机构名称或统一社会信用代码"),
    ],
)
def test_a_refusal_says_what_is_wrong(
    client: FlaskClient, register: str, path: str, query: str, words: str
) -> None:
    answer = client.get(path, query_string=query)
    assert answer.status_code == 400, answer.text
    assert words in (answer.get_json()["detail"] if path.startswith("/api/") else answer.text)
