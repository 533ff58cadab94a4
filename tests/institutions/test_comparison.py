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


def cells(compared: comparison.Comparison, category: str) -> list[list[tuple[str, str]] | None]:
    """The products of a category with their mark: lowest, start (the lowest start of all) or nothing."""
    row = next(row for row in compared.fees if row.category.code == category)
    return [
        None
        if cell is None
        else [
            (one.product.name, "lowest" if one.lowest else "start" if one.lowest_start else "")
            for one in cell
        ]
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


def test_the_lowest_of_products_of_one_name_is_marked_after_conversion_to_one_unit(app: Flask) -> None:
    monthly, yearly = make_institution(), make_institution()
    make_product(
        monthly, name="顾问（A 版）", basis="per_month", fee_low="900", fee_high="5000", unit="元/月"
    )
    make_product(yearly, name="顾问(a版)", basis="per_year", fee_low="1.1", unit="万元/年")
    assert cells(compare(monthly, yearly), "06") == [[("顾问（A 版）", "lowest")], [("顾问(a版)", "")]]


def test_of_different_products_only_the_starting_price_is_compared_and_named_so(app: Flask) -> None:
    first, second = make_institution(), make_institution()
    make_product(first, name="基础", fee_low="100")
    make_product(first, name="深度", fee_low="900")
    make_product(second, name="标准", fee_low="300")
    assert cells(compare(first, second), "06") == [[("基础", "start"), ("深度", "")], [("标准", "")]]


def test_beside_products_of_one_name_no_starting_price_is_awarded(app: Flask) -> None:
    first, second = make_institution(), make_institution()
    make_product(first, name="标准", fee_low="200")
    make_product(first, name="只此一家", fee_low="1")
    make_product(second, name="标准", fee_low="300")
    assert cells(compare(first, second), "06") == [[("只此一家", ""), ("标准", "lowest")], [("标准", "")]]


def test_different_units_and_categories_are_never_mixed(app: Flask) -> None:
    first, second = make_institution(categories=("06", "10")), make_institution(categories=("06", "10"))
    make_product(first, name="报告", basis="per_case", fee_low="1", unit="元/次")
    make_product(second, name="报告", basis="per_report", fee_low="2", unit="元/份")
    make_product(second, name="培训", category="10", basis="per_case", fee_low="9", unit="元/次")
    compared = compare(first, second)
    assert cells(compared, "06") == [[("报告", "")], [("报告", "")]]
    assert cells(compared, "10") == [[], [("培训", "")]]


def test_equal_fees_have_no_lowest_and_negotiable_ones_take_no_part(app: Flask) -> None:
    first, second, third = (make_institution() for _ in range(3))
    make_product(first, name="甲")
    make_product(second, name="甲")
    make_product(third, name="甲", basis="negotiable")
    assert cells(compare(first, second, third), "06") == [[("甲", "")], [("甲", "")], [("甲", "")]]


def test_a_free_product_is_lower_than_any_of_its_name(app: Flask) -> None:
    first, second, third = (make_institution() for _ in range(3))
    make_product(first, name="甲", basis="free", fee_low="0", unit="")
    make_product(second, name="甲", fee_low="200")
    make_product(third, name="甲", fee_low="300")
    assert cells(compare(first, second, third), "06") == [[("甲", "lowest")], [("甲", "")], [("甲", "")]]


def test_a_category_that_one_is_not_registered_for_is_told_from_one_without_fees(app: Flask) -> None:
    first, second = make_institution(categories=("06",)), make_institution(categories=("10",))
    compared = compare(first, second)
    assert cells(compared, "06") == [[], None]
    assert cells(compared, "10") == [None, []]


def test_each_column_has_a_letter_and_a_short_name_where_that_is_short(app: Flask) -> None:
    first, second = make_institution(short_name="示例甲"), make_institution(short_name="很长" * 10)
    assert [column.label for column in compare(first, second).columns] == ["A 示例甲", "B"]


def test_agencies_are_laid_aside_in_order_once_and_four_at_most(app: Flask) -> None:
    five = [make_institution() for _ in range(5)]
    codes = [one.uscc for one in five]
    basket = comparison.basket([codes[0].lower(), codes[0], "xyz", *codes[1:]])
    assert basket.codes == tuple(codes[:4])
    assert (basket.unknown, basket.left_out, basket.full) == (("XYZ",), (five[4].name,), True)
    assert basket.chosen[0].label == five[0].short_name
    assert comparison.basket([]) == comparison.Basket()
