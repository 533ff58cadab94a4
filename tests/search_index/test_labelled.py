"""The labelled queries are well-formed, and every engine answers those over the sample as the targets say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from quality import TARGETS, misses
from register import make

from search_index import Engine, open_engine
from tests.search_index.labelled import labelled
from tests.search_index.sample import documents, questions
from tests.search_index.trades import CATEGORY_NAMES

LEAST_ROWS = 400
LEAST_OF_A_KIND = 10
LEAST_SHARE = 0.9  # of the kinds without a target of their own
ALSO_ASKED = {
    *("half name", "two words", "category and region", "category and region in words", "former name"),
    *("traditional", "code prefix", "mixed", "sentence", "nonsense"),
}


def test_the_labelled_queries_are_well_formed() -> None:
    asked = questions()
    codes = {one.key for one in documents()}
    assert len(asked) >= LEAST_ROWS
    kinds = Counter(one.kind for one in asked)
    assert kinds.keys() >= TARGETS.keys() | ALSO_ASKED
    assert min(kinds.values()) >= LEAST_OF_A_KIND
    assert len({(one.text, one.region, one.category) for one in asked}) == len(asked)
    for one in asked:
        assert one.text or one.region, one
        assert one.category is None or one.category in CATEGORY_NAMES, one
        assert one.region is None or re.fullmatch("([0-9]{2}){1,3}", one.region), one
        if one.kind == "nonsense":
            assert (one.key, one.within) == ("", 0), one
        else:
            assert 1 <= one.within <= 20, one
            assert one.key in codes or (one.kind == "code prefix" and not one.key), one
            assert one.kind != "code prefix" or any(code.startswith(one.text.upper()) for code in codes), one


def test_the_generated_register_is_the_same_in_every_run_and_its_names_and_codes_are_distinct() -> None:
    made = make(2000)
    assert made[:500] == make(500)
    assert made != make(2000, seed=8)
    assert len({one.document.name for one in made}) == len({one.document.key for one in made}) == len(made)
    shapes = ("分公司", "（", "事务所", "协会", "集团", "省", "市", "县", "区")
    for shape in shapes:
        assert any(shape in one.document.name for one in made), shape
    assert any(re.search("[A-Za-z]", one.document.name) for one in made)


def test_generated_queries_are_of_every_kind() -> None:
    assert {one.kind for one in labelled(make(2000), per_kind=5)} >= TARGETS.keys() | ALSO_ASKED - {
        "half name"
    }


@pytest.fixture(scope="module")
def sample(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    from engine_urls import ENGINES

    engine = open_engine(ENGINES[kind].format(folder=tmp_path_factory.mktemp("sample") / "index"))
    engine.rebuild(documents())
    yield engine
    engine.close()


def test_the_labelled_queries_over_the_sample_reach_the_targets(sample: Engine) -> None:
    asked = Counter(one.kind for one in questions())
    failed = misses(sample, questions())
    wrong = Counter(one.kind for one, _ in failed)
    for kind, count in asked.items():
        least = TARGETS[kind][1] if kind in TARGETS else LEAST_SHARE
        shown = [(one.text, found[:3]) for one, found in failed if one.kind == kind]
        assert (count - wrong[kind]) / count >= least, (kind, shown)
