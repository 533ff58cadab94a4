"""Whatever is typed gets an answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from register import make

from search_index import Document, Engine, Query, open_engine

MADE = make(60)


@pytest.fixture(scope="module")
def register(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    from engine_urls import ENGINES

    engine = open_engine(ENGINES[kind].format(folder=tmp_path_factory.mktemp("hostile") / "index"))
    engine.rebuild(one.document for one in MADE)
    yield engine
    engine.close()


def ask(engine: Engine, text: str) -> None:
    results = engine.search(Query(text))
    assert len(results.hits) <= results.total <= len(MADE)
    assert len(results.hits) <= 20
    assert len(engine.suggest(text)) <= 8


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "*:*", "name:", '"', "'", "(((", ")))", "~", "信用~2", "[a TO b]", "name:信用 OR 1=1", "AND OR NOT", "?", "\\",
        "\x00", "\x00\x1b[31m信用", "\ud800", "信\udfff用", "😀", "👨‍👩‍👧‍👦 信用", "\u202e用信\u202c", "\ufeff信用", "ﷺ" * 300,
        "İstanbul ß ŉ",
        "信用" * 2500, "a" * 5000, " ".join("信用评级征信" for _ in range(800)), "，。、；：" * 1000, "e\u0301" * 2500, "xian" * 1250,
        "\n\n信用\n", "n:上海", "9" * 5000, "𠮷野家", "%s%d{0}{x}", "<script>alert(1)</script>", "../../etc/passwd", "ǅ ﬁ ①②③ ㍿",
    ],
)  # fmt: skip
def test_hostile_text_gets_an_answer(register: Engine, text: str) -> None:
    ask(register, text)


@pytest.mark.parametrize("text", ["*:*", "(((", "~", "😀", "\ud800", "，。"])
def test_text_without_a_letter_finds_nothing_rather_than_everything(register: Engine, text: str) -> None:
    assert register.search(Query(text)).total == 0


def test_spaces_alone_are_an_empty_query(register: Engine) -> None:
    assert register.search(Query(" \t　")).total == len(MADE)


@settings(deadline=None, max_examples=150)
@given(text=st.text(max_size=300))
def test_any_text_gets_an_answer(register: Engine, text: str) -> None:
    ask(register, text)


PIECES = st.sampled_from(
    [
        "信用",
        "上海",
        "yuan",
        "xi",
        "an",
        "9131",
        "有限公司",
        "(",
        ")",
        '"',
        "*",
        "\u202e",
        "\ud83d",
        " ",
        "的",
        "v",
        "ü",
    ]
)


@settings(deadline=None, max_examples=150)
@given(pieces=st.lists(PIECES, max_size=60))
def test_any_mixture_of_real_pieces_gets_an_answer(register: Engine, pieces: list[str]) -> None:
    ask(register, "".join(pieces))


@settings(deadline=None, max_examples=50)
@given(at=st.integers(0, 59), cut=st.integers(0, 20))
def test_every_end_of_a_name_finds_it(register: Engine, at: int, cut: int) -> None:
    name = MADE[at].document.name
    typed = name[min(cut, len(name) - 2) :]
    found: list[str] = []
    for page in (1, 2, 3):
        found += [hit.key for hit in register.search(Query(typed, page=page)).hits]
    assert MADE[at].document.key in found


@settings(deadline=None, max_examples=20)
@given(name=st.text(max_size=60), text=st.text(max_size=200), former=st.text(max_size=30))
def test_any_document_can_be_indexed(
    kind: str, tmp_path_factory: pytest.TempPathFactory, name: str, text: str, former: str
) -> None:
    from engine_urls import ENGINES

    engine = open_engine(ENGINES[kind].format(folder=tmp_path_factory.mktemp("any") / "index"))
    document = Document("K1", name, short_name=former, former_names=(former,), products=(text,), text=text)
    assert engine.rebuild([document]) == 1
    assert [hit.key for hit in engine.search(Query()).hits] == ["K1"]
    engine.close()
