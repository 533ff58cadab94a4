"""Commitments as staff find them: by institution and number; the text is the same in all of them."""

from __future__ import annotations

from sqlalchemy.orm import contains_eager

from credit_register.access.case_kinds import Case, CaseKind
from credit_register.access.roles import Permission
from credit_register.commitments.lifecycle import COMMITMENT
from credit_register.commitments.models import Commitment
from credit_register.commitments.staff_queries import commitments_in_scope, matches
from credit_register.core.clock import local_date


def _describe(commitment: Commitment) -> Case:
    institution = commitment.institution
    return Case(
        id=commitment.id,
        title=institution.name,
        region=institution.region_code,
        state=commitment.state,
        state_label=COMMITMENT.label(commitment.state),
        day=commitment.published_on or local_date(commitment.created_at),
        numbers=(commitment.number or "", institution.uscc),
        words=("信用承诺书",),
        texts=(commitment.end_reason,),
    )


COMMITMENTS = CaseKind(
    name="commitment",
    category="03",
    label="信用承诺",
    permission=Permission.COMMITMENT_READ,
    endpoint="commitments_staff.show",
    argument="commitment_id",
    model=Commitment,
    in_scope=commitments_in_scope,
    describe=_describe,
    contains=matches,
    loading=(contains_eager(Commitment.institution),),
    institution_id=Commitment.institution_id,
)
