"""Promises about every route: nobody reaches another region's or institution's rows, and nothing answers 500.

A route with an argument that this file cannot fill fails the sweep, so that no new route is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from credit_register.access.actor import OPERATOR
from credit_register.access.gate import PUBLIC, declared_access
from credit_register.access.roles import Role
from credit_register.accounts.services import create_account
from credit_register.core import search
from credit_register.core.calendar.services import seed_calendar
from credit_register.core.clock import now
from credit_register.core.deadlines.services import seed_rules
from credit_register.core.outbox import IndexName
from credit_register.web.case_search.kinds import KIND_OF
from tests.architecture.canaries import (
    CANARY,
    PASSWORD,
    ROW_ARGUMENTS,
    SECRET,
    rows_of_another_region,
    state_of_rows,
)
from tests.core.codes import uscc

OWN_REGION = "330000"

STAFF_ROLES = [role for role in Role if role.is_staff and role is not Role.NATIONAL]


@dataclass(frozen=True)
class Rows:
    """Rows of the other region, by the name of the argument that leads to them."""

    arguments: dict[str, object]


@pytest.fixture
def rows(app: Flask) -> Rows:
    seed_calendar(now=now())
    seed_rules()
    return Rows(rows_of_another_region())


def routes(app: Flask, prefix: str) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if rule.rule == prefix or rule.rule.startswith(prefix + "/"):
            yield rule


def choices(rule: Rule) -> dict[str, list[str]]:
    """Arguments that take one of a few words, from the rule itself: <any(suspend, resume):move>."""
    found = re.findall(r"<any\(([^)]*)\):(\w+)>", rule.rule)
    return {name: [word.strip(" '\"") for word in words.split(",")] for words, name in found}


def addresses(app: Flask, rule: Rule, rows: Rows) -> list[str]:
    values = dict(rows.arguments)
    options = choices(rule)
    unknown = rule.arguments - values.keys() - options.keys() - set(rule.defaults or ())
    assert not unknown, f"{rule.rule}: the sweep does not know how to fill {sorted(unknown)}"
    found = []
    with app.test_request_context():
        word_lists = options or {"": [""]}
        for name, words in word_lists.items():
            for word in words:
                filled = {key: values[key] for key in rule.arguments if key in values}
                if name:
                    filled |= {key: listed[0] for key, listed in options.items()} | {name: word}
                built = app.url_map.bind("localhost").build(rule.endpoint, filled)
                found.append(str(built))
    return found


def public_pages(app: Flask, rows: Rows) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        if declared_access(app, rule.endpoint) is not PUBLIC or "GET" not in (rule.methods or set()):
            continue
        if rule.endpoint not in ("static", "bootstrap.static", "security.static"):
            yield from addresses(app, rule, rows)


def signed_in(app: Flask, role: Role, *, region: str | None = None, code: str | None = None) -> FlaskClient:
    email = f"{role.value}.{region or code}@example.cn".lower()
    create_account(
        email=email,
        name="来访者",
        role=role,
        password=PASSWORD,
        region=region,
        uscc_code=code,
        actor=OPERATOR,
        now=now(),
        sample=True,
    )
    client = app.test_client()
    page = client.get("/account/login").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    answer = client.post(
        "/account/login", data={"email": email, "password": PASSWORD, "csrf_token": token[1]}
    )
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return client


def token_of(client: FlaskClient) -> str:
    page = client.get("/account").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    return token[1]


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_staff_of_another_region_reach_no_row_and_read_no_trace_of_one(
    app: Flask, rows: Rows, role: Role
) -> None:
    client = signed_in(app, role, region=OWN_REGION)
    token = token_of(client)
    before = state_of_rows()
    visited = 0
    for rule in routes(app, "/staff"):
        for address in addresses(app, rule, rows):
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                answer = client.open(address, method=method, data={"csrf_token": token, "version": "1"})
                body = answer.get_data().decode(errors="replace")
                allowed = (403, 404) if rule.arguments & ROW_ARGUMENTS else (200, 302, 400, 403, 422)
                assert answer.status_code in allowed, f"{role}: {method} {address} gave {answer.status_code}"
                assert CANARY not in body, f"{role}: {method} {address} shows a row of another region"
                visited += 1
    assert visited > 20
    assert state_of_rows() == before


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_staff_of_another_region_find_nothing_of_its_cases(app: Flask, rows: Rows, role: Role) -> None:
    search.rebuild(name=IndexName.CASES)
    client = signed_in(app, role, region=OWN_REGION)
    asked = (
        "jinsique",
        "被举报者",
        "事实",
        "成都",
        str(rows.arguments["uscc"]),
        str(rows.arguments["report_id"]),
    )
    for text in asked:
        for kind in ("", *KIND_OF):
            answer = client.get(f"/staff/search?q={quote(text)}&kind={kind}")
            assert answer.status_code in (200, 403)
            assert CANARY not in answer.text, f"{role}: {text} {kind}"
            assert 'class="number"' not in answer.text, f"{role}: {text} {kind} is counted"


def test_an_institutions_people_see_nothing_of_another_institution(app: Flask, rows: Rows) -> None:
    for role in (Role.AGENT, Role.LEGAL_REP):
        client = signed_in(app, role, code=uscc(division="330100", serial=77))
        token = token_of(client)
        for prefix in ("/workspace", "/staff"):
            for rule in routes(app, prefix):
                for address in addresses(app, rule, rows):
                    for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                        answer = client.open(address, method=method, data={"csrf_token": token})
                        if prefix == "/staff":
                            assert answer.status_code == 403, f"{method} {address} gave {answer.status_code}"
                        assert answer.status_code < 500
                        assert CANARY not in answer.get_data(as_text=True), f"{method} {address} leaks"


def test_nothing_undecided_stands_on_a_public_page(app: Flask, client: FlaskClient, rows: Rows) -> None:
    for name in IndexName:
        search.rebuild(name=name)
    visited = 0
    for address in public_pages(app, rows):
        for question in ("", f"?q={quote(CANARY)}", f"?uscc={rows.arguments['uscc']}"):
            answer = client.get(address + question)
            assert SECRET not in answer.get_data().decode(errors="replace"), address + question
            visited += 1
    assert visited > 30


def test_nobody_who_is_not_signed_in_gets_past_the_gate(app: Flask, client: FlaskClient, rows: Rows) -> None:
    for rule in app.url_map.iter_rules():
        if declared_access(app, rule.endpoint) is PUBLIC or rule.endpoint.startswith("security."):
            continue
        for address in addresses(app, rule, rows):
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                answer = client.open(address, method=method)
                if method == "GET":
                    assert answer.status_code == 302, address
                    assert "/account/login" in answer.headers["Location"]
                else:
                    assert answer.status_code in (400, 401), address
                assert CANARY not in answer.get_data(as_text=True)


HOSTILE = [
    "",
    "-1",
    "0",
    "1e9",
    "999999999999999999999",
    "'\"<script>",
    "*:*",
    "(((",
    "\x00",
    "\ud800",
    "😀" * 50,
    "信" * 5000,
]


@pytest.mark.parametrize("value", HOSTILE)
def test_no_public_address_answers_a_wild_parameter_with_500(
    app: Flask, client: FlaskClient, rows: Rows, value: str
) -> None:
    parameters = ("q", "region", "category", "status", "committed", "sort", "page", "per_page", "uscc")
    for address in public_pages(app, rows):
        for parameter in parameters:
            encoded = value.encode("utf-8", "surrogatepass")
            answer = client.get(f"{address}?{parameter}={quote(encoded)}")
            assert answer.status_code < 500 or address == "/readyz", f"{address} {parameter}={value[:20]!r}"
            assert "Traceback" not in answer.get_data(as_text=True)
