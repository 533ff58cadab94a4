"""One row of a product list: every cell checked, and the product as the register would keep it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from credit_register.core.sheets import SheetRow
from credit_register.institutions import facts
from credit_register.institutions.fees import Basis, Fee, FeeUnreadable, parse_basis, parse_fee
from credit_register.institutions.imports import columns, values
from credit_register.institutions.imports.roster_row import NO_CODE, RowReport

_NO_BASIS_NEEDED = {
    "面议": Basis.NEGOTIABLE,
    "另议": Basis.NEGOTIABLE,
    "免费": Basis.FREE,
    "不收费": Basis.FREE,
}


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A good row; without `unit_given` the unit is the usual one of the basis; `included` may be blank."""

    uscc: str
    name: str
    category: str
    fee: Fee
    unit_given: bool
    included: str

    @property
    def key(self) -> str:
        """What makes it one product: institution, name and category."""
        return f"{self.uscc}|{self.category}|{self.name}"

    def dump(self) -> dict[str, Any]:
        """The row as JSON."""
        fee = self.fee
        return {
            "uscc": self.uscc,
            "name": self.name,
            "category": self.category,
            "basis": fee.basis.value,
            "low": None if fee.low is None else str(fee.low),
            "high": None if fee.high is None else str(fee.high),
            "unit": fee.unit,
            "unit_given": self.unit_given,
            "included": self.included,
        }

    @classmethod
    def load(cls, data: dict[str, Any]) -> ProductRow:
        """The row of `dump`."""
        low, high = (None if data[end] is None else Decimal(data[end]) for end in ("low", "high"))
        fee = Fee(Basis(data["basis"]), low, high, data["unit"])
        return cls(data["uscc"], data["name"], data["category"], fee, data["unit_given"], data["included"])


def read_product_row(row: SheetRow, report: RowReport) -> ProductRow | None:
    """The row as the register would keep it; None where the report has a fault."""
    take, text = report.take, row.text
    code, warnings = take(columns.CODE, NO_CODE, values.code, text(columns.CODE))
    report.doubts.extend((columns.CODE, warning) for warning in warnings)
    report.doubts.extend((note.column, note.message) for note in row.notes)
    name = take(columns.PRODUCT_NAME, "", facts.PRODUCT_NAME, text(columns.PRODUCT_NAME))
    category = take(columns.CATEGORIES, "", values.one_category, text(columns.CATEGORIES))
    included = take(columns.INCLUDED, "", facts.INCLUDED, text(columns.INCLUDED))
    unit = take(columns.UNIT, "", facts.text_line, text(columns.UNIT), columns.UNIT, 40)
    fee = _fee(text(columns.BASIS), text(columns.STANDARD), unit, report)
    if report.faults or fee is None:
        return None
    return ProductRow(code, name, category, fee, bool(unit), included)


def _fee(basis_text: str, standard: str, unit: str, report: RowReport) -> Fee | None:
    standard = standard.strip()
    try:
        if basis_text.strip():
            basis = parse_basis(basis_text)
        elif standard in _NO_BASIS_NEEDED:
            basis = _NO_BASIS_NEEDED[standard]
        else:
            choices = "、".join(each.label for each in Basis)
            raise FeeUnreadable(columns.BASIS, f"收费方式为空，请填写：{choices}")
        return parse_fee(standard, basis, unit)
    except FeeUnreadable as bad:
        report.faults.append((bad.column, values.sentence(str(bad))))
    return None
