"""What an institution sees of its own case: which conditions of the exit are missing, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.core.clock import today
from credit_register.credit_records.lifecycle import CREDIT_RECORD
from credit_register.credit_records.models import RecordKind
from credit_register.ledger.cases import queries
from credit_register.ledger.conditions import Condition, ConditionName, conditions_of
from credit_register.ledger.facts import facts_of
from credit_register.ledger.lifecycle import LEDGER_CASE, RUNNING_STATES
from credit_register.ledger.models import CaseState
from credit_register.ledger.views.case_page import CASE_TONES
from credit_register.ledger.views.case_parts import own_parts_of

blueprint = Blueprint("ledger_workspace", __name__)


@dataclass(frozen=True)
class NextStep:
    """What an institution does about a condition, and where; the address may be empty."""

    text: str
    label: str = ""
    url: str = ""


@blueprint.get("/workspace/governance")
@access(Permission.WORKSPACE)
def governance() -> ResponseReturnValue:
    """The case of the person's own institution, and the ones before."""
    actor = current_actor()
    cases = queries.own_cases(actor)
    present = next((case for case in cases if case.state in RUNNING_STATES), None)
    conditions: list[Condition] = []
    if present is not None:
        conditions = conditions_of(facts_of([present], on=today())[present.id])
    return render_template(
        "ledger/workspace.html",
        actor=actor,
        case=present,
        conditions=[(condition, _next(condition)) for condition in conditions],
        missing=sum(not condition.met for condition in conditions),
        records=[record for _, record in queries.records_of(present)] if present else [],
        record_kind=RecordKind,
        record_state=CREDIT_RECORD.label,
        state_label=LEDGER_CASE.label,
        looks=CASE_TONES,
        exited=[case for case in cases if case.state == CaseState.EXITED],
        parts=own_parts_of(actor, present) if present else [],
    )


def _next(condition: Condition) -> NextStep:
    """What to do about a condition that is not met."""
    if condition.name is ConditionName.RECORDS:
        return NextStep(
            "向作出决定的单位履行义务并申请信用修复，或者达成执行和解。信用修复由认定单位决定，不收取任何费用。"
        )
    if condition.name is ConditionName.ORDERS:
        return NextStep("按主管部门的要求纠正，并报告纠正情况。")
    return NextStep(
        "由机构和法定代表人分别签署新的信用承诺书，签署后即公示。",
        "签署信用承诺书",
        url_for("commitments_workspace.index"),
    )
