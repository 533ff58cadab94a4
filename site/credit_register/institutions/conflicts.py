"""Two officers at one entry: what the other one changed meanwhile, and which typed values still stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from wtforms import Field

from credit_register.core.masking import mask_person
from credit_register.institutions import staff_queries
from credit_register.institutions.forms import PLAIN_FIELDS, InstitutionForm
from credit_register.institutions.history import Change, changes
from credit_register.institutions.models import Institution


@dataclass(frozen=True)
class MeanwhileChange:
    """One version that somebody else published after the page was opened."""

    at: datetime
    person: str
    reason: str
    lines: tuple[Change, ...]


@dataclass(frozen=True)
class Conflict:
    """What to tell the officer who came second; `both` names the fields that both have changed."""

    changes: tuple[MeanwhileChange, ...]
    both: tuple[str, ...] = ()
    merged: bool = False


def meanwhile(institution: Institution, seen: int | None) -> Conflict:
    """What was published since version number `seen`; the last change where nobody says what was seen."""
    known = staff_queries.versions(institution)
    content = {version.number: version.content for version in known}
    lines = [
        MeanwhileChange(
            version.at,
            version.person,
            version.reason,
            tuple(changes(content.get(version.number - 1, {}), version.content)),
        )
        for version in known
        if version.number > (known[0].number - 1 if seen is None else seen)
    ]
    return Conflict(tuple(reversed(lines)))


def merge(form: InstitutionForm, institution: Institution) -> Conflict:
    """Make a form that came too late fit to be sent again.

    What the person typed stays; what the person left as it was takes the present value, so that sending
    again undoes nobody's work. The form then carries the present version.
    """
    conflict = meanwhile(institution, form.seen.data)
    versions = staff_queries.versions(institution)
    base = next((version.content for version in versions if version.number == form.seen.data), None)
    both: list[str] = []
    if base is not None:
        present = InstitutionForm.values_of(institution)
        for field, before, now in _pairs(form, _base_values(base), present):
            typed = _plain(field.data)
            if _same(field, typed, before):
                _put(field, now)
            elif typed != now and before != now:
                both.append(field.label.text)
    form.renew(version=institution.version, seen=versions[0].number if versions else 0)
    return Conflict(conflict.changes, tuple(dict.fromkeys(both)), merged=base is not None)


def _base_values(content: Mapping[str, Any]) -> dict[str, Any]:
    """A published content in the shape of the form."""
    conduct = content["code_of_conduct"] or {}
    values: dict[str, Any] = {name: content.get(name, "") for name in PLAIN_FIELDS}
    values["region_code"] = content["region"]
    values["conduct_title"] = conduct.get("title", "")
    values["conduct_version"] = conduct.get("version", "")
    values["conduct_date"] = _day(conduct.get("date"))
    values["founded_on"] = _day(content["founded_on"])
    values["former_names"] = list(content["former_names"])
    values["categories"] = {
        f"c{entry['code']}": {
            "registered": True,
            "licence_number": entry["licence_number"],
            "licence_issuer": entry["licence_issuer"],
            "licence_expires_on": _day(entry["licence_expires_on"]),
            "verified_on": _day(entry["verified_on"]),
        }
        for entry in content["categories"]
    }
    return values


def _pairs(
    form: InstitutionForm, base: Mapping[str, Any], present: Mapping[str, Any]
) -> list[tuple[Field, Any, Any]]:
    """Each field with its value when the page was opened and its value now."""
    names = (*PLAIN_FIELDS, "former_names", "founded_on", "conduct_date")
    pairs = [(form[name], _plain(base[name]), _plain(present[name])) for name in names]
    for code, row in form.category_rows():
        before = base["categories"].get(f"c{code}", {})
        now = present["categories"].get(f"c{code}", {})
        pairs += [
            (field, _plain(before.get(field.short_name)), _plain(now.get(field.short_name))) for field in row
        ]
    return pairs


def _same(field: Field, typed: Any, before: Any) -> bool:
    """Whether the person left the field as it was; of the supervisor only the mask was published."""
    if field.short_name == "chief_supervisor":
        return bool(mask_person(typed) == before)
    return bool(typed == before)


def _plain(value: Any) -> Any:
    """Nothing, an empty text and an empty list are one and the same to the person who types."""
    return value or ""


def _put(field: Field, value: Any) -> None:
    field.raw_data = None
    field.data = value


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
