"""Warnings of impostors beside the register: who of them is meant by a text, and which agencies they pose as.

A later domain publishes the warnings and registers itself here as their source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Final

from sqlalchemy import or_, select

from credit_register.core.database import db
from credit_register.institutions import queries
from credit_register.institutions.models import Institution
from credit_register.institutions.verification.reading import read, without_lead
from credit_register.institutions.warning_kinds import WarningKind, in_order
from search_index import derive_short_name
from search_index.text import compact

MOST: Final = 10
_LEAST: Final = 4  # shorter parts of names stand in too many others
_NOBODY: Final = "甲乙丙"


class Meant(StrEnum):
    """Which side of a warning a text names."""

    PRETENDER = "pretender"
    IMITATED = "imitated"


@dataclass(frozen=True)
class Alarm:
    """A published warning in force; the imitated agency is the victim."""

    key: str
    pretender: str
    imitated_name: str
    imitated_uscc: str
    conduct: str
    published_on: date
    ends_on: date
    kind: WarningKind = WarningKind.IMPERSONATION

    @cached_property
    def own(self) -> str:
        """The pretender's name as names are compared."""
        return compact(self.pretender)

    @cached_property
    def victim(self) -> str:
        """The imitated agency's name as names are compared."""
        return compact(self.imitated_name)

    @property
    def imitated(self) -> str:
        """What the imitated agency is called: its name, else its code."""
        return self.imitated_name or self.imitated_uscc


@dataclass(frozen=True)
class ShownAlarm:
    """A warning as pages show it.

    `pretender` never is the bare name of a registered agency, also where the warning was published before the
    agency came into the register. `victim_uscc` is the entry of the imitated agency, or nothing.
    """

    alarm: Alarm
    pretender: str
    victim_uscc: str
    shares_a_name: bool
    meant: Meant = Meant.PRETENDER


@dataclass(frozen=True)
class Victim:
    """An imitated agency with what is done to it, in whatever number of warnings."""

    name: str
    uscc: str
    kinds: tuple[WarningKind, ...]


@dataclass(frozen=True)
class Matches:
    """The warnings that a text is about: the pretender first, then those where it names the victim only."""

    posing: tuple[ShownAlarm, ...] = ()
    imitated: tuple[ShownAlarm, ...] = ()
    left_out: int = 0

    @property
    def everything(self) -> tuple[ShownAlarm, ...]:
        """Both, at most MOST of each."""
        return (*self.posing, *self.imitated)

    @property
    def victims(self) -> list[Victim]:
        """The agencies that the text names as victims, each once."""
        names = dict.fromkeys(one.alarm.imitated for one in self.imitated)
        return [
            _victim(name, [one.alarm for one in self.imitated if one.alarm.imitated == name])
            for name in names
        ]


@dataclass(frozen=True)
class _Source:
    in_force: Callable[[date], Sequence[Alarm]]
    stamp: Callable[[str, date], str]


_sources: list[_Source] = []


def register_source(
    in_force: Callable[[date], Sequence[Alarm]], *, stamp: Callable[[str, date], str]
) -> None:
    """Say where the warnings come from.

    `in_force` gives those of a day, newest first; `stamp` is one cheap query for a text that differs after every
    change of the warnings of one victim, because its page is kept rendered.
    """
    _sources[:] = [_Source(in_force, stamp)]


def in_force(on: date) -> Sequence[Alarm]:
    """The warnings of a day, newest first."""
    return [alarm for source in _sources for alarm in source.in_force(on)]


def stamp(code: str, on: date) -> str:
    """What the page of the agency with this code shows of warnings, as a text that changes with it."""
    return " ".join(source.stamp(code, on) for source in _sources)


def imitating(code: str, name: str, on: date) -> list[Alarm]:
    """The warnings of those who pose as this agency; without a code its very name decides."""
    return [
        alarm
        for alarm in in_force(on)
        if alarm.imitated_uscc == code or (not alarm.imitated_uscc and alarm.imitated_name == name)
    ]


def _victim(name: str, alarms: Sequence[Alarm]) -> Victim:
    code = next((alarm.imitated_uscc for alarm in alarms if alarm.imitated_uscc), "")
    return Victim(name, code, in_order(alarm.kind for alarm in alarms))


def shown(alarms: Sequence[Alarm]) -> list[ShownAlarm]:
    """The warnings as pages show them, held against the register."""
    names = {name for alarm in alarms for name in (alarm.pretender, alarm.imitated_name) if name}
    codes = {alarm.imitated_uscc for alarm in alarms if alarm.imitated_uscc}
    rows = (
        db.session.execute(
            select(Institution.uscc, Institution.name).where(
                or_(Institution.uscc.in_(codes), Institution.name.in_(names))
            )
        ).all()
        if alarms
        else []
    )
    by_name: dict[str, list[str]] = {}
    for row in rows:
        by_name.setdefault(row.name, []).append(row.uscc)
    registered = {row.uscc for row in rows}
    return [_shown(alarm, registered, by_name) for alarm in alarms]


def _shown(alarm: Alarm, registered: set[str], by_name: dict[str, list[str]]) -> ShownAlarm:
    shares = alarm.pretender in by_name
    if shares:
        pretender = told_apart(alarm.pretender, alarm.kind)
    elif alarm.own == alarm.victim:
        pretender = f"自称“{alarm.pretender}”的{alarm.kind.who}"
    else:
        pretender = alarm.pretender
    if alarm.imitated_uscc:
        victim = alarm.imitated_uscc if alarm.imitated_uscc in registered else ""
    else:
        namesakes = by_name.get(alarm.imitated_name, [])
        victim = namesakes[0] if len(namesakes) == 1 else ""
    return ShownAlarm(alarm, pretender, victim, shares)


def told_apart(name: str, kind: WarningKind) -> str:
    """A pretender who bears the name of an agency, in words that accuse nobody but the pretender."""
    return f"自称“{name}”的{kind.who}（与登记机构无关）"


def names_an_agency(text: str, imitated_name: str = "") -> bool:
    """Whether a text is nothing but the name or code of an entry, or the imitated name, however it is spelled.

    Reads every name of the register (half a second for 100,000): spellings differ in more ways than an index knows.
    """
    wanted = compact(text)
    if wanted == compact(imitated_name) or queries.institution(queries.normal_code(text)) is not None:
        return True
    return any(compact(name) == wanted for name in db.session.scalars(select(Institution.name)))


def matching(text: str, on: date, *, names: Iterable[str] = (), codes: Iterable[str] = ()) -> Matches:
    """The warnings that a text is about; `names` and `codes` are those of the entries that it was found to name."""
    asked = _Asked.of(text, names, codes)
    posing: list[tuple[bool, Alarm]] = []
    imitated: list[Alarm] = []
    for alarm in in_force(on):
        if asked.names(alarm):
            posing.append((False, alarm))
        elif asked.names_a_part_of(alarm):
            posing.append((True, alarm))
        elif asked.is_about_the_victim_of(alarm):
            imitated.append(alarm)
    posing.sort(key=lambda pair: pair[0])  # whole names before parts, each newest first
    first, second = [alarm for _, alarm in posing[:MOST]], imitated[:MOST]
    ready = shown([*first, *second])
    return Matches(
        tuple(ready[: len(first)]),
        tuple(replace(one, meant=Meant.IMITATED) for one in ready[len(first) :]),
        len(posing) - len(first),
    )


@dataclass(frozen=True)
class _Asked:
    """A text as names are compared: the whole, its phrases, its codes, and the registered names in it."""

    whole: str
    phrases: frozenset[str]
    codes: frozenset[str]
    known: tuple[str, ...]

    @classmethod
    def of(cls, text: str, names: Iterable[str], codes: Iterable[str]) -> _Asked:
        reading = read(text)
        phrases = (each for phrase in reading.phrases for each in (phrase, without_lead(phrase)))
        return cls(
            compact(text),
            frozenset(filter(None, (compact(each) for each in (text, *phrases)))),
            frozenset((*reading.codes, *codes)),
            tuple(compact(name) for name in names),
        )

    def names(self, alarm: Alarm) -> bool:
        """Whether the pretender's whole name stands in the text, and not only inside the name of an agency.

        Who asks about an agency must not read that it is the impostor because the two share a part.
        """
        if not alarm.own or alarm.own == alarm.victim:
            return False
        if alarm.own in self.phrases:
            return True
        rest = self.whole
        for name in (alarm.victim, *self.known):
            if alarm.own in name:
                rest = rest.replace(name, " ")
        return len(alarm.own) >= _LEAST and alarm.own in rest

    def names_a_part_of(self, alarm: Alarm) -> bool:
        """Whether a phrase is a part of the pretender's name that no agency shares."""
        return any(
            phrase in alarm.own and not any(phrase in name for name in (alarm.victim, *self.known))
            for phrase in self.telling
        )

    def is_about_the_victim_of(self, alarm: Alarm) -> bool:
        """Whether the text names the imitated agency, wholly or in part."""
        if alarm.imitated_uscc in self.codes or (alarm.victim and alarm.victim in self.phrases):
            return True
        if len(alarm.victim) >= _LEAST and alarm.victim in self.whole:
            return True
        return any(phrase in alarm.victim for phrase in self.telling)

    @cached_property
    def telling(self) -> list[str]:
        """The phrases that are long enough and more than a trade."""
        return [phrase for phrase in self.phrases if len(phrase) >= _LEAST and not _only_a_trade(phrase)]


def _only_a_trade(phrase: str) -> bool:
    """Whether nothing of a phrase would be left of a company's short name: 信用修复中心 names nobody."""
    return derive_short_name(_NOBODY + phrase) == _NOBODY
