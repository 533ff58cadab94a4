"""Tables of moves: what they refuse to be, what they offer, and two officers who race."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from credit_register.core.database import Versioned, db
from credit_register.core.lifecycle import (
    Lifecycle,
    LifecycleError,
    Move,
    MoveNotAllowed,
    StaleVersion,
    UnknownMove,
    check_version,
    stale_told,
)


class S(StrEnum):
    OPEN = "open"
    NOTIFIED = "notified"
    SETTLED = "settled"


LABELS = {S.OPEN: "待办", S.NOTIFIED: "已通知", S.SETTLED: "已办结"}

CASE = Lifecycle(
    S.OPEN,
    Move("notify", S.OPEN, S.NOTIFIED, "通知", needs="case_notify", due="interview"),
    Move("remind", S.NOTIFIED, S.NOTIFIED, "提醒", needs="case_notify"),
    Move("settle", (S.OPEN, S.NOTIFIED), S.SETTLED, "办结", needs="case_settle", reason=True),
    labels=LABELS,
)


class Base(DeclarativeBase):
    """Apart from the register's own tables, so that no migration expects this one."""


class Case(Base, Versioned):
    __tablename__ = "test_case"

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(20), default=S.OPEN.value)


class Unwatched(Base):
    __tablename__ = "test_unwatched"

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(20), default=S.OPEN.value)
    version: Mapped[int] = mapped_column(default=1)


@pytest.fixture
def session_of(app: Flask) -> Callable[[], Session]:
    """Makes sessions of different officers; one case with the number 1 waits for them."""
    engine = db.engine  # held, because other threads have no application context
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Case(id=1))
        session.commit()
    # Officers keep what they have read when their transaction is over, as a page does.
    return lambda: Session(engine, expire_on_commit=False)


def read_case(session: Session) -> Case:
    case = session.get_one(Case, 1)
    session.commit()
    return case


def test_moves_are_offered_in_the_order_of_the_table() -> None:
    assert [move.name for move in CASE.moves_from(S.NOTIFIED)] == ["remind", "settle"]
    assert [move.label for move in CASE.moves_from("open")] == ["通知", "办结"]
    assert CASE.moves_from(S.SETTLED) == ()
    assert CASE.is_final(S.SETTLED)
    assert not CASE.is_final("open")
    assert CASE.label("notified") == "已通知"


def test_a_move_of_the_present_state_is_handed_out() -> None:
    move = CASE.move("settle", "notified")
    assert (move.target, move.needs, move.reason, move.due) == (S.SETTLED, "case_settle", True, None)


def test_a_move_of_another_state_is_refused_with_the_present_state() -> None:
    with pytest.raises(MoveNotAllowed, match="现在的状态是“已办结”，不能“通知”"):
        CASE.move("notify", S.SETTLED)


def test_a_move_that_no_state_offers_is_unknown() -> None:
    with pytest.raises(UnknownMove):
        CASE.move("delete", S.OPEN)


@pytest.mark.parametrize(
    ("moves", "labels", "complaint"),
    [
        (
            [Move("a", S.OPEN, S.NOTIFIED, "甲"), Move("a", (S.SETTLED, S.OPEN), S.SETTLED, "乙")],
            LABELS,
            "two moves 'a'",
        ),
        ([Move("a", S.OPEN, S.NOTIFIED, "甲")], LABELS, "no move reaches.*settled"),
        (
            [Move("a", S.OPEN, S.NOTIFIED, "甲"), Move("b", S.SETTLED, S.SETTLED, "乙")],
            LABELS,
            "no move reaches.*settled",
        ),
        (
            [Move("a", S.OPEN, S.NOTIFIED, "甲")],
            {S.OPEN: "待办", S.NOTIFIED: ""},
            "without a label.*notified.*settled",
        ),
        (
            [Move("a", S.OPEN, S.NOTIFIED, ""), Move("b", S.OPEN, S.SETTLED, "乙")],
            LABELS,
            "moves without a label",
        ),
    ],
    ids=["same name twice", "never reached", "reached only from itself", "state unnamed", "button unnamed"],
)
def test_a_table_that_contradicts_itself_does_not_start(
    moves: list[Move[S]], labels: dict[S, str], complaint: str
) -> None:
    with pytest.raises(LifecycleError, match=complaint):
        Lifecycle(S.OPEN, *moves, labels=labels)


def test_a_move_writes_the_state_and_counts_the_version(session_of: Callable[[], Session]) -> None:
    with session_of() as session:
        case = session.get_one(Case, 1)
        assert CASE.apply(case, "notify", 1).due == "interview"
        session.commit()
    with session_of() as session:
        case = session.get_one(Case, 1)
        assert (case.state, case.version) == ("notified", 2)


def test_a_move_that_stays_in_its_state_counts_too(session_of: Callable[[], Session]) -> None:
    with session_of() as session:
        case = session.get_one(Case, 1)
        CASE.apply(case, "notify", 1)
        CASE.apply(case, "remind", 2)
        session.commit()
        assert (case.state, case.version) == ("notified", 3)


def test_a_refused_move_changes_nothing(session_of: Callable[[], Session]) -> None:
    with session_of() as session:
        case = session.get_one(Case, 1)
        with pytest.raises(MoveNotAllowed):
            CASE.apply(case, "remind", 1)
        assert not session.dirty


def test_a_page_that_shows_an_older_version_is_told_so(session_of: Callable[[], Session]) -> None:
    with session_of() as session:
        CASE.apply(session.get_one(Case, 1), "notify", 1)
        session.commit()
    with session_of() as session:
        case = session.get_one(Case, 1)
        with pytest.raises(StaleVersion, match="请刷新页面"):
            CASE.apply(case, "settle", 1)
        with pytest.raises(StaleVersion):
            check_version(case, 1)
        check_version(case, 2)


def test_of_two_officers_who_both_read_the_first_version_one_wins(session_of: Callable[[], Session]) -> None:
    with session_of() as first, session_of() as second:
        cases = [read_case(first), read_case(second)]
        assert [case.version for case in cases] == [1, 1]
        CASE.apply(cases[0], "notify", 1)
        first.commit()
        with pytest.raises(StaleVersion):
            CASE.apply(cases[1], "settle", 1)
        second.rollback()
    with session_of() as session:
        assert session.get_one(Case, 1).state == "notified"


def test_many_rows_move_at_once_or_none_of_them(session_of: Callable[[], Session]) -> None:
    with session_of() as first, session_of() as second:
        first.add(Case(id=2))
        first.commit()
        cases = [first.get_one(Case, number) for number in (1, 2)]
        first.commit()
        late = read_case(second)
        CASE.apply_to_all(cases, "notify")
        first.commit()
        assert [(case.state, case.version) for case in cases] == [("notified", 2), ("notified", 2)]
        with pytest.raises(StaleVersion):
            CASE.apply_to_all([late], "settle")
        second.rollback()
        CASE.apply(cases[0], "settle", 2)
        first.commit()
        with pytest.raises(MoveNotAllowed):
            CASE.apply_to_all([cases[1], cases[0]], "settle")
        first.rollback()
    with session_of() as session:
        assert [session.get_one(Case, number).state for number in (1, 2)] == ["settled", "notified"]


def test_officers_who_act_in_the_same_instant_do_not_both_win(session_of: Callable[[], Session]) -> None:
    officers = 6
    start = Barrier(officers)

    def act(number: int) -> bool:
        with session_of() as session:
            case = read_case(session)
            start.wait(timeout=30)
            try:
                CASE.apply(case, "settle" if number % 2 else "notify", 1)
                session.commit()
            except StaleVersion:
                session.rollback()
                return False
            return True

    with ThreadPoolExecutor(officers) as pool:
        assert sum(pool.map(act, range(officers))) == 1
    with session_of() as session:
        assert session.get_one(Case, 1).version == 2


def test_a_lost_race_without_a_move_is_told_the_same_way(session_of: Callable[[], Session]) -> None:
    with session_of() as first, session_of() as second:
        cases = [read_case(first), read_case(second)]
        CASE.apply(cases[0], "notify", 1)
        first.commit()
        second.delete(cases[1])
        with pytest.raises(StaleVersion), stale_told():
            second.commit()


def test_a_row_that_was_not_written_yet_cannot_move(session_of: Callable[[], Session]) -> None:
    with session_of() as session:
        case = Case(id=2, state=S.OPEN.value, version=1)
        session.add(case)
        with pytest.raises(LifecycleError, match="written before"):
            CASE.apply(case, "notify", 1)


def test_a_row_whose_version_the_database_does_not_watch_cannot_move(
    session_of: Callable[[], Session],
) -> None:
    with session_of() as session:
        row = Unwatched(id=1)
        session.add(row)
        session.flush()
        with pytest.raises(LifecycleError, match="Unwatched"):
            CASE.apply(row, "notify", 1)  # type: ignore[arg-type]
