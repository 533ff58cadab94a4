"""Labelled queries over a generated register: what people type who want one certain institution."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from pypinyin import Style, lazy_pinyin
from pypinyin.phrases_dict import phrases_dict

from tests.search_index.register import Made
from tests.search_index.traditional import traditional

_STRAY = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
_COMMON = 15  # a character is one that people type when so many phrases have it
_SENTENCES = (
    "请问{}靠谱吗",
    "{}的信用报告怎么收费",
    "有没有人和{}合作过",
    "我想查一下{}的备案情况",
    "{}是正规机构吗？",
    "昨天接到{}的电话",
)
_NONSENSE = (
    *(
        "量子波动速读",
        "霍格沃茨魔法",
        "qwzxvbn",
        "犇羴鱻麤",
        "火星煎饼果子",
        "zzzzzz",
        "0000000000",
        "喵喵喵喵",
    ),
    *(
        "葫芦娃七兄弟",
        "#¥%……&*",
        "麻辣烫加盟",
        "考研政治押题",
        "sdfghjkl",
        "奥特曼打怪兽",
        "怎么减肥",
        "腌笃鲜做法",
    ),
    *(
        "孙悟空三打白骨精",
        "vvvvv",
        "嘿嘿嘿嘿",
        "绝地求生外挂",
        "穿越火线",
        "咕噜咕噜",
        "wxyzwxyz",
        "蹦极",
        "瞅啥瞅你咋地",
    ),
    *(
        "螺蛳粉配榴莲",
        "99999999",
        "xqxqxq",
        "尴尬癌",
        "吃鸡神器",
        "呜呜呜",
        "嗷嗷待哺",
        "饕餮盛宴",
        "魑魅魍魉",
    ),
)
_PAGE = 20
_NO_BRACKETS = str.maketrans("", "", "（）")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A query, the key that must be among the first `within` hits; 0 means that nothing may be found.

    Without a key, any hits are right whose codes begin with what was typed.
    """

    kind: str
    text: str
    key: str
    within: int
    region: str | None = None
    category: str | None = None


@cache
def _homophones() -> dict[str, tuple[str, ...]]:
    """Common characters by their reading without tone."""
    seen = Counter(char for phrase in phrases_dict for char in phrase)
    found: dict[str, list[str]] = defaultdict(list)
    for char, count in sorted(seen.items()):
        if count >= _COMMON:
            found[_latin(char)].append(char)
    return {reading: tuple(chars) for reading, chars in found.items()}


def _latin(text: str, style: Style = Style.NORMAL) -> str:
    """Letters alone: who types pinyin leaves brackets out."""
    return "".join(lazy_pinyin(text.translate(_NO_BRACKETS), style=style)).lower()


def _wrong(name: str, rng: random.Random) -> str:
    """One character wrong: in two of three cases another one of the same sound, as input methods offer it."""
    at = rng.randrange(len(name))
    alike = [one for one in _homophones().get(_latin(name[at]), ()) if one != name[at]]
    other = rng.choice(alike) if alike and rng.random() < 0.67 else rng.choice(_STRAY)
    return name[:at] + other + name[at + 1 :]


def _missing(name: str, rng: random.Random) -> str:
    at = rng.randrange(len(name))
    return name[:at] + name[at + 1 :]


def _extra(name: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(name))
    return name[:at] + rng.choice((name[at - 1], rng.choice(_STRAY))) + name[at:]


def _swapped(name: str, rng: random.Random) -> str:
    ways = [at for at in range(len(name) - 1) if name[at] != name[at + 1]]
    at = rng.choice(ways)
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


class _Namesakes:
    """Who shares a short name with whom."""

    def __init__(self, made: Sequence[Made]) -> None:
        self._stems = Counter(one.stem for one in made)
        self._placed = Counter(one.place + one.stem for one in made)
        self._bodies = Counter(one.place + one.stem + one.trade for one in made)

    def alone(self, one: Made) -> bool:
        """Nobody else of its place has its brand."""
        return self._placed[one.place + one.stem] == 1

    def alone_in_body(self, one: Made) -> bool:
        """Nobody else has its place, brand and trade."""
        return self._bodies[one.place + one.stem + one.trade] == 1

    def short(self, one: Made) -> str:
        """The brand, with the place when several bear it."""
        return one.stem if self._stems[one.stem] == 1 and len(one.stem) > 1 else one.place + one.stem


Maker = Callable[[Made], str]


def _spoken(names: _Namesakes, rng: random.Random) -> dict[str, tuple[int, Maker]]:
    """Kinds that ask for an institution by its place and brand."""
    return {
        "short": (3, names.short),
        "short with place": (3, lambda one: one.place + one.stem),
        "wrong in short": (5, lambda one: _wrong(one.place + one.stem, rng)),
        "full pinyin": (5, lambda one: _latin(names.short(one))),
        "pinyin with spaces": (5, lambda one: " ".join(lazy_pinyin(names.short(one)))),
        "place and stem": (5, lambda one: f"{one.place} {one.stem}"),
        "traditional short": (3, lambda one: traditional(one.place + one.stem)),
        "sentence with short": (3, lambda one: rng.choice(_SENTENCES).format(one.place + one.stem)),
    }


def _written(rng: random.Random) -> dict[str, tuple[int, Maker]]:
    """Kinds that start from the whole name."""
    return {
        "full": (1, lambda one: one.document.name),
        "wrong character": (5, lambda one: _wrong(one.document.name, rng)),
        "missing character": (5, lambda one: _missing(one.document.name, rng)),
        "extra character": (5, lambda one: _extra(one.document.name, rng)),
        "swapped characters": (5, lambda one: _swapped(one.document.name, rng)),
        "pinyin of name": (5, lambda one: _latin(one.document.name)),
        "initials": (5, lambda one: _latin(one.document.name, Style.FIRST_LETTER)),
        "traditional": (3, lambda one: traditional(one.document.name)),
        "sentence": (3, lambda one: rng.choice(_SENTENCES).format(one.document.name)),
        "code": (1, lambda one: one.document.key.lower()),
    }


def _bodied() -> dict[str, tuple[int, Maker]]:
    """Kinds that ask by place, brand and trade."""
    return {
        "initials of body": (
            5,
            lambda one: _latin(one.place + one.stem + one.trade, Style.FIRST_LETTER),
        ),
        "two words": (5, lambda one: f"{one.place}{one.stem} {one.trade}"),
        "mixed": (5, lambda one: one.place + _latin(one.stem) + one.trade),
    }


def labelled(made: Sequence[Made], per_kind: int = 100, seed: int = 11) -> list[Labelled]:
    """At most `per_kind` queries of each kind, none of which fits several institutions equally well."""
    rng = random.Random(seed)
    names = _Namesakes(made)
    branded = [one for one in made if one.stem and "分公司" not in one.document.name]
    alone = [one for one in branded if names.alone(one)]
    # Letters stand for what is written in the name, in front or in brackets; a place that is not there has none.
    placed = [one for one in alone if one.place in one.document.name]
    in_front = [
        one
        for one in placed
        if names.alone_in_body(one) and one.document.name.startswith(one.place + one.stem + one.trade)
    ]
    queries: list[Labelled] = []
    for pool, kinds in ((alone, _spoken(names, rng)), (made, _written(rng)), (in_front, _bodied())):
        for kind, (within, typed) in kinds.items():
            fit = placed if "pinyin" in kind and pool is alone else pool
            if kind == "wrong in short":  # of four characters one wrong leaves too little to tell
                fit = [one for one in placed if len(one.place + one.stem) > 4]
            chosen = rng.sample(fit, min(per_kind, len(fit)))
            queries += [Labelled(kind, typed(one), one.document.key, within) for one in chosen]
    queries += _former(made, per_kind, rng)
    queries += _filtered(alone, per_kind, rng)
    queries += _code_prefixes(made, per_kind, rng)
    return queries + _nonsense(made)


def _former(made: Sequence[Made], per_kind: int, rng: random.Random) -> list[Labelled]:
    bearers = Counter(former for one in made for former in one.document.former_names)
    fit = [one for one in made if any(bearers[former] == 1 for former in one.document.former_names)]
    chosen = rng.sample(fit, min(per_kind, len(fit)))
    return [Labelled("former name", one.document.former_names[0], one.document.key, 3) for one in chosen]


def _filtered(alone: Sequence[Made], per_kind: int, rng: random.Random) -> list[Labelled]:
    """Category and region beside the brand: once chosen as filters, once typed as words."""
    queries = []
    for one in rng.sample(alone, min(per_kind, len(alone))):
        document = one.document
        chosen = (document.region, document.categories[0])
        queries.append(Labelled("category and region", one.stem, document.key, 5, *chosen))
    for one in rng.sample(alone, min(per_kind, len(alone))):
        typed = f"{one.place} {one.document.category_names[0]} {one.stem}"
        queries.append(Labelled("category and region in words", typed, one.document.key, 5))
    return queries


def _code_prefixes(made: Sequence[Made], per_kind: int, rng: random.Random) -> list[Labelled]:
    """Beginnings of codes; one that a page of hits cannot hold all of names no key."""
    codes = sorted(one.document.key for one in made)
    queries = []
    for one in rng.sample(list(made), min(per_kind, len(made))):
        typed = one.document.key[: rng.randrange(4, 17)]
        count = bisect_left(codes, typed + "~") - bisect_left(codes, typed)
        key = one.document.key if count <= _PAGE else ""
        queries.append(Labelled("code prefix", typed.lower() if rng.random() < 0.3 else typed, key, _PAGE))
    return queries


def _nonsense(made: Sequence[Made]) -> list[Labelled]:
    """Texts of which no two neighbouring characters stand in any name."""
    pairs = {one.document.name[at : at + 2] for one in made for at in range(len(one.document.name) - 1)}
    return [
        Labelled("nonsense", text, "", 0)
        for text in _NONSENSE
        if not any(text[at : at + 2] in pairs for at in range(len(text) - 1))
    ]
