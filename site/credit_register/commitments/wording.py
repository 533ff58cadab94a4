"""The texts of the commitment by version, and what of the register is put into them and frozen."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from credit_register.core.deadlines.queries import rule_for
from credit_register.core.deadlines.rules import Rule, Unit
from credit_register.institutions.categories import CATEGORIES
from credit_register.institutions.models import Institution

FOLDER = Path(__file__).parent / "texts"


@dataclass(frozen=True)
class Wording:
    """One version of the text; `confirmed` is whether the authority has approved it."""

    version: str
    valid_from: date
    source: str
    confirmed: bool

    @property
    def pattern(self) -> str:
        """The text with its placeholders."""
        return (FOLDER / f"{self.version}.txt").read_text(encoding="utf-8")


# A version that was ever signed stays here and in the folder as it is; a change of the text is a new version.
WORDINGS = (
    Wording(
        "2026-1",
        date(2026, 1, 1),
        "本栏目拟定，参照发改办财金〔2021〕156号附件 2 的用途和 GB/T 46277—2025 的结构；待主管单位确认",
        confirmed=False,
    ),
)

FACT_LABELS = {
    "name": "机构名称",
    "uscc": "统一社会信用代码",
    "address": "住所",
    "categories": "服务类别",
    "legal_representative": "法定代表人",
}
_PERIODS = {"correction": Rule.REGISTER_CORRECTION, "validity": Rule.COMMITMENT_VALIDITY}


@dataclass(frozen=True)
class Difference:
    """One entry of the register that is no longer as it stands in a text."""

    label: str
    before: str
    after: str


def wording_for(on: date) -> Wording:
    """The version for a commitment made on a day; before the first version, the first."""
    return max((one for one in WORDINGS if one.valid_from <= on), default=WORDINGS[0], key=_valid_from)


def _valid_from(wording: Wording) -> date:
    return wording.valid_from


def wording_of(version: str) -> Wording | None:
    """The version that a commitment was made with."""
    return next((one for one in WORDINGS if one.version == version), None)


def present_facts(institution: Institution, *, on: date) -> dict[str, Any]:
    """What a commitment made on this day would freeze: entries of the register, and periods of the rules.

    Raises UnknownRule where the table of rules lacks one.
    """
    return {**_register_facts(institution), **{name: _period(rule, on) for name, rule in _PERIODS.items()}}


def _register_facts(institution: Institution) -> dict[str, Any]:
    return {
        "name": institution.name,
        "uscc": institution.uscc,
        "address": institution.address,
        "categories": sorted(category.code for category in institution.categories),
        "legal_representative": institution.legal_representative,
    }


def _period(rule: Rule, on: date) -> dict[str, Any]:
    found = rule_for(rule, on)
    return {"amount": found.amount, "unit": found.unit}


def render(wording: Wording, facts: Mapping[str, Any]) -> str:
    """The canonical text: NFC, lines end with a line feed, no blanks at their ends, one line feed at the end."""
    values = {name: _one_line(_fact_text(name, facts[name])) for name in FACT_LABELS}
    periods = {name: period_text(facts[name]) for name in _PERIODS}
    text = wording.pattern.format_map({**values, **periods, "version": wording.version})
    lines = [line.rstrip() for line in unicodedata.normalize("NFC", text).splitlines()]
    return "\n".join(lines).strip("\n") + "\n"


def digest(text: str) -> str:
    """The SHA-256 of a text in UTF-8, hexadecimal: what `sha256sum` gives for the downloaded file."""
    return hashlib.sha256(text.encode()).hexdigest()


def period_text(period: Mapping[str, Any]) -> str:
    """A frozen period in words: 10 个工作日."""
    return f"{period['amount']} {Unit(period['unit']).label}"


def differences(facts: Mapping[str, Any], institution: Institution) -> list[Difference]:
    """What the register says differently now; periods of the rules do not concern the institution."""
    present = _register_facts(institution)
    return [
        Difference(label, _fact_text(name, facts[name]), _fact_text(name, present[name]))
        for name, label in FACT_LABELS.items()
        if facts[name] != present[name]
    ]


def _fact_text(name: str, value: Any) -> str:
    if name == "categories":
        # A category that the book no longer has is shown by its code.
        return "、".join(CATEGORIES[code].name if code in CATEGORIES else code for code in value) or "未登记"
    return str(value) or "未填报"


def _one_line(text: str) -> str:
    return " ".join(text.split())
