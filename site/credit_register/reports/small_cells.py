"""Tables of counts that show no small number, and of which no small number can be worked out: pure, without the database.

Several tables may share their columns and count the same cases, each by something else (by region, by month). Every
count and every total is a branch between two balances, as in a network: a row's total is the sum of its counts, the
total of a column is the same in all tables. A count from 1 to 4 is not shown. Which counts could be the hidden one
instead is then a question of circulations: a hidden count can have another value exactly where a circle of hidden
counts leads through it, along which one more here and one less there keep all totals that are shown. Where there is
none, further numbers are hidden until there is. All counts are whole, and so are the corners of such a network: the
other value is always a possible count, not a fraction.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from heapq import heappop, heappush
from typing import Final

SMALLEST_SHOWN: Final = 5
LARGEST_SMALL: Final = SMALLEST_SHOWN - 1

# To let a small number pass for any number costs more than to hide a large one, and to hide a large one that then
# could be a small one costs more than any other.
_UNSAYING: Final = 10**9
_HIDING_AT_THE_EDGE: Final = 10**12


class Shown(Enum):
    """What stands in the place of a number that is not shown."""

    SMALL = "small"  # from 1 to 4
    HIDDEN = "hidden"  # any number: it would give a small one away


Cell = int | Shown


@dataclass(frozen=True)
class PublishedTable:
    """What everybody may read of one table: its cells, and the total of each row."""

    rows: tuple[tuple[Cell, ...], ...]
    row_totals: tuple[Cell, ...]


@dataclass(frozen=True)
class Published:
    """What everybody may read of tables that share their columns: the totals of the columns are those of each."""

    tables: tuple[PublishedTable, ...]
    column_totals: tuple[Cell, ...]
    total: Cell

    @property
    def complete(self) -> bool:
        """Whether every number is shown."""
        cells = [cell for table in self.tables for row in table.rows for cell in row]
        totals = [cell for table in self.tables for cell in table.row_totals]
        return all(isinstance(cell, int) for cell in (*cells, *totals, *self.column_totals, self.total))


@dataclass
class _Branch:
    """A count between two balances; going along it counts one more, going back counts one less."""

    tail: Hashable
    head: Hashable
    value: int
    shown: Shown | None = None

    @property
    def fixed(self) -> bool:
        return self.value == 0  # that nothing happened is shown

    def cost(self, step: int) -> int | None:
        """What it costs to let the count be one more or one less for the reader; None where it cannot be."""
        if self.fixed:
            return None
        after = self.value + step
        if self.shown is Shown.HIDDEN:
            at_the_edge = self.value >= SMALLEST_SHOWN > after
            return _HIDING_AT_THE_EDGE if at_the_edge else 0
        if self.shown is Shown.SMALL:
            return 0 if 1 <= after <= LARGEST_SMALL else _UNSAYING
        return self.value if after >= SMALLEST_SHOWN else _HIDING_AT_THE_EDGE

    def give_way(self, step: int) -> None:
        """Hide what stands in the way of one more or one less."""
        if self.cost(step) != 0:
            self.shown = Shown.HIDDEN


@dataclass
class _Network:
    """All counts of the tables, by the balances that they stand between."""

    branches: list[_Branch] = field(default_factory=list)
    _leaving: dict[Hashable, list[tuple[_Branch, int]]] = field(default_factory=dict)

    def add(self, tail: Hashable, head: Hashable, value: int) -> _Branch:
        shown = Shown.SMALL if 1 <= value <= LARGEST_SMALL else None
        branch = _Branch(tail, head, value, shown)
        self.branches.append(branch)
        self._leaving.setdefault(tail, []).append((branch, 1))
        self._leaving.setdefault(head, []).append((branch, -1))
        return branch

    def protect(self) -> None:
        """Hide more until each hidden count could be another one."""
        protected: set[int] = set()
        for branch in sorted(self.branches, key=lambda one: one.value):
            if branch.shown is None or id(branch) in protected:
                continue
            circles = [circle for step in (1, -1) if (circle := self._circle(branch, step)) is not None]
            # There is always one: along the totals of row, column and all, then back through another table.
            _, way = min(circles, key=lambda found: found[0])
            for passed, step in way:
                passed.give_way(step)
                protected.add(id(passed))

    def _circle(self, branch: _Branch, step: int) -> tuple[int, list[tuple[_Branch, int]]] | None:
        """The cheapest circle that goes through a branch one way, with its cost."""
        own = branch.cost(step)
        if own is None:
            return None
        start, goal = (branch.head, branch.tail) if step == 1 else (branch.tail, branch.head)
        best: dict[Hashable, int] = {start: 0}
        came: dict[Hashable, tuple[Hashable, _Branch, int]] = {}
        waiting: list[tuple[int, int, Hashable]] = [(0, 0, start)]
        pushed = 0
        while waiting:
            so_far, _, here = heappop(waiting)
            if here == goal:
                break
            if so_far > best[here]:
                continue
            for other, way in self._leaving[here]:
                cost = other.cost(way)
                if other is branch or cost is None:
                    continue
                there = other.head if way == 1 else other.tail
                # Each further count that moves costs a little, so that no circle is longer than it must be.
                total = so_far + cost + 1
                if total < best.get(there, total + 1):
                    best[there] = total
                    came[there] = (here, other, way)
                    pushed += 1
                    heappush(waiting, (total, pushed, there))
        if goal not in came:
            return None
        passed, here = [(branch, step)], goal
        while here != start:
            here, other, way = came[here]
            passed.append((other, way))
        return best[goal] + own, passed


def publish(tables: Sequence[Sequence[Sequence[int]]], columns: int) -> Published:
    """What may be shown of one table or two that count the same cases in the same columns: nothing small, nor what
    would let a reader compute something small.

    Each table is a list of rows, each with `columns` counts. Raises ValueError where the tables do not agree.
    """
    if not 1 <= len(tables) <= 2:
        raise ValueError("one table or two: what three share is no network")
    if any(len(row) != columns or min(row) < 0 for table in tables for row in table):
        raise ValueError("every row has a count for each column")
    sums = [[sum(row[place] for row in table) for place in range(columns)] for table in tables]
    if sums[0] != sums[-1]:
        raise ValueError("tables of the same cases have the same totals")
    network = _Network()
    cells = [_lay_out(network, number, table, columns) for number, table in enumerate(tables)]
    other = [(len(tables) - 1, place) if len(tables) == 2 else "all" for place in range(columns + 1)]
    joined = [network.add(other[place], (0, place), value) for place, value in enumerate(sums[0])]
    joined.append(network.add((0, columns), other[columns], sum(sums[0])))
    network.protect()
    return Published(
        tuple(
            PublishedTable(
                tuple(tuple(_cell(one) for one in row[:-1]) for row in table),
                tuple(_cell(row[-1]) for row in table),
            )
            for table in cells
        ),
        tuple(_cell(one) for one in joined[:-1]),
        _cell(joined[-1]),
    )


def _lay_out(
    network: _Network, number: int, table: Sequence[Sequence[int]], columns: int
) -> list[list[_Branch]]:
    """A table's counts, each between its column and its row, and behind each row its total.

    In the second table everything goes the other way, so that the totals lead from one table to the other and back.
    """

    def add(tail: Hashable, head: Hashable, value: int) -> _Branch:
        return network.add(tail, head, value) if number == 0 else network.add(head, tail, value)

    laid = []
    for place, row in enumerate(table):
        balance = (number, "row", place)
        counts = [add((number, column), balance, value) for column, value in enumerate(row)]
        laid.append([*counts, add(balance, (number, columns), sum(row))])
    return laid


def _cell(branch: _Branch) -> Cell:
    return branch.value if branch.shown is None else branch.shown
