"""Work that falls due by the clock: the worker runs it each minute, `jobs run-due` at any moment.

A job takes the moment, does what is due by then, commits, and gives how many things it did. It is safe
to run twice for the same moment.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from credit_register.core.database import db
from credit_register.core.files import sweep_orphans

# A file is written before the row that names it is committed; after a day no request is still on its way.
ORPHAN_AGE = timedelta(days=1)


def sweep_orphan_files(now: datetime) -> int:
    """Remove files whose upload was never committed."""
    return sweep_orphans(now - ORPHAN_AGE)


JOBS: dict[str, Callable[[datetime], int]] = {
    "sweep_orphan_files": sweep_orphan_files,
}


def run_due(moment: datetime) -> dict[str, int]:
    """Run every job; one that fails is logged and does not hold up the others. Gives what each has done."""
    done = {}
    for name, job in JOBS.items():
        try:
            done[name] = job(moment)
        except Exception:  # noqa: BLE001 -- whatever it was, the other deadlines must not wait for it
            db.session.rollback()
            structlog.get_logger("jobs").exception("job failed", job=name)
            done[name] = -1
    return done
