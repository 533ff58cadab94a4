"""Checks as staff find them, decided or not."""

from __future__ import annotations

from sqlalchemy.orm import defer, joinedload

from credit_register.access.case_kinds import Case, CaseKind
from credit_register.access.roles import Permission
from credit_register.core.clock import local_date
from credit_register.spotchecks.lifecycle import SPOT_CHECK
from credit_register.spotchecks.models import SpotCheck, Verdict
from credit_register.spotchecks.queries import checks_in_scope, matches
from credit_register.spotchecks.words import matter_words


def _describe(check: SpotCheck) -> Case:
    institution = check.institution
    verdict = Verdict(check.verdict).label if check.verdict else ""
    return Case(
        id=check.id,
        title=institution.name,
        region=check.region_code,
        state=check.state,
        state_label=SPOT_CHECK.label(check.state),
        day=local_date(check.opened_at),
        numbers=("", institution.uscc),
        words=(matter_words(check.matter, check.matter_text),),
        texts=(verdict, check.finding, check.found, check.declared, check.correction, check.response),
    )


CHECKS = CaseKind(
    name="spotcheck",
    category="04",
    label="核查",
    permission=Permission.SPOTCHECK_READ,
    endpoint="spotchecks_staff.show",
    argument="check_id",
    model=SpotCheck,
    in_scope=checks_in_scope,
    describe=_describe,
    contains=matches,
    loading=(joinedload(SpotCheck.institution), defer(SpotCheck.snapshot)),
    institution_id=SpotCheck.institution_id,
)
