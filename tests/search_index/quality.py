"""Labelled queries over a generated register and how often the right answer is where it should be."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pypinyin import Style, lazy_pinyin

from search_index import Engine, Query
from search_index.text import _SIMPLIFIED, _TRADITIONAL

if TYPE_CHECKING:
    from register import Made

_WRONG = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
_OLD = dict(zip(_SIMPLIFIED, _TRADITIONAL, strict=True))
_NONSENSE = (
    "量子波动速读",
    "霍格沃茨魔法",
    "qwzxvbn",
    "犇羴鱻麤",
    "火星煎饼果子",
    "zzzzzz",
    "0000000000",
    "喵喵喵喵",
    "葫芦娃七兄弟",
    "#¥%……&*",
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A query, the key that must be among the first `within` hits; 0 means that nothing may be found."""

    kind: str
    text: str
    key: str
    within: int
    region: str | None = None


def _slip(name: str, kind: str, rng: random.Random) -> str:
    at = rng.randrange(len(name) - 1)
    if kind == "wrong":
        return name[:at] + rng.choice(_WRONG) + name[at + 1 :]
    if kind == "missing":
        return name[:at] + name[at + 1 :]
    while name[at] == name[at + 1]:
        at = rng.randrange(len(name) - 1)
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def _latin(text: str, style: Style = Style.NORMAL) -> str:
    return "".join(lazy_pinyin(text, style=style))


def labelled(made: Sequence[Made], per_kind: int = 100, seed: int = 11) -> list[Labelled]:
    """`per_kind` queries of each kind; a short name that several bear is asked for with its place."""
    rng = random.Random(seed)
    bearers = Counter(one.stem for one in made)

    def short(one: Made) -> str:
        return one.stem if bearers[one.stem] == 1 else one.place + one.stem

    def bare(one: Made) -> str:
        return one.place + one.stem + one.trade

    makers: dict[str, tuple[int, Callable[[Made], str]]] = {
        "full": (1, lambda one: one.document.name),
        "short": (3, short),
        "short with place": (3, lambda one: one.place + one.stem),
        "wrong character": (5, lambda one: _slip(one.document.name, "wrong", rng)),
        "missing character": (5, lambda one: _slip(one.document.name, "missing", rng)),
        "swapped characters": (5, lambda one: _slip(one.document.name, "swapped", rng)),
        "wrong in short": (5, lambda one: _slip(one.place + one.stem, "wrong", rng)),
        "full pinyin": (5, lambda one: _latin(short(one))),
        "pinyin with spaces": (5, lambda one: " ".join(lazy_pinyin(short(one)))),
        "pinyin of name": (5, lambda one: _latin(one.document.name)),
        "initials": (5, lambda one: _latin(one.document.name, Style.FIRST_LETTER)),
        "initials of body": (5, lambda one: _latin(bare(one), Style.FIRST_LETTER)),
        "two words": (5, lambda one: f"{one.stem} {one.trade}"),
        "place and stem": (5, lambda one: f"{one.place} {one.stem}"),
        "traditional": (3, lambda one: "".join(_OLD.get(char, char) for char in one.document.name)),
        "code": (1, lambda one: one.document.key.lower()),
        "code prefix": (5, lambda one: one.document.key[:15]),
        "mixed": (5, lambda one: one.place + _latin(one.stem) + one.trade),
        "sentence": (3, lambda one: f"请问{one.document.name}靠谱吗"),
    }
    queries: list[Labelled] = []
    for kind, (within, maker) in makers.items():
        pool = [one for one in made if "国际" not in one.document.name and "（" not in one.document.name]
        chosen = rng.sample(made if kind in ("full", "short", "code", "sentence") else pool, per_kind)
        queries += [Labelled(kind, maker(one), one.document.key, within) for one in chosen]
    formers = [one for one in made if one.document.former_names]
    for one in rng.sample(formers, min(per_kind, len(formers))):
        queries.append(Labelled("former name", one.document.former_names[0], one.document.key, 3))
    for one in rng.sample(list(made), per_kind):
        wanted = f"{one.stem} {one.document.category_names[0]}"
        queries.append(Labelled("category and region", wanted, one.document.key, 5, one.document.region))
    queries += [Labelled("nonsense", text, "", 0) for text in _NONSENSE]
    return queries


def rates(engine: Engine, queries: Sequence[Labelled]) -> dict[str, tuple[int, int]]:
    """For each kind how many queries had their right answer in place, and how many there were."""
    right: Counter[str] = Counter()
    for one in queries:
        results = engine.search(Query(one.text, region=one.region, per_page=max(one.within, 1)))
        found = [hit.key for hit in results.hits]
        right[one.kind] += one.key in found if one.within else not found
    return {kind: (right[kind], count) for kind, count in Counter(one.kind for one in queries).items()}


def misses(engine: Engine, queries: Sequence[Labelled]) -> list[tuple[Labelled, list[str]]]:
    """The queries that failed, with the names that were found instead."""
    failed = []
    for one in queries:
        results = engine.search(Query(one.text, region=one.region, per_page=max(one.within, 1)))
        keys = [hit.key for hit in results.hits]
        if (one.key not in keys) if one.within else keys:
            failed.append((one, ["".join(piece.text for piece in hit.name) for hit in results.hits]))
    return failed
