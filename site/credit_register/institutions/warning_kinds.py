"""How somebody poses as an agency, in the words that pages use for each way."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class WarningKind(StrEnum):
    """In its name, or with a copy of its site or app."""

    IMPERSONATION = "impersonation"
    CLONE = "clone"

    @property
    def label(self) -> str:
        """The Chinese words."""
        return {WarningKind.IMPERSONATION: "冒名", WarningKind.CLONE: "仿冒网站或者应用"}[self]

    @property
    def symbol(self) -> str:
        """The sign beside the words."""
        return {WarningKind.IMPERSONATION: "person", WarningKind.CLONE: "copy"}[self]

    @property
    def who(self) -> str:
        """Who does it."""
        return {WarningKind.IMPERSONATION: "冒名者", WarningKind.CLONE: "仿冒者"}[self]

    @property
    def verb(self) -> str:
        """What is done to the agency; 被 before it says what the agency suffers."""
        return {WarningKind.IMPERSONATION: "冒用", WarningKind.CLONE: "仿冒"}[self]

    @property
    def taken(self) -> str:
        """What of the agency is imitated, behind its name."""
        return {WarningKind.IMPERSONATION: "名义", WarningKind.CLONE: "的网站或者应用"}[self]

    @property
    def hint(self) -> str:
        """When an officer chooses it."""
        return {
            WarningKind.IMPERSONATION: "以登记机构的名称、员工或者受托人自居，例如电话、上门、名片、授权书",
            WarningKind.CLONE: "用与登记机构相同或者相近的网站、应用、小程序、公众号骗取信任",
        }[self]


def in_order(kinds: Iterable[WarningKind]) -> tuple[WarningKind, ...]:
    """Each kind once, always in the same order."""
    found = set(kinds)
    return tuple(kind for kind in WarningKind if kind in found)


def of_this_agency(kinds: Iterable[WarningKind]) -> str:
    """What is being done to an agency, as its own page says it behind 有人."""
    return "，并有人".join(f"{kind.verb}本机构{kind.taken}" for kind in in_order(kinds))
