"""Results of reports as staff find them, public or not."""

from __future__ import annotations

from sqlalchemy.orm import joinedload

from credit_register.access.case_kinds import Case, CaseKind
from credit_register.access.roles import Permission
from credit_register.core.clock import local_date
from credit_register.reports.models import Kind, Matter, Outcome
from credit_register.reports.outcomes.lifecycle import OUTCOME
from credit_register.reports.outcomes.models import PublishedOutcome
from credit_register.reports.outcomes.queries import matches, outcomes_in_scope


def _describe(outcome: PublishedOutcome) -> Case:
    return Case(
        id=outcome.id,
        title=outcome.institution.name,
        region=outcome.region_code,
        state=outcome.state,
        state_label=OUTCOME.label(outcome.state),
        day=outcome.published_on or local_date(outcome.proposed_at),
        numbers=(outcome.institution.uscc,),
        words=(Kind(outcome.kind).label, Matter(outcome.matter).label, Outcome(outcome.verdict).label),
        texts=(outcome.found, outcome.measure, outcome.reply, outcome.end_reason),
    )


OUTCOMES = CaseKind(
    name="outcome",
    category="07",
    label="办理结果公开",
    permission=Permission.OUTCOME_READ,
    endpoint="outcomes_staff.show",
    argument="outcome_id",
    model=PublishedOutcome,
    in_scope=outcomes_in_scope,
    describe=_describe,
    contains=matches,
    loading=(joinedload(PublishedOutcome.institution),),
    institution_id=PublishedOutcome.institution_id,
)
