"""What a good row would alter: found out without touching the register, so that preview and import agree."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from credit_register.institutions.categories import category_name
from credit_register.institutions.imports import columns
from credit_register.institutions.imports.product_row import ProductRow
from credit_register.institutions.imports.results import Change
from credit_register.institutions.imports.roster_row import FIELD_COLUMNS, LICENCE_COLUMNS, RosterRow
from credit_register.institutions.models import Institution, InstitutionCategory, ProductColumns
from credit_register.institutions.renaming import former_names_after, short_name_after


@dataclass(slots=True)
class Difference:
    """New values of an institution, its categories and their licences; `changes` says the same for people."""

    fields: dict[str, Any] = field(default_factory=dict)
    new_categories: list[str] = field(default_factory=list)
    licences: dict[str, dict[str, Any]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)


def institution_difference(institution: Institution, row: RosterRow) -> Difference:
    """What the row alters of a registered institution; blank cells and other categories leave it as it is."""
    found = Difference()
    for attribute, value in row.fields.items():
        present = getattr(institution, attribute)
        if present != value:
            found.fields[attribute] = value
            found.changes.append(Change(FIELD_COLUMNS[attribute], _text(present), _text(value)))
    _compare_names(institution, row, found)
    present_categories = {category.code: category for category in institution.categories}
    found.new_categories = [code for code in row.categories if code not in present_categories]
    if found.new_categories:
        before = "、".join(category_name(code) for code in present_categories)
        after = "、".join(
            category_name(code) for code in sorted({*present_categories, *found.new_categories})
        )
        found.changes.append(Change(columns.CATEGORIES, before, after))
    for code, licence in row.licences.items():
        category = present_categories.get(code)
        changed = {
            key: value
            for key, value in licence.items()
            if category is None or getattr(category, key) != value
        }
        if changed:
            found.licences[code] = changed
            for key, value in changed.items():
                before = _text(getattr(category, key)) if category else ""
                found.changes.append(
                    Change(LICENCE_COLUMNS[key], before, f"{category_name(code)}：{_text(value)}")
                )
    return found


def _compare_names(institution: Institution, row: RosterRow, found: Difference) -> None:
    name, short = str(row.fields["name"]), institution.short_name
    if institution.name != name and "short_name" not in row.fields:
        follows = short_name_after(institution.name, name, short)
        if follows != short:
            found.fields["short_name"] = follows
    former = former_names_after(institution.name, name, institution.former_names, row.former_names)
    if former != institution.former_names:
        found.fields["former_names"] = former
        change = Change(columns.FORMER_NAMES, "、".join(institution.former_names), "、".join(former))
        found.changes.append(change)


def alter_institution(institution: Institution, difference: Difference) -> None:
    """Put the new values into the row."""
    for attribute, value in difference.fields.items():
        setattr(institution, attribute, value)
    for code in difference.new_categories:
        institution.categories.append(InstitutionCategory(code=code))
    for category in institution.categories:
        for key, value in difference.licences.get(category.code, {}).items():
            if getattr(category, key) != value:
                setattr(category, key, value)
                category.verified_on = None  # what was verified was the licence as it stood before


def product_changes(product: ProductColumns, row: ProductRow) -> tuple[dict[str, Any], list[Change]]:
    """New values of a present product, and the same for people; blank cells leave it as it is."""
    fee = row.fee
    wanted: dict[str, Any] = {"basis": fee.basis.value, "fee_low": fee.low, "fee_high": fee.high}
    if row.unit_given or product.basis != fee.basis.value:
        wanted["unit"] = fee.unit
    changed = {key: value for key, value in wanted.items() if getattr(product, key) != value}
    changes: list[Change] = []
    if changed:
        before = product.fee
        after = type(fee)(fee.basis, fee.low, fee.high, wanted.get("unit", product.unit))
        if before.basis is not after.basis:
            changes.append(Change(columns.BASIS, before.basis.label, after.basis.label))
        if before.text != after.text or not changes:
            changes.append(Change(columns.STANDARD, before.text, after.text))
    if row.included and product.included != row.included:
        changed["included"] = row.included
        changes.append(Change(columns.INCLUDED, product.included, row.included))
    return changed, changes


def product_values(row: ProductRow) -> dict[str, Any]:
    """A new product as the register keeps it."""
    fee = row.fee
    return {
        "name": row.name,
        "category": row.category,
        "basis": fee.basis.value,
        "fee_low": fee.low,
        "fee_high": fee.high,
        "unit": fee.unit,
        "included": row.included,
    }


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)
