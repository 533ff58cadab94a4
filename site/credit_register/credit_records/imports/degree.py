"""How grave a penalty is: what the sender says, else what its kinds say."""

from __future__ import annotations

import re
from typing import Final

from credit_register.credit_records.models import Degree
from credit_register.institutions.facts import BadFact, shown

WORDS: Final = {degree.label: degree for degree in Degree}
_SEPARATORS: Final = re.compile(r"[;；、，,/|\s]+")
_MINOR: Final = frozenset({"警告", "通报批评"})
_SEVERE: Final = (
    "停产停业",
    "停业整顿",
    "吊销",
    "限制从业",
    "责令关闭",
    "降低资质",
    "限制开展生产经营",
)


def kinds_of(*cells: str) -> list[str]:
    """The kinds of penalty that some cells name, each once; raises BadFact for a bare number of an old code list."""
    found = list(dict.fromkeys(kind for cell in cells for kind in _SEPARATORS.split(cell.strip()) if kind))
    if any(kind.isdecimal() for kind in found):
        raise BadFact("处罚类别是数字代码，各地代码表不同，请改写成文字，例如 警告、罚款")
    return found


def named_degree(text: str) -> Degree | None:
    """What a column of its own says; None where it is blank."""
    word = text.strip()
    if not word:
        return None
    if word not in WORDS:
        raise BadFact(f"失信等级“{shown(word)}”无法识别，请填写：{'、'.join(WORDS)}，或者留空")
    return WORDS[word]


def derived_degree(kinds: list[str]) -> Degree:
    """What the kinds of penalty say (domain reference: a design value until the sectors publish theirs)."""
    if any(grave in kind for kind in kinds for grave in _SEVERE):
        return Degree.SEVERE
    if kinds and all(kind in _MINOR for kind in kinds):
        return Degree.MINOR
    return Degree.GENERAL
