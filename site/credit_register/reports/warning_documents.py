"""Warnings of impostors as staff find them, published or not."""

from __future__ import annotations

from credit_register.access.case_kinds import Case, CaseKind
from credit_register.access.roles import Permission
from credit_register.core.clock import local_date
from credit_register.reports.lifecycle import WARNING
from credit_register.reports.models import ImpostorWarning, WarningKind
from credit_register.reports.warning_queries import matches, warnings_in_scope


def _describe(warning: ImpostorWarning) -> Case:
    kind = WarningKind(warning.kind)
    return Case(
        id=warning.id,
        title=warning.pretender,
        region=warning.region_code,
        state=warning.state,
        state_label=WARNING.label(warning.state),
        day=local_date(warning.proposed_at),
        numbers=("", warning.imitated_uscc),
        words=(kind.label, f"{kind.verb}{warning.imitated_name or warning.imitated_uscc}"),
        texts=(warning.imitated_name, warning.conduct, warning.reason, warning.end_reason),
    )


WARNINGS = CaseKind(
    name="warning",
    category="05",
    label="冒名警示",
    permission=Permission.WARNING_READ,
    endpoint="warnings.staff_show",
    argument="warning_id",
    model=ImpostorWarning,
    in_scope=warnings_in_scope,
    describe=_describe,
    contains=matches,
)
