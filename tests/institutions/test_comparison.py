"""Agencies side by side: only what compares is compared."""

from __future__ import annotations

from datetime import date

from flask import Flask

from credit_register.institutions import comparison
from credit_register.institutions.models import Institution
from tests.core.codes import uscc
from tests.factories import make_institution, make_product

TODAY = date(2026, 3, 12)


def compare(*institutions: Institution) -> comparison.Comparison:
    return comparison.compare([one.uscc for one in institutions], today=TODAY)


def cells(compared: comparison.Comparison, category: str) -> list[list[tuple[str, bool]] | None]:
    row = next(row for row in compared.fees if row.category.code == category)
    return [
        None if cell is None else [(priced.product.name, priced.lowest) for priced in cell]
        for cell in row.cells
    ]


def test_columns_stand_in_the_order_asked_for_and_each_code_once(app: Flask) -> None:
    first, second = make_institution(), make_institution()
    compared = comparison.compare([second.uscc, first.uscc.lower(), f" {second.uscc} "], today=TODAY)
    assert compared.codes == (second.uscc, first.uscc)


def test_a_fifth_agency_is_named_and_left_out(app: Flask) -> None:
    five = [make_institution() for _ in range(5)]
    compared = compare(*five)
    assert compared.codes == tuple(one.uscc for one in five[:4])
    assert compared.left_out == (five[4].name,)


def test_what_is_not_in_the_register_is_named(app: Flask) -> None:
    stranger = uscc(serial=987_654)
    compared = comparison.compare([make_institution().uscc, stranger, "xyz", ""], today=TODAY)
    assert compared.unknown == (stranger, "XYZ")
    assert len(compared.columns) == 1


def test_nothing_asked_for_is_an_empty_comparison(app: Flask) -> None:
    assert comparison.compare([], today=TODAY) == comparison.Comparison((), (), (), ())


def test_the_lowest_start_is_marked_after_conversion_to_one_unit(app: Flask) -> None:
    monthly, yearly = make_institution(), make_institution()
    make_product(monthly, name="按月", basis="per_month", fee_low="900", fee_high="5000", unit="元/月")
    make_product(yearly, name="按年", basis="per_year", fee_low="1.1", unit="万元/年")
    assert cells(compare(monthly, yearly), "06") == [[("按月", True)], [("按年", False)]]


def test_different_units_and_categories_are_never_mixed(app: Flask) -> None:
    first, second = make_institution(categories=("06", "10")), make_institution(categories=("06", "10"))
    make_product(first, name="按次", basis="per_case", fee_low="1", unit="元/次")
    make_product(second, name="按份", basis="per_report", fee_low="2", unit="元/份")
    make_product(second, name="培训", category="10", basis="per_case", fee_low="9", unit="元/次")
    compared = compare(first, second)
    assert cells(compared, "06") == [[("按次", False)], [("按份", False)]]
    assert cells(compared, "10") == [[], [("培训", False)]]


def test_equal_fees_have_no_lowest_and_negotiable_ones_take_no_part(app: Flask) -> None:
    first, second, third = (make_institution() for _ in range(3))
    make_product(first, name="甲")
    make_product(second, name="乙")
    make_product(third, name="丙", basis="negotiable")
    assert cells(compare(first, second, third), "06") == [[("甲", False)], [("乙", False)], [("丙", False)]]


def test_a_category_that_one_is_not_registered_for_is_told_from_one_without_fees(app: Flask) -> None:
    first, second = make_institution(categories=("06",)), make_institution(categories=("10",))
    compared = compare(first, second)
    assert cells(compared, "06") == [[], None]
    assert cells(compared, "10") == [None, []]


def test_of_one_agencys_own_products_only_the_lowest_is_marked(app: Flask) -> None:
    first, second = make_institution(), make_institution()
    make_product(first, name="基础", fee_low="100")
    make_product(first, name="深度", fee_low="900")
    make_product(second, name="标准", fee_low="300")
    assert cells(compare(first, second), "06") == [[("基础", True), ("深度", False)], [("标准", False)]]
