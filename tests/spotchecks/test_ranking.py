"""A published fault moves an institution behind its equals in the list; nothing undecided does."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from credit_register.core import search
from credit_register.institutions.models import Institution
from search_index import Query
from tests.factories import make_institution
from tests.spotchecks.checking import FINDING, FOUND, fresh, move, only_check, post

COMMON = "甲子信用评级"


@pytest.fixture
def equals(app: Flask, agency: Institution) -> list[Institution]:
    """Two that the same words find equally well, with a code before and a code behind that of the agency."""
    return [
        make_institution(name=f"成都示例{COMMON}有限公司", uscc=code)
        for code in ("91510100MA00000007", "91510100MZZZZZZZZ6")
    ]


def codes(text: str) -> list[str]:
    search.apply_outbox()
    assert search.check().ok
    return [hit.key for hit in search.engine().search(Query(text)).hits]


def test_an_institution_stands_last_while_a_fault_is_published_and_not_mended(
    agency: Institution,
    equals: list[Institution],
    inspector: FlaskClient,
    office: FlaskClient,
) -> None:
    search.rebuild()
    word = "示例"
    before = codes(word)
    assert agency.uscc in before[:-1], "it must have somewhere to fall to"
    data = {"uscc": agency.uscc, "matter": "fees", "declared": "", "found": FOUND, "reason": FINDING}
    post(inspector, "/staff/spotchecks/new", {**data, "verdict": "falsehood"})
    check = only_check()
    assert codes(word) == before, "nobody may read from the order that something is being looked into"
    assert move(office, check, "confirm").status_code == 302
    assert codes(word) == [*(one for one in before if one != agency.uscc), agency.uscc]
    assert move(office, fresh(check), "withdraw").status_code == 302
    assert codes(word) == before
