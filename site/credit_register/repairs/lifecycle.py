"""The life of a repair application: 已申请, 受理, 待复核修复结果, 已修复."""

from __future__ import annotations

from credit_register.access.roles import Permission
from credit_register.audit.labels import ACTION_LABELS, register_case
from credit_register.core.lifecycle import Lifecycle, Move
from credit_register.repairs.models import RepairState

KIND = "repair_application"  # in the audit and among the deadlines

RUNNING_STATES = (RepairState.APPLIED, RepairState.ACCEPTED, RepairState.CONFIRMING)
_IN_WORK = (RepairState.APPLIED, RepairState.ACCEPTED)

# The periods are the authority's: `services` starts them, because a day before the first version of the rules has
# none and must not refuse the entry.
REPAIR = Lifecycle(
    RepairState.APPLIED,
    Move(
        "accept",
        RepairState.APPLIED,
        RepairState.ACCEPTED,
        label="登记受理",
        needs=Permission.REPAIR_RECORD,
    ),
    # The authority has repaired: entered with its document, and seen by a second person.
    Move(
        "propose",
        _IN_WORK,
        RepairState.CONFIRMING,
        label="登记已修复，送复核",
        needs=Permission.REPAIR_RECORD,
    ),
    Move(
        "refuse",
        RepairState.APPLIED,
        RepairState.REFUSED,
        label="登记不予受理",
        needs=Permission.REPAIR_RECORD,
        reason=True,
    ),
    Move(
        "deny",
        _IN_WORK,
        RepairState.NOT_REPAIRED,
        label="登记不予修复",
        needs=Permission.REPAIR_RECORD,
        reason=True,
    ),
    Move(
        "confirm",
        RepairState.CONFIRMING,
        RepairState.REPAIRED,
        label="复核确认修复",
        needs=Permission.REPAIR_CONFIRM,
    ),
    Move(
        "send_back",
        RepairState.CONFIRMING,
        RepairState.ACCEPTED,
        label="退回核对",
        needs=Permission.REPAIR_CONFIRM,
        reason=True,
    ),
    # The same where the authority had not accepted: the state must not say that it had.
    Move(
        "send_back_applied",
        RepairState.CONFIRMING,
        RepairState.APPLIED,
        label="退回核对",
        needs=Permission.REPAIR_CONFIRM,
        reason=True,
    ),
    # Entered by mistake: the authority never had it, so that nothing is decided.
    Move(
        "retract",
        RepairState.APPLIED,
        RepairState.CLOSED,
        label="机构撤回登记",
        needs=Permission.WORKSPACE,
    ),
    Move(
        "discard",
        RepairState.APPLIED,
        RepairState.CLOSED,
        label="登记有误，销案",
        needs=Permission.REPAIR_RECORD,
        reason=True,
    ),
    # The record left in another way (a confirmed batch, an objection, the end of its period): nothing is left to repair.
    Move("overtake", RUNNING_STATES, RepairState.CLOSED, label="记录已另行办结，销案"),
    labels={
        RepairState.APPLIED: "已申请",
        RepairState.ACCEPTED: "已受理",
        RepairState.REFUSED: "不予受理",
        RepairState.CONFIRMING: "待复核修复结果",
        RepairState.REPAIRED: "已修复",
        RepairState.NOT_REPAIRED: "不予修复",
        RepairState.CLOSED: "已销案",
    },
)

register_case(KIND, "信用修复", REPAIR)
ACTION_LABELS[f"{KIND}.apply"] = "信用修复：登记申请"
ACTION_LABELS[f"{KIND}.remind"] = "信用修复：提醒可以申请"
