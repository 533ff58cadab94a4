"""The list: its parameters, the index and the database as its stand-in, fees of a row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.datastructures import MultiDict

from credit_register.core import search
from credit_register.core.database import db
from credit_register.core.paging import BadParameter
from credit_register.institutions import queries, search_page
from credit_register.institutions.models import Institution
from tests.factories import make_institution, make_product


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every SELECT that runs inside."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def codes(listing: search_page.Listing) -> set[str]:
    return {row.institution.uscc for row in listing.rows}


def test_no_parameters_ask_for_the_first_page_of_everything() -> None:
    assert search_page.read_parameters({}) == search_page.ListParameters()


def test_parameters_are_read_in_the_form_in_which_they_are_used() -> None:
    read = search_page.read_parameters(
        {
            "q": "  示例\u3000甲子\x00 ",
            "region": "5101",
            "category": "03",
            "status": "suspended",
            "committed": "0",
            "sort": "fee",
            "page": "3",
            "per_page": "50",
        }
    )
    assert read == search_page.ListParameters("示例 甲子", "510100", "03", "suspended", False, "fee", 3, 50)


def test_an_empty_value_means_that_nothing_was_chosen() -> None:
    assert search_page.read_parameters(dict.fromkeys(search_page.NAMES, "")) == search_page.ListParameters()


def test_the_nation_is_no_filter() -> None:
    assert search_page.read_parameters({"region": "000000"}).region is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("q", "长" * 201),
        ("region", "99"),
        ("region", "5"),
        ("region", "四川"),
        ("category", "3"),
        ("category", "77"),
        ("status", "active"),
        ("committed", "yes"),
        ("sort", "price"),
        ("sort", "fee"),
        ("page", "0"),
        ("page", "-1"),
        ("page", "1.5"),
        ("page", "１"),
        ("page", "99999999999999999999"),
        ("per_page", "101"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name_and_with_a_reason(name: str, value: str) -> None:
    with pytest.raises(BadParameter) as refusal:
        search_page.read_parameters({name: value})
    assert refusal.value.name == name
    assert len(str(refusal.value)) > 8


def test_two_values_for_one_parameter_are_refused_and_the_same_one_twice_is_not() -> None:
    with pytest.raises(BadParameter, match="只能给一个值"):
        search_page.read_parameters(MultiDict([("category", "01"), ("category", "02")]))
    assert search_page.read_parameters(MultiDict([("page", "2"), ("page", "2")])).page == 2


def test_a_page_lets_foreign_parameters_pass_and_a_program_is_told() -> None:
    assert search_page.read_parameters({"from": "timeline"}) == search_page.ListParameters()
    with pytest.raises(BadParameter, match="没有名为 from 的参数"):
        search_page.read_parameters({"from": "timeline"}, refuse_unknown=True)


def test_an_address_leaves_defaults_out_and_a_changed_question_begins_at_page_one() -> None:
    asked = search_page.read_parameters({"q": "甲", "category": "03", "sort": "fee", "page": "4"})
    assert asked.address(page=5) == {"q": "甲", "category": "03", "sort": "fee", "page": "5"}
    assert asked.address(region="510000") == {"q": "甲", "region": "510000", "category": "03", "sort": "fee"}


def test_what_was_laid_aside_stays_in_every_address_and_is_no_filter() -> None:
    asked = search_page.read_parameters({"category": "03", "page": "4"}, basket=("甲", "乙"))
    assert asked.address() == {"category": "03", "uscc": ["甲", "乙"]}
    assert asked.address(uscc=["乙"], page=4) == {"category": "03", "uscc": ["乙"], "page": "4"}
    assert "uscc" not in asked.address(uscc=None)
    assert asked.chosen() == {"category": "03"}
    assert asked.query() == search_page.read_parameters({"category": "03", "page": "4"}).query()


def test_without_a_category_an_address_no_longer_sorts_by_fee() -> None:
    asked = search_page.read_parameters({"category": "03", "sort": "fee"})
    assert asked.address(category=None) == {}


@pytest.fixture
def some(app: Flask) -> list[Institution]:
    """Four institutions that differ in everything one filters by."""
    return [
        make_institution(name="成都示例甲子征信有限公司", region_code="510104", categories=("01",)),
        make_institution(
            name="绵阳示例甲丑信用评级有限公司",
            region_code="510700",
            categories=("03", "05"),
            committed=True,
            registered_on=date(2026, 1, 5),
        ),
        make_institution(
            name="北京示例乙寅信用管理有限公司",
            region_code="110105",
            categories=("06",),
            status="suspended",
            former_names=["北京示例旧名咨询有限公司"],
        ),
        make_institution(name="上海示例丙卯商账管理有限公司", region_code="310115", categories=("07", "06")),
    ]


QUESTIONS = [
    {},
    {"region": "51"},
    {"region": "510100"},
    {"region": "510104"},
    {"category": "06"},
    {"category": "06", "status": "suspended"},
    {"committed": "1"},
    {"committed": "0", "region": "51"},
    {"q": "示例"},
    {"q": "甲丑"},
    {"q": "旧名"},
    {"q": "示例 征信", "category": "01"},
    {"sort": "newest"},
    {"per_page": "2", "page": "2"},
    {"page": "9"},
    {"q": "没有这一家的", "status": "withdrawn"},
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_database_answers_like_the_index(
    app: Flask, some: list[Institution], question: dict[str, str]
) -> None:
    parameters = search_page.read_parameters(question)
    alone = search_page.find(parameters)
    assert alone.degraded
    search.rebuild()
    indexed = search_page.find(parameters)
    assert not indexed.degraded
    assert (alone.total, alone.pages) == (indexed.total, indexed.pages)
    assert {name: set(items) for name, items in alone.facets.items()} == {
        name: set(items) for name, items in indexed.facets.items()
    }
    if "page" not in question:
        assert codes(alone) == codes(indexed)


def test_a_former_name_and_a_beginning_of_a_code_are_found_without_the_index(some: list[Institution]) -> None:
    third = some[2]
    for text in ("北京示例旧名", third.uscc[:10].lower(), third.uscc):
        assert third.uscc in codes(search_page.find(search_page.read_parameters({"q": text})))


@pytest.mark.parametrize("text", ["%", "_", "\\", "100%", "'", '"', "\\u4e2d", "[", "（"])
def test_signs_that_mean_something_to_a_database_are_plain_text(some: list[Institution], text: str) -> None:
    assert search_page.find(search_page.read_parameters({"q": text})).total == 0


def test_facets_carry_words_and_mark_what_is_chosen(some: list[Institution]) -> None:
    listing = search_page.find(search_page.read_parameters({"region": "51", "category": "03"}))
    assert [(item.label, item.count, item.chosen) for item in listing.facets["category"]] == [
        ("企业征信", 1, False),
        ("信用评级", 1, True),
        ("信用评价", 1, False),
    ]
    assert [item.label for item in listing.facets["region"]] == ["绵阳市"]


def test_a_found_name_is_marked(some: list[Institution]) -> None:
    row = search_page.find(search_page.read_parameters({"q": "甲丑"})).rows[0]
    assert [segment.text for segment in row.name if segment.marked] == ["甲丑"]
    assert "".join(segment.text for segment in row.name) == row.institution.name


def test_a_name_that_the_index_does_not_know_yet_is_shown_as_it_is_now(some: list[Institution]) -> None:
    search.rebuild()
    renamed = queries.institution_or_404(
        codes(search_page.find(search_page.read_parameters({"q": "甲丑"}))).pop()
    )
    renamed.name = "绵阳示例改名信用评级有限公司"
    db.session.commit()
    row = search_page.find(search_page.read_parameters({"q": "甲丑"})).rows[0]
    assert [(segment.text, segment.marked) for segment in row.name] == [(renamed.name, False)]


def test_a_list_of_twenty_takes_few_statements(app: Flask) -> None:
    for _ in range(25):
        make_product(make_institution(categories=("06", "10")))
    search.rebuild()
    db.session.expunge_all()
    with statements() as seen:
        listing = search_page.find(search_page.read_parameters({"category": "06", "sort": "fee"}))
        assert len(listing.rows) == 20
        assert all(row.fees == ("200 元/份",) for row in listing.rows)
    assert len(seen) <= 3


def test_the_lowest_fee_is_told_for_each_unit_and_only_of_the_category(app: Flask) -> None:
    institution = make_institution(categories=("06", "10"))
    make_product(institution, name="甲", basis="per_month", fee_low="500", unit="元/月")
    make_product(institution, name="乙", basis="per_year", fee_low="0.5", fee_high="2", unit="万元/年")
    make_product(institution, name="丙", basis="per_case", fee_low="80", unit="元/次")
    make_product(institution, name="丁", category="10", basis="per_case", fee_low="1", unit="元/次")
    assert search_page.lowest_fees(institution.products, "06") == ("80 元/次", "5,000 元/年 起")


def test_a_category_with_nothing_but_negotiable_fees_says_so(app: Flask) -> None:
    institution = make_institution()
    make_product(institution, basis="negotiable")
    assert search_page.lowest_fees(institution.products, "06") == ("面议",)
    assert search_page.lowest_fees(institution.products, "10") == ()


def test_the_home_counts_registered_institutions_and_leaves_the_others_beside(
    some: list[Institution],
) -> None:
    counts = queries.register_counts()
    assert counts.registered == 3
    assert counts.by_status == {"registered": 3, "suspended": 1}
    assert counts.by_category == {"01": 1, "03": 1, "05": 1, "06": 1, "07": 1}
    assert counts.regions == 2
    assert [entry.name for entry in queries.newest(2)] == [some[3].name, some[0].name]


def test_an_empty_register_has_counts_and_a_list(app: Flask) -> None:
    assert queries.register_counts().registered == 0
    assert queries.newest(5) == []
    assert search_page.find(search_page.ListParameters()).total == 0
