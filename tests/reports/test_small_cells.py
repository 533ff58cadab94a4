"""No number that is not shown can be worked out from what is shown, totals included: tried by brute force."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from credit_register.reports.small_cells import Cell, Published, PublishedTable, Shown, publish

Rows = list[list[int]]


def possible(cell: Cell, most: int) -> range:
    """The numbers that a reader may take a cell for."""
    if isinstance(cell, int):
        return range(cell, cell + 1)
    return range(1, 5) if cell is Shown.SMALL else range(most + 1)


def agrees(cell: Cell, value: int) -> bool:
    return value == cell if isinstance(cell, int) else cell is Shown.HIDDEN or 1 <= value <= 4


def fillings(table: PublishedTable, most: int) -> Iterator[tuple[tuple[int, ...], ...]]:
    """All tables whose rows agree with what is shown of their cells and totals."""
    by_row = [
        [row for row in product(*(possible(cell, most) for cell in cells)) if agrees(total, sum(row))]
        for cells, total in zip(table.rows, table.row_totals, strict=True)
    ]
    return product(*by_row)


def columns_of(filling: tuple[tuple[int, ...], ...], width: int) -> tuple[int, ...]:
    return tuple(sum(row[place] for row in filling) for place in range(width))


def values_of_hidden(published: Published, width: int, most: int) -> dict[object, set[int]]:
    """For every cell and total that is not shown: the values that it has in the fillings that agree with all."""

    def fits(totals: tuple[int, ...]) -> bool:
        return agrees(published.total, sum(totals)) and all(
            agrees(cell, value) for cell, value in zip(published.column_totals, totals, strict=True)
        )

    found: list[dict[tuple[int, ...], list[tuple[tuple[int, ...], ...]]]] = []
    for table in published.tables:
        by_totals: dict[tuple[int, ...], list[tuple[tuple[int, ...], ...]]] = {}
        for filling in fillings(table, most):
            totals = columns_of(filling, width)
            if fits(totals):
                by_totals.setdefault(totals, []).append(filling)
        found.append(by_totals)
    shared = set.intersection(*(set(each) for each in found))
    values: dict[object, set[int]] = {}
    for number, by_totals in enumerate(found):
        for totals in shared:
            for filling in by_totals[totals]:
                for place, row in enumerate(filling):
                    for column, value in enumerate(row):
                        values.setdefault((number, place, column), set()).add(value)
                    values.setdefault((number, place, "total"), set()).add(sum(row))
            for column, value in enumerate(totals):
                values.setdefault(("total", column), set()).add(value)
            values.setdefault("total", set()).add(sum(totals))
    return values


def not_shown(published: Published) -> set[object]:
    hidden: set[object] = set()
    for number, table in enumerate(published.tables):
        for place, row in enumerate(table.rows):
            hidden |= {(number, place, column) for column, cell in enumerate(row) if isinstance(cell, Shown)}
            if isinstance(table.row_totals[place], Shown):
                hidden.add((number, place, "total"))
    hidden |= {
        ("total", column) for column, cell in enumerate(published.column_totals) if isinstance(cell, Shown)
    }
    if isinstance(published.total, Shown):
        hidden.add("total")
    return hidden


def check(tables: list[Rows], width: int, most: int) -> None:
    published = publish(tables, width)
    # A reader does not know the largest number of the test: what is hidden may be larger than each that is there.
    values = values_of_hidden(published, width, most + 2)
    for name in not_shown(published):
        assert len(values[name]) > 1, f"{name} can only be {values[name]} in {published}"
    for table, shown in zip(tables, published.tables, strict=True):
        for row, cells in zip(table, shown.rows, strict=True):
            for value, cell in zip(row, cells, strict=True):
                assert agrees(cell, value)
                assert not (isinstance(cell, int) and 1 <= cell <= 4), "a small number is shown"
        for row, cell in zip(table, shown.row_totals, strict=True):
            assert agrees(cell, sum(row))
            assert not (isinstance(cell, int) and 1 <= cell <= 4)
    for column, cell in enumerate(published.column_totals):
        assert agrees(cell, sum(row[column] for row in tables[0]))
        assert not (isinstance(cell, int) and 1 <= cell <= 4)


COUNT = st.integers(0, 7)
ONE_TABLE = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.lists(COUNT, min_size=width, max_size=width), min_size=1, max_size=2)
)


@given(ONE_TABLE)
@settings(max_examples=250, deadline=None)
@example([[1, 1], [1, 1]])
@example([[2, 7]])
@example([[4, 1]])
@example([[5, 4], [1, 5]])
@example([[4], [4]])
@example([[0, 3], [6, 0]])
def test_of_one_table_nothing_hidden_can_be_worked_out(table: Rows) -> None:
    check([table], len(table[0]), most=9)


@st.composite
def two_tables(draw: st.DrawFn) -> list[Rows]:
    """The same few cases counted by two things: each case is a row here, a row there and a column."""
    width = draw(st.integers(1, 2))
    case = st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, width - 1))
    first, second = [[0] * width for _ in range(2)], [[0] * width for _ in range(2)]
    for here, there, column in draw(st.lists(case, max_size=12)):
        first[here][column] += 1
        second[there][column] += 1
    return [first, second]


@given(two_tables())
@settings(max_examples=250, deadline=None)
@example([[[1], [1], [1], [1]], [[4]]])
@example([[[7, 0], [0, 3]], [[7, 3], [0, 0]]])
@example([[[1, 1], [1, 1]], [[2, 0], [0, 2]]])
def test_of_two_tables_of_the_same_cases_nothing_hidden_can_be_worked_out(tables: list[Rows]) -> None:
    check(tables, len(tables[0][0]), most=9)


def test_large_numbers_are_all_shown() -> None:
    published = publish([[[12, 0, 30], [8, 5, 0]], [[20, 5, 30]]], 3)
    assert published.complete
    assert published.tables[0].rows == ((12, 0, 30), (8, 5, 0))
    assert (published.tables[0].row_totals, published.column_totals, published.total) == (
        (42, 13),
        (20, 5, 30),
        55,
    )


def test_one_small_number_takes_the_cheapest_circle_with_it() -> None:
    published = publish([[[3, 40, 50], [20, 9, 60], [70, 80, 90]]], 3)
    rows = published.tables[0].rows
    assert rows[0][0] is Shown.SMALL
    hidden = sum(isinstance(cell, Shown) for row in rows for cell in row)
    assert hidden == 4, "a small number, one beside it, one below it and the corner"
    assert rows[2] == (70, 80, 90)
    assert all(isinstance(total, int) for total in published.column_totals)


def test_tables_that_do_not_agree_are_refused() -> None:
    for tables in ([[[1]], [[2]]], [[[1, 2]], [[3]]], [], [[[-1]]], [[[1]], [[1]], [[1]]]):
        with pytest.raises(ValueError, match=r"one table or two|same totals|a count for each"):
            publish(tables, 1)
