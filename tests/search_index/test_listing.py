"""Filters, facets, pages and what a query refuses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from register import make

from search_index import Document, Engine, Query, open_engine

MADE = make(300)
DOCUMENTS = [one.document for one in MADE]


@pytest.fixture(scope="module")
def register(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    from engine_urls import ENGINES

    engine = open_engine(ENGINES[kind].format(folder=tmp_path_factory.mktemp("register") / "index"))
    assert engine.rebuild(DOCUMENTS) == len(DOCUMENTS)
    yield engine
    engine.close()


def kept(query: Query, *, but: str = "") -> list[Document]:
    """The documents that a plain loop keeps, leaving out one filter."""
    prefix = (query.region or "").removesuffix("00").removesuffix("00").removesuffix("00")
    return [
        one
        for one in DOCUMENTS
        if (but == "region" or one.region.startswith(prefix))
        and (but == "category" or not query.category or query.category in one.categories)
        and (but == "status" or not query.status or one.status == query.status)
        and (but == "committed" or query.committed is None or one.committed == query.committed)
        and query.text in one.name
    ]


FILTERS = [
    Query(),
    Query(region="510000"),
    Query(region="51"),
    Query(region="510100"),
    Query(region="5101"),
    Query(region="510104"),
    Query(region="000000"),
    Query(region="660000"),
    Query(region="990000"),
    Query(category="06"),
    Query(status="suspended"),
    Query(committed=True),
    Query(committed=False, category="01"),
    Query(region="44", category="06", committed=True, status="registered"),
    Query("信用", region="51"),
    Query("征信", category="01", committed=True),
]


@pytest.mark.parametrize("query", FILTERS)
def test_filters_keep_what_a_plain_loop_keeps(register: Engine, query: Query) -> None:
    query = Query(
        query.text, query.region, query.category, query.status, query.committed, per_page=100, sort="newest"
    )
    found: list[str] = []
    results = register.search(query)
    for page in range(1, results.total // 100 + 2):
        more = Query(
            query.text, query.region, query.category, query.status, query.committed, "newest", page, 100
        )
        found += [hit.key for hit in register.search(more).hits]
    expected = [one.key for one in kept(query)]
    if query.text:  # The text also stands in categories and products.
        assert set(expected) <= set(found)
    else:
        assert sorted(found) == sorted(expected)
        assert results.total == len(expected)


@pytest.mark.parametrize("query", [one for one in FILTERS if not one.text])
def test_facets_are_exact_and_leave_out_their_own_filter(register: Engine, query: Query) -> None:
    facets = register.search(query).facets
    prefix = (query.region or "").removesuffix("00").removesuffix("00").removesuffix("00")
    length = min(len(prefix) + 2, 6)
    expected = {
        "region": Counter(one.region[:length].ljust(6, "0") for one in kept(query)),
        "category": Counter(code for one in kept(query, but="category") for code in one.categories),
        "status": Counter(one.status for one in kept(query, but="status")),
        "committed": Counter(str(int(one.committed)) for one in kept(query, but="committed")),
    }
    assert {name: {one.value: one.count for one in values} for name, values in facets.items()} == expected


def test_a_click_on_a_facet_leaves_as_many_as_it_said(register: Engine) -> None:
    for value in register.search(Query("信用")).facets["category"]:
        assert register.search(Query("信用", category=value.value)).total == value.count
    for value in register.search(Query("信用", region="44")).facets["region"]:
        assert register.search(Query("信用", region=value.value)).total == value.count


@pytest.mark.parametrize("sort", ["relevance", "name", "newest", "fee"])
@pytest.mark.parametrize("text", ["", "信用"])
def test_pages_follow_each_other_without_gap_or_repetition(register: Engine, sort: str, text: str) -> None:
    category = "06" if sort == "fee" else None
    whole = [
        hit.key
        for page in (1, 2, 3)
        for hit in register.search(Query(text, category=category, sort=sort, page=page, per_page=100)).hits
    ]
    pieces = [
        hit.key
        for page in range(1, 50)
        for hit in register.search(Query(text, category=category, sort=sort, page=page, per_page=7)).hits
    ]
    assert pieces == whole
    assert len(set(whole)) == len(whole) == register.search(Query(text, category=category, sort=sort)).total


def test_a_page_beyond_the_end_is_empty_and_keeps_the_total(register: Engine) -> None:
    results = register.search(Query("信用", page=10**9))
    assert results.hits == ()
    assert results.total == register.search(Query("信用")).total > 0
    assert results.facets == register.search(Query("信用")).facets


@pytest.mark.parametrize(
    "wrong",
    [
        {"page": 0},
        {"page": -1},
        {"per_page": 0},
        {"per_page": 101},
        {"per_page": 10**9},
        {"sort": "price"},
        {"sort": "fee"},
        {"status": "gone"},
        {"category": "1"},
        {"category": "x1"},
        {"region": "5"},
        {"region": "四川"},
        {"region": "51*"},
        {"region": "５１"},
    ],
)
def test_a_query_that_no_page_could_mean_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Query(**wrong)  # type: ignore[arg-type]


def test_an_unknown_engine_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="whoosh"):
        open_engine("sphinx:///somewhere")
    with pytest.raises(ValueError, match="absolute"):
        open_engine("whoosh://relative/path")


def test_an_empty_register_answers_with_nothing(engine: Engine) -> None:
    assert engine.rebuild([]) == 0
    results = engine.search(Query("上海"))
    assert (results.total, results.hits) == (0, ())
    assert engine.search(Query()).total == 0
    assert engine.suggest("上海") == ()
    assert engine.check([]).ok


def test_the_labelled_queries_find_their_answers(register: Engine) -> None:
    from quality import rates

    from tests.search_index.labelled import labelled

    for kind, (right, count) in rates(register, labelled(MADE, per_kind=20)).items():
        assert right >= count * 0.9, kind
