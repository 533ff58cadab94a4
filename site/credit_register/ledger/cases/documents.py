"""Cases of the ledger as staff find them."""

from __future__ import annotations

from sqlalchemy.orm import selectinload

from credit_register.access.case_kinds import Case, CaseKind
from credit_register.access.roles import Permission
from credit_register.ledger.cases.queries import cases_in_scope, matches
from credit_register.ledger.lifecycle import LEDGER_CASE
from credit_register.ledger.models import CaseRecord, LedgerCase, Measure, Origin, PruneReason, Subject


def _describe(case: LedgerCase) -> Case:
    return Case(
        id=case.id,
        title=case.name,
        region=case.region_code,
        state=case.state,
        state_label=LEDGER_CASE.label(case.state),
        day=case.opened_on,
        numbers=(case.uscc,),
        words=(Subject(case.subject).label, Origin(case.origin).label),
        texts=(
            case.ground,
            case.remark,
            PruneReason(case.prune_reason).label if case.prune_reason else "",
            case.prune_note,
            *(link.record.document_number or link.record.list_name for link in case.records),
            *(
                text
                for measure in case.measures
                for text in (measure.text, measure.minutes, measure.response)
            ),
        ),
    )


CASES = CaseKind(
    name="ledger",
    category="09",
    label="治理台账",
    permission=Permission.LEDGER_READ,
    endpoint="ledger_staff.show",
    argument="case_id",
    model=LedgerCase,
    in_scope=cases_in_scope,
    describe=_describe,
    contains=matches,
    loading=(
        selectinload(LedgerCase.records).joinedload(CaseRecord.record),
        selectinload(LedgerCase.measures),
    ),
    parts={CaseRecord: CaseRecord.case_id, Measure: Measure.case_id},
)
