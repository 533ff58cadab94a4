"""The words of the letters, which lie as texts beside this file.

待主管单位确认: background, requests, titles and the characters of the numbers are our own draft after the contents that
发改办财金〔2021〕156号 names; the text of its attachment 3 was not at hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from credit_register.letters.models import Kind

CONFIRMED: bool = False  # until the authority has confirmed the texts
UNCONFIRMED_NOTE: Final = "函件文字为系统拟稿，待主管单位确认"
TEXTS: Final = Path(__file__).parent / "texts"
# The characters before the year in the number.
SERIES: Final = {Kind.IMPERSONATION: "信提函", Kind.OVERDUE: "信险函"}

# Filled in from the annex and the table of deadlines whenever a draft is read; issuing freezes them.
CLUES, ENTITIES, PERIOD = "{线索条数}", "{市场主体家数}", "{反馈期限}"
# What the office writes elsewhere on the same form.
ADDRESSEE, OFFICE, CONTACT_NAME, CONTACT_PHONE = "{主送机关}", "{落款单位}", "{联系人}", "{联系电话}"
MARKS: Final = (CLUES, ENTITIES, PERIOD, ADDRESSEE, OFFICE, CONTACT_NAME, CONTACT_PHONE)
_MARK: Final = re.compile("|".join(map(re.escape, MARKS)))
MOST_CLUES: Final = 200
LONGEST_LINE: Final = 120
LONGEST_BODY: Final = 6000
ANNEX_TITLE: Final = "治理对象清单"


@dataclass(frozen=True)
class Wording:
    """What a kind of letter says before anybody changes a word; the body has a paragraph on each line."""

    title: str
    body: str


@lru_cache
def wording_of(kind: Kind) -> Wording:
    """The text of a kind; lines that begin with # are notes about it."""
    lines = (TEXTS / f"{kind.value}.txt").read_text(encoding="utf-8").splitlines()
    title, *paragraphs = [line for line in lines if line and not line.startswith("#")]
    return Wording(title, "\n".join(paragraphs))


def number_text(kind: Kind, region: str, year: int, serial: int) -> str:
    """发文字号 (GB/T 9704—2012 7.2.5: 代字, 年份, 顺序号 without leading zeros): 510100信提函〔2026〕1号."""
    return f"{region}{SERIES[kind]}〔{year}〕{serial}号"


def filled(
    body: str, *, clues: int, entities: int, period: str, names: Mapping[str, str] | None = None
) -> str:
    """The body as it is read, without marks; what is filled in is not looked at again."""
    values = {CLUES: str(clues), ENTITIES: str(entities), PERIOD: period, **(names or {})}
    return _MARK.sub(lambda found: values.get(found[0], ""), body)
