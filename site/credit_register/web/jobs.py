"""Work that falls due by the clock: the worker runs it each minute, `jobs run-due` at any moment.

A job takes the moment, does what is due by then, commits, and gives how many things it did. It is safe
to run twice for the same moment.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from credit_register.commitments.running_out import expire_due as expire_commitments
from credit_register.commitments.running_out import remind_of_end as remind_of_commitments_ending
from credit_register.core.clock import machine_now
from credit_register.core.database import db
from credit_register.core.files import scan_waiting_files, sweep_orphans
from credit_register.credit_records.imports.applying import finish_batches
from credit_register.credit_records.matching import match_records
from credit_register.credit_records.settling import settle_records
from credit_register.ledger.cases.reminders import remind_of_screening
from credit_register.ledger.measures.publicity import end_publications
from credit_register.ledger.measures.reminders import remind_of_orders
from credit_register.ledger.months.reminders import remind_of_closing
from credit_register.ledger.months.uploads import drop_held_ledgers
from credit_register.notices.mailing import send_mail
from credit_register.registrations.reminders import remind_of_returned
from credit_register.repairs.following import follow_records
from credit_register.reports.attachments import drop_held_files
from credit_register.reports.outcomes.services import end_outcomes
from credit_register.reports.surges import raise_surges
from credit_register.reports.warning_lapses import tell_of_lapses
from credit_register.reports.warning_services import end_warnings
from credit_register.spotchecks.reminders import remind_of_corrections
from credit_register.web.reminders import remind_of_deadlines

# A file is written before the row that names it is committed; after a day no request is still on its way.
ORPHAN_AGE = timedelta(days=1)


def sweep_orphan_files(moment: datetime) -> int:
    """Remove files whose upload was never committed.

    Files bear the date of the machine: by a moment to come those of running uploads would be old.
    """
    return sweep_orphans(min(moment, machine_now()) - ORPHAN_AGE)


JOBS: dict[str, Callable[[datetime], int]] = {
    "sweep_orphan_files": sweep_orphan_files,
    "drop_held_files": drop_held_files,
    "drop_held_ledgers": drop_held_ledgers,
    "expire_commitments": expire_commitments,
    "remind_of_commitments_ending": remind_of_commitments_ending,
    "finish_batches": finish_batches,
    "match_records": match_records,
    "settle_records": settle_records,
    "end_warnings": end_warnings,
    "tell_of_lapsed_warnings": tell_of_lapses,
    "end_outcomes": end_outcomes,
    "end_publications_of_measures": end_publications,
    "raise_surges": raise_surges,
    "follow_records": follow_records,
    "remind_of_deadlines": remind_of_deadlines,
    "remind_of_corrections": remind_of_corrections,
    "remind_of_orders": remind_of_orders,
    "remind_of_returned": remind_of_returned,
    "remind_of_screening": remind_of_screening,
    "remind_of_closing": remind_of_closing,
    "send_mail": send_mail,
    "scan_waiting_files": scan_waiting_files,  # last: it may take half a minute
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
