"""What a verification finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from credit_register.core import uscc
from credit_register.institutions.models import Institution, Status
from search_index import Segment

# 发改办财金〔2021〕156号 二（七）
NOTICE: Final = "本结果是选择合作机构的重要参考，不是禁止合作的依据。"


class Result(StrEnum):
    """The answer in one word.

    `registered` is said only when everything that was given agrees with one entry and that entry is in
    force; a suspended, deregistered or withdrawn entry, a name with another agency's code and a name
    with one wrong character are `near`, so that a program which looks at this word alone trusts nobody
    wrongly.
    """

    REGISTERED = "registered"
    NEAR = "near"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Found:
    """An entry whose code, name or former name was given; `by` is `code`, `name` or `former_name`."""

    institution: Institution
    by: str
    former_name: str = ""

    @property
    def in_force(self) -> bool:
        """Whether the entry is registered at present."""
        return self.institution.status == Status.REGISTERED.value


@dataclass(frozen=True)
class Near:
    """An entry that resembles what was given: both texts with their differences marked, and said in words."""

    institution: Institution
    kind: str  # name, code, short_name or pinyin
    typed: tuple[Segment, ...]
    registered: tuple[Segment, ...]
    differences: tuple[str, ...]


@dataclass(frozen=True)
class Verification:
    """The answer, what was read out of the text, and what is wrong with it.

    `degraded` when similar names were looked for without the index, which finds fewer.
    """

    result: Result
    text: str
    codes: tuple[str, ...]
    name: str
    found: tuple[Found, ...]
    near: tuple[Near, ...]
    code_problems: tuple[str, ...]
    conflicts: tuple[str, ...]
    degraded: bool = False

    @property
    def matches(self) -> tuple[Found | Near, ...]:
        """Everything to be shown: what was found, then what is near."""
        return (*self.found, *(self.near if self.shown_near else ()))

    @property
    def names(self) -> tuple[str, ...]:
        """The registered names of the entries that were found."""
        return tuple(one.institution.name for one in self.found)

    @property
    def entries(self) -> tuple[str, ...]:
        """The codes of the entries that were found."""
        return tuple(one.institution.uscc for one in self.found)

    @property
    def reported_code(self) -> str:
        """The code with which a report about this begins: the one given, else that of the entry found."""
        return next((code for code in self.codes if len(code) == uscc.LENGTH), next(iter(self.entries), ""))

    @property
    def shown_near(self) -> bool:
        """Whether near matches help: beside an exact match without conflict they would only confuse."""
        return bool(self.near) and (not self.found or bool(self.conflicts))
