"""The life of a check: 核查, 结论, 复核, 责令改正, 改正."""

from __future__ import annotations

from credit_register.access.roles import Permission
from credit_register.audit.labels import ACTION_LABELS, register_case
from credit_register.core.deadlines.rules import Rule
from credit_register.core.lifecycle import Lifecycle, Move
from credit_register.spotchecks.models import State

KIND = "spot_check"  # in the audit, among the deadlines and in the public log

# Where the verdict is public; before that nothing of a check may be seen or inferred, and nothing once withdrawn.
PUBLIC_STATES = (State.PUBLISHED, State.ORDERED, State.RESPONDED, State.CORRECTED)
# Where somebody still has to do something.
UNFINISHED_STATES = (State.OPEN, State.PROPOSED, State.ORDERED, State.RESPONDED)

SPOT_CHECK = Lifecycle(
    State.OPEN,
    # A result without a fault is public at once; any other waits for a second person. The verdict decides which of
    # the two moves it is, and with which of the two the second person confirms.
    Move(
        "conclude",
        State.OPEN,
        State.PUBLISHED,
        label="记录结论并公示",
        needs=Permission.SPOTCHECK_RECORD,
        reason=True,
    ),
    Move(
        "propose",
        State.OPEN,
        State.PROPOSED,
        label="记录结论，送复核",
        needs=Permission.SPOTCHECK_RECORD,
        reason=True,
    ),
    Move(
        "cancel",
        State.OPEN,
        State.CANCELLED,
        label="取消核查",
        needs=Permission.SPOTCHECK_RECORD,
        reason=True,
    ),
    Move(
        "confirm",
        State.PROPOSED,
        State.PUBLISHED,
        label="复核并公示",
        needs=Permission.SPOTCHECK_CONFIRM,
        reason=True,
    ),
    # The verdict says that a correction was ordered: it becomes public together with the order.
    Move(
        "confirm_with_order",
        State.PROPOSED,
        State.ORDERED,
        label="复核公示并责令限期改正",
        needs=Permission.SPOTCHECK_CONFIRM,
        due=Rule.CORRECTION,
        reason=True,
    ),
    Move(
        "reject",
        State.PROPOSED,
        State.OPEN,
        label="退回重新核查",
        needs=Permission.SPOTCHECK_CONFIRM,
        reason=True,
    ),
    Move(
        "order",
        State.PUBLISHED,
        State.ORDERED,
        label="责令限期改正",
        needs=Permission.SPOTCHECK_RECORD,
        due=Rule.CORRECTION,
        reason=True,
    ),
    Move(
        "respond",
        State.ORDERED,
        State.RESPONDED,
        label="报告改正情况",
        needs=Permission.WORKSPACE,
        due=Rule.CORRECTION_CONFIRMATION,  # of the office; the institution's own period runs on
    ),
    Move(
        "fulfil",
        (State.ORDERED, State.RESPONDED),
        State.CORRECTED,
        label="确认已改正",
        needs=Permission.SPOTCHECK_RECORD,
        reason=True,
    ),
    Move(
        "insist",
        State.RESPONDED,
        State.ORDERED,
        label="尚未改正，退回",
        needs=Permission.SPOTCHECK_RECORD,
        reason=True,
    ),
    Move(
        "withdraw",
        (State.PUBLISHED, State.ORDERED, State.RESPONDED, State.CORRECTED),
        State.WITHDRAWN,
        label="撤下结论",
        needs=Permission.SPOTCHECK_CONFIRM,
        reason=True,
    ),
    labels={
        State.OPEN: "核查中",
        State.PROPOSED: "待复核",
        State.PUBLISHED: "结论已公示",
        State.ORDERED: "限期改正中",
        State.RESPONDED: "待确认改正",
        State.CORRECTED: "已改正",
        State.WITHDRAWN: "结论已撤下",
        State.CANCELLED: "已取消",
    },
)

register_case(KIND, "核查", SPOT_CHECK, other_steps=("add_evidence",))
# Deeds beside the moves.
ACTION_LABELS[f"{KIND}.open"] = "核查：开展核查"
ACTION_LABELS[f"{KIND}.add_evidence"] = "核查：补充核查材料"
ACTION_LABELS[f"{KIND}.remind_before"] = "核查：提醒机构改正期限将至"
ACTION_LABELS[f"{KIND}.remind_after"] = "核查：提醒机构改正期限已届满"
