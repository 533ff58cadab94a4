"""Every order is the order of its key, on every page, however many documents are alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_index import Document, Engine, Query, Upsert, open_engine, ranking
from search_index.analyzer import Row, analyse

KEYS = st.text("09AZaz-!:", min_size=1, max_size=22)
NAMES = st.sampled_from(
    [
        "北京远山征信有限公司",
        "北京远山征信",
        "背景元山",
        "ABC 征信",
        "a",
        "重庆远山",
        "长安",
        "𠮷野家",
        "示例" * 9,
        "?",
    ]
)
DOCUMENTS = st.lists(
    st.builds(
        Document,
        key=KEYS,
        name=NAMES,
        categories=st.just(("01",)),
        committed=st.booleans(),
        adverse=st.booleans(),
        registered_on=st.one_of(
            st.none(), st.integers(0, 3).map(lambda day: date(2020, 1, 1) + timedelta(days=day))
        ),
        fees=st.one_of(st.just({}), st.sampled_from([0.0, 0.5, 1000.0, 1e9]).map(lambda fee: {"01": fee})),
    ),
    max_size=40,
    unique_by=lambda one: one.key,
)
SORTS = ("relevance", "name", "newest", "fee")


def expected(rows: Sequence[Row], sort: str) -> list[str]:
    key, _ = ranking.order(sort, "01")
    return [row.key for row in sorted(rows, key=key)]


def listed(engine: Engine, sort: str, per_page: int, text: str = "") -> list[str]:
    """All keys, page by page."""
    found: list[str] = []
    for page in range(1, 200):
        results = engine.search(Query(text, category="01", sort=sort, page=page, per_page=per_page))
        found += [hit.key for hit in results.hits]
        if page * per_page >= results.total:
            return found
    raise AssertionError("the pages do not end")


@settings(deadline=None, max_examples=40)
@given(documents=DOCUMENTS, per_page=st.integers(1, 9))
def test_pages_are_in_the_order_of_the_key(
    kind: str, tmp_path_factory: pytest.TempPathFactory, documents: list[Document], per_page: int
) -> None:
    from engine_urls import ENGINES

    engine = open_engine(ENGINES[kind].format(folder=tmp_path_factory.mktemp("orders") / "index"))
    half = len(documents) // 2
    engine.rebuild(documents[:half])
    engine.apply([Upsert(one) for one in documents[half:]])  # several segments
    rows = [analyse(one).row for one in documents]
    for sort in SORTS[1:]:
        assert listed(engine, sort, per_page) == expected(rows, sort)
    engine.close()


@settings(deadline=None, max_examples=200)
@given(documents=DOCUMENTS)
def test_the_columns_of_numbers_never_contradict_the_key(documents: list[Document]) -> None:
    rows = [analyse(one).row for one in documents]
    for sort in SORTS:
        key, columns = ranking.order(sort, "01")
        for one in rows:
            for other in rows:
                numbers = [tuple(ranking.numbers(row)[column] for column in columns) for row in (one, other)]
                if numbers[0] < numbers[1]:
                    assert key(one) < key(other), (sort, one.key, other.key)


def test_numbers_fit_into_64_bits() -> None:
    document = Document(
        "Z" * 30, "示例" * 20, categories=("99",), adverse=True, registered_on=date.min, fees={"99": 1e300}
    )
    assert all(0 <= number < 2**64 for number in ranking.numbers(analyse(document).row).values())


@pytest.mark.parametrize("sort", SORTS)
def test_many_documents_that_are_alike_keep_the_order_of_their_codes_on_deep_pages(
    engine: Engine, sort: str
) -> None:
    # All are equal in the first column of each order, and in the first ten characters of the code.
    documents = [
        Document(
            f"91510100MA{n * 7919 % 10**8:08}",
            "成都示例征信有限公司",
            categories=("01",),
            registered_on=date(2020, 1, 1),
            fees={"01": 1000.0},
        )
        for n in range(700)
    ]
    engine.rebuild(documents)
    keys = sorted(one.key for one in documents)
    text = "成都示例征信" if sort == "relevance" else ""
    assert listed(engine, sort, 100, text) == keys
    deep = engine.search(Query(text, category="01", sort=sort, page=231, per_page=3))
    assert [hit.key for hit in deep.hits] == keys[690:693]
