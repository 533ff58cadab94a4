"""All engines give the same answer to the same question: hits, order, reasons, marks, totals, facets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_index import STATUSES, Delete, Engine, Query, Upsert, open_engine
from tests.search_index.engine_urls import ENGINES
from tests.search_index.labelled import labelled
from tests.search_index.register import make

MADE = make(500, seed=3)


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Engine]]:
    """Each engine over the same register, a part of it put in, changed and taken out afterwards."""
    opened = [
        open_engine(url.format(folder=tmp_path_factory.mktemp(name) / "index"))
        for name, url in ENGINES.items()
    ]
    documents = [one.document for one in MADE]
    for engine in opened:
        engine.rebuild(documents[:300])
        for start in range(300, 500, 40):
            changed = documents[start : start + 40]
            engine.apply(
                [*map(Upsert, changed), *map(Upsert, documents[:5]), Delete(documents[start // 10].key)]
            )
    yield opened
    for engine in opened:
        engine.close()


def agree(engines: list[Engine], query: Query) -> None:
    first, *others = [engine.search(query) for engine in engines]
    for other in others:
        assert other == first


def test_they_agree_on_labelled_queries(engines: list[Engine]) -> None:
    asked = labelled(MADE, per_kind=25, seed=17)
    assert len(asked) > 400
    for one in asked:
        agree(engines, Query(one.text, region=one.region))
        assert len({engine.suggest(one.text) for engine in engines}) == 1


def test_they_agree_on_slips_after_many_changes(engines: list[Engine]) -> None:
    documents = [one.document for one in MADE[:300]]
    for _ in range(3):  # the same again: every change leaves a deleted document behind
        for engine in engines:
            engine.apply([Upsert(one) for one in documents])
    for one in labelled(MADE[:300], per_kind=25, seed=29):
        if one.kind in ("wrong character", "missing character", "swapped characters", "wrong in short"):
            agree(engines, Query(one.text))
    for engine in engines:
        engine.apply([Delete(document.key) for document in documents[:200]])
    for one in labelled(MADE[:300], per_kind=15, seed=31):
        agree(engines, Query(one.text))


TYPED = st.one_of(
    st.sampled_from(MADE).map(lambda one: one.document.name),
    st.builds(
        lambda one, start, length: one.document.name[start : start + length],
        st.sampled_from(MADE),
        st.integers(0, 12),
        st.integers(1, 9),
    ),
    st.lists(
        st.sampled_from([*"信用上海征评管zhx9 ", "xinyong", "有限公司", "年费", "深圳", "按份", "甲", "91"]),
        max_size=8,
    ).map("".join),
)


@settings(deadline=None, max_examples=300)
@given(
    text=TYPED,
    region=st.sampled_from([None, "51", "510000", "510100", "44", "99"]),
    category=st.sampled_from(["01", "06", "12", None]),
    status=st.sampled_from([None, *STATUSES]),
    committed=st.sampled_from([None, True, False]),
    sort=st.sampled_from(["relevance", "name", "newest"]),
    page=st.integers(1, 6),
    per_page=st.integers(1, 30),
)
def test_they_agree_on_any_query(
    engines: list[Engine],
    text: str,
    region: str | None,
    category: str | None,
    status: str | None,
    committed: bool | None,
    sort: str,
    page: int,
    per_page: int,
) -> None:
    agree(engines, Query(text, region, category, status, committed, sort, page, per_page))
    if category:
        agree(engines, Query(text, region, category, status, committed, "fee", page, per_page))
