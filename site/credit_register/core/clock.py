"""The one place that reads the wall clock: aware UTC in storage, Asia/Shanghai for dates that people see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def _wall_clock() -> datetime:
    return datetime.now(UTC)


_read: Callable[[], datetime] = _wall_clock


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _read()


def machine_now() -> datetime:
    """The moment of the machine's own clock, also inside `clock_at`: for what the machine itself dates, as files."""
    return _wall_clock()


def today() -> date:
    """The present date in Asia/Shanghai."""
    return local_date(now())


def local_date(moment: datetime) -> date:
    """The date a person in China reads off a moment."""
    return moment.astimezone(SHANGHAI).date()


@contextmanager
def clock_at(moment: datetime) -> Iterator[None]:
    """Hold the clock at one aware moment (tests, and `jobs run-due --at`)."""
    global _read  # noqa: PLW0603 -- one clock for all threads of the process
    if moment.tzinfo is None:
        raise ValueError("the clock takes aware moments only")
    before, _read = _read, lambda: moment.astimezone(UTC)
    try:
        yield
    finally:
        _read = before
