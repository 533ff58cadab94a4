"""What moves an institution in the list although it stands in no row of its own: what was published against it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from credit_register.core.clock import today
from credit_register.core.database import db
from credit_register.core.outbox import IndexName, follow
from credit_register.credit_records.models import CreditRecord
from credit_register.credit_records.public_queries import institutions_with_records
from credit_register.institutions.adverse import register_adverse
from credit_register.institutions.models import Institution
from credit_register.ledger.measures.public_queries import institutions_with_measures
from credit_register.ledger.models import LedgerCase, Measure
from credit_register.reports.models import Report
from credit_register.reports.outcomes.models import OutcomeState, PublishedOutcome
from credit_register.reports.outcomes.public_queries import institutions_with_outcomes
from credit_register.spotchecks.models import SpotCheck
from credit_register.spotchecks.public_queries import institutions_at_fault


def init_ranking() -> None:
    """Let published faults stand last among equal matches, while they are published: a check's until its correction."""
    register_adverse("spot_check", institutions_at_fault)
    register_adverse("published_outcome", institutions_with_outcomes)
    register_adverse("credit_record", lambda: institutions_with_records(today()))
    follow(SpotCheck, IndexName.INSTITUTIONS, _codes, only=("state", "verdict"))
    follow(PublishedOutcome, IndexName.INSTITUTIONS, _codes, only=("state",))
    # A record that ends by its date is moved by the job of the clock; the question compares the date besides.
    follow(
        CreditRecord, IndexName.INSTITUTIONS, _codes, only=("state", "institution_id", "latest_on", "kept_by")
    )
    register_adverse("measure", institutions_with_measures)
    follow(Measure, IndexName.INSTITUTIONS, _codes_of_measures, only=("public_state", "state"))
    # A decision that was taken back takes its published result with it.
    follow(Report, IndexName.INSTITUTIONS, _codes_of_results, only=("outcome", "decided_at"))


def _codes(rows: Sequence[SpotCheck | PublishedOutcome | CreditRecord]) -> list[str]:
    concerned = select(Institution.uscc).where(Institution.id.in_({one.institution_id for one in rows}))
    return list(db.session.scalars(concerned))


def _codes_of_measures(measures: Sequence[Measure]) -> list[str]:
    concerned = (
        select(Institution.uscc)
        .join(LedgerCase, LedgerCase.institution_id == Institution.id)
        .where(LedgerCase.id.in_({one.case_id for one in measures}))
    )
    return list(db.session.scalars(concerned))


def _codes_of_results(reports: Sequence[Report]) -> list[str]:
    concerned = (
        select(Institution.uscc)
        .join(PublishedOutcome, PublishedOutcome.institution_id == Institution.id)
        .where(
            PublishedOutcome.report_id.in_({one.id for one in reports}),
            PublishedOutcome.state == OutcomeState.PUBLISHED.value,
        )
    )
    return list(db.session.scalars(concerned))
