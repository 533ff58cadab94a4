"""Holding what was read against the register."""

from __future__ import annotations

import json

from sqlalchemy import Text, cast, or_, select

from credit_register.core import uscc
from credit_register.core.database import db
from credit_register.core.paging import BadParameter
from credit_register.institutions import queries
from credit_register.institutions.models import Institution
from credit_register.institutions.verification import near_names
from credit_register.institutions.verification.differences import (
    codes_one_slip_away,
    compared,
    compared_codes,
)
from credit_register.institutions.verification.model import Found, Near, Result, Verification
from credit_register.institutions.verification.reading import (
    STRONG_FORM,
    Reading,
    beside,
    fold,
    possible_names,
    read,
)

LONGEST_TEXT = 300  # as an address it stays within the 4094 bytes that gunicorn reads of a request line
_MOST_FORMER = 20


def verify(text: str) -> Verification:
    """Say whether the agency of this text is registered; raises BadParameter for an empty or over-long text."""
    if not text.strip():
        raise BadParameter("q", "请填写要核验的机构名称或统一社会信用代码")
    if len(text) > LONGEST_TEXT:
        raise BadParameter(
            "q", f"核验内容最多 {LONGEST_TEXT} 字，现为 {len(text)} 字，请只粘贴含机构名称和代码的部分"
        )
    reading = read(text)
    by_code = queries.institutions(reading.codes)
    named, almost = _named(reading)
    found = [Found(by_code[code], "code") for code in reading.codes if code in by_code]
    found += [one for one in named if one.institution.uscc not in by_code]
    near = [near for code in reading.codes if code not in by_code for near in _near_codes(code)]
    near += almost
    conflicts = _conflicts(reading, by_code, named)
    degraded = False
    if not named and (reading.name and (not by_code or conflicts)):
        similar, degraded = near_names.near_names(reading.name)
        near += similar
    return Verification(
        result=_result(reading, by_code, found, near, conflicts),
        text=text.strip(),
        codes=reading.codes,
        name=reading.name,
        found=tuple(found),
        near=_distinct(near, {one.institution.uscc for one in found}),
        code_problems=_code_problems(reading, by_code),
        conflicts=tuple(conflicts),
        degraded=degraded,
    )


def _result(
    reading: Reading,
    by_code: dict[str, Institution],
    found: list[Found],
    near: list[Near],
    conflicts: list[str],
) -> Result:
    agreed = all(code in by_code for code in reading.codes) and not conflicts
    if found and agreed and all(one.in_force for one in found):
        return Result.REGISTERED
    return Result.NEAR if found or near else Result.UNKNOWN


def _code_problems(reading: Reading, by_code: dict[str, Institution]) -> tuple[str, ...]:
    said = []
    for code in reading.codes:
        if code not in by_code:
            check = uscc.check(code)
            shown = code if len(code) <= uscc.LENGTH + 3 else code[: uscc.LENGTH] + "…"
            said.append(
                f"代码 {shown} 的写法符合规则，但不在名录中。"
                if check.ok
                else f"代码 {shown} 书写有误：{check.message}"
            )
    return tuple(said)


def _named(reading: Reading) -> tuple[list[Found], list[Near]]:
    """Entries whose present or former name stands in the text, and those whose name is only a part of another."""
    whole = [fold(phrase) for phrase in reading.phrases]
    names = possible_names(reading.phrases)
    rows = queries.institutions_named(names)
    longest = [
        row
        for row in rows
        if not any(fold(row.name) in fold(other.name) and row.name != other.name for other in rows)
    ]
    found: list[Found] = []
    near: list[Near] = []
    for row in longest:
        extra = _extra(row.name, reading.phrases)
        if extra is None:
            found.append(Found(row, "name"))
        else:
            before, after = extra
            typed, registered, said = compared(f"{before}{row.name}{after}", row.name)
            near.append(Near(row, "name", typed, registered, said))
    if not rows:
        found = [
            Found(row, "former_name", former)
            for row in _formerly(whole, names)
            for former in row.former_names
            if any(fold(former) in phrase for phrase in whole)
        ]
    return found, near


def _extra(name: str, phrases: tuple[str, ...]) -> tuple[str, str] | None:
    """What stands beside the name and makes it another one, unless it stands alone in one of the phrases."""
    extras = [beside(name, phrase) for phrase in phrases if fold(name) in fold(phrase)]
    return None if not extras or None in extras else extras[0]


def _formerly(whole: list[str], names: list[str]) -> list[Institution]:
    """The entries one of whose former names is among these; every row is read, so it is asked last."""
    if not whole:
        return []
    # JSON text holds Chinese as \uXXXX on both databases.
    likely = [name for name in names if len(name) >= 4][:_MOST_FORMER] if len(names) > 2 else names
    spelled = [json.dumps(name) for name in likely]
    if not spelled:
        return []
    stored = cast(Institution.former_names, Text)
    return list(
        db.session.scalars(
            select(Institution)
            .where(or_(*(stored.contains(text, autoescape=True) for text in spelled)))
            .limit(10)
        )
    )


def _conflicts(reading: Reading, by_code: dict[str, Institution], named: list[Found]) -> list[str]:
    """A name and a code that do not belong together, the usual mark of somebody who poses as another."""
    said = []
    named_codes = {one.institution.uscc for one in named}
    for code in reading.codes:
        holder = by_code.get(code)
        strangers = [one.institution for one in named if one.institution.uscc != code]
        if holder is None:
            said += [
                f"您提供的代码是 {code}，而“{stranger.name}”登记的代码是 {stranger.uscc}，两者不符。"
                for stranger in strangers
            ]
        elif strangers and code not in named_codes:
            said += [
                f"代码 {code} 登记在“{holder.name}”名下，不属于“{stranger.name}”（其登记代码是 {stranger.uscc}）。"
                for stranger in strangers
            ]
        elif not named and STRONG_FORM.search(reading.name):
            said.append(f"代码 {code} 登记在“{holder.name}”名下，与您提供的名称“{reading.name}”不同。")
    return said


def _near_codes(code: str) -> list[Near]:
    rows = queries.institutions(codes_one_slip_away(code))
    return [Near(row, "code", *compared_codes(code, row.uscc)) for row in rows.values()]


def _distinct(near: list[Near], already: set[str]) -> tuple[Near, ...]:
    """Each entry once, the first reason kept."""
    kept: dict[str, Near] = {}
    for one in near:
        if one.institution.uscc not in already or one.kind == "code":
            kept.setdefault(one.institution.uscc, one)
    return tuple(kept.values())[: near_names.MOST]
