"""When in the day the clock may write to people."""

from __future__ import annotations

from datetime import datetime, time

from credit_register.core.clock import SHANGHAI

REMINDERS_FROM = time(8, 30)


def morning_begun(moment: datetime) -> bool:
    """Whether reminders of the day may go out, by the clock of China."""
    return moment.astimezone(SHANGHAI).time() >= REMINDERS_FROM
