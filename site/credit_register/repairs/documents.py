"""Repair applications as staff find them."""

from __future__ import annotations

from sqlalchemy.orm import joinedload

from credit_register.access.case_kinds import Case, CaseKind
from credit_register.access.roles import Permission
from credit_register.credit_records.models import RecordKind
from credit_register.repairs.guidance import record_words
from credit_register.repairs.lifecycle import REPAIR
from credit_register.repairs.models import RepairApplication
from credit_register.repairs.queries import applications_in_scope, matches


def _describe(application: RepairApplication) -> Case:
    institution, record = application.institution, application.record
    return Case(
        id=application.id,
        title=institution.name,
        region=institution.region_code,
        state=application.state,
        state_label=REPAIR.label(application.state),
        day=application.applied_on,
        numbers=(application.reference, institution.uscc, record.document_number),
        words=(RecordKind(record.kind).label, record_words(record)),
        texts=(
            record.authority,
            application.applied_to,
            application.document_number,
            application.decided_by,
            application.decision,
        ),
    )


REPAIRS = CaseKind(
    name="repair",
    category="10",
    label="信用修复",
    permission=Permission.REPAIR_READ,
    endpoint="repairs_staff.show",
    argument="application_id",
    model=RepairApplication,
    in_scope=applications_in_scope,
    describe=_describe,
    contains=matches,
    loading=(joinedload(RepairApplication.institution), joinedload(RepairApplication.record)),
    institution_id=RepairApplication.institution_id,
)
