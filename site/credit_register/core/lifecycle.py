"""State machines as tables that an official could check, and the guard against two officers who race."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, TypeVar

from sqlalchemy import inspect
from sqlalchemy.orm import object_session
from sqlalchemy.orm.exc import StaleDataError

from credit_register.core.database import Versioned

State = TypeVar("State", bound=StrEnum)


class LifecycleError(Exception):
    """A table of moves that contradicts itself; raised while the program starts."""


class MoveNotAllowed(Exception):
    """The move is not on offer in the present state; the message is for the person who asked."""


class UnknownMove(MoveNotAllowed):
    """No state of the table offers a move of this name."""


class StaleVersion(Exception):
    """Somebody else changed the row in between; nothing was overwritten."""

    def __init__(self) -> None:
        super().__init__("这条记录刚刚被他人修改过，您的操作没有生效。请刷新页面，核对最新内容后再办理。")


@dataclass(frozen=True)
class Move(Generic[State]):
    """One line of the table: from where to where, its button, who may, which deadline starts."""

    name: str
    source: State | tuple[State, ...]
    target: State
    label: str
    needs: str | None = None  # a permission; None: only the system itself makes this move
    due: str | None = None  # the name of a deadline rule
    reason: bool = False  # whether a reason in words must be given

    @property
    def sources(self) -> tuple[State, ...]:
        return self.source if isinstance(self.source, tuple) else (self.source,)


class Lifecycle(Generic[State]):
    """All states and moves of one kind of row; a contradiction raises LifecycleError at construction."""

    def __init__(
        self,
        initial: State,
        *moves: Move[State],
        labels: Mapping[State, str],
        attribute: str = "state",
    ) -> None:
        self.initial = initial
        self.moves = moves
        self.labels = MappingProxyType(dict(labels))
        self.attribute = attribute
        self._offers: dict[State, dict[str, Move[State]]] = {state: {} for state in type(initial)}
        for move in moves:
            for source in move.sources:
                if move.name in self._offers[source]:
                    raise LifecycleError(f"two moves {move.name!r} leave the state {source!r}")
                self._offers[source][move.name] = move
        self._check_labels()
        self._check_reach()

    def moves_from(self, state: State | str) -> tuple[Move[State], ...]:
        """The moves on offer, in the order of the table; the caller leaves out what the actor may not."""
        return tuple(self._offers[self._known(state)].values())

    def move(self, name: str, state: State | str) -> Move[State]:
        """The move of this name from this state; raises MoveNotAllowed, or UnknownMove for a wrong name."""
        present = self._known(state)
        if name in self._offers[present]:
            return self._offers[present][name]
        label = next((move.label for move in self.moves if move.name == name), None)
        if label is None:
            raise UnknownMove("没有这项操作，请刷新页面后从页面上的按钮办理。")
        raise MoveNotAllowed(
            f"现在的状态是“{self.labels[present]}”，不能“{label}”。请刷新页面查看可以办理的事项。"
        )

    def label(self, state: State | str) -> str:
        """The Chinese word for a state."""
        return self.labels[self._known(state)]

    def is_final(self, state: State | str) -> bool:
        """Whether no move leaves the state."""
        return not self._offers[self._known(state)]

    def apply(self, row: Versioned, move_name: str, expected_version: int) -> Move[State]:
        """Make the move and write it at once, so that who returns from here has won the race.

        `expected_version` is the number the person saw. Raises StaleVersion, or MoveNotAllowed.
        The row must have been written before (flush a new one first). The caller commits.
        After StaleVersion the transaction is lost: roll back.
        """
        check_version(row, expected_version)
        return self.apply_to_all([row], move_name)[0]

    def apply_to_all(self, rows: Sequence[Versioned], move_name: str) -> list[Move[State]]:
        """Make the same move of many rows, each in the version that it was read in, and write all at once.

        Raises and demands as `apply`.
        """
        moves = [self._assign(row, move_name) for row in rows]
        if rows:
            with stale_told():
                inspect(rows[0]).session.flush()
        return moves

    def _assign(self, row: Versioned, move_name: str) -> Move[State]:
        move = self.move(move_name, getattr(row, self.attribute))
        if object_session(row) is None or not inspect(row).persistent:
            raise LifecycleError("only a row that was written before can move")
        if inspect(row).mapper.version_id_col is None:
            # Two officers may both have read version 1: only the database's own comparison stops the second.
            raise LifecycleError(f"the mapper of {type(row).__name__} does not watch over its version")
        setattr(row, self.attribute, move.target)
        row.version += 1  # the mapper writes the same; a move to the same state counts too
        return move

    def _known(self, state: State | str) -> State:
        return type(self.initial)(state)

    def _check_labels(self) -> None:
        unlabelled = [state for state in type(self.initial) if not self.labels.get(state)]
        if unlabelled:
            raise LifecycleError(f"states without a label: {unlabelled}")
        unlabelled_moves = [move.name for move in self.moves if not move.label]
        if unlabelled_moves:
            raise LifecycleError(f"moves without a label: {unlabelled_moves}")

    def _check_reach(self) -> None:
        reached = {self.initial}
        waiting = deque([self.initial])
        while waiting:
            for move in self._offers[waiting.popleft()].values():
                if move.target not in reached:
                    reached.add(move.target)
                    waiting.append(move.target)
        unreachable = [state for state in type(self.initial) if state not in reached]
        if unreachable:
            raise LifecycleError(f"states that no move reaches: {unreachable}")


def check_version(row: Versioned, expected_version: int) -> None:
    """For a change that is no move: raises StaleVersion when the person saw another version."""
    if row.version != expected_version:
        raise StaleVersion


@contextmanager
def stale_told() -> Iterator[None]:
    """Around a flush or commit of guarded rows: the lost race of the database becomes StaleVersion."""
    try:
        yield
    except StaleDataError as error:
        raise StaleVersion from error
