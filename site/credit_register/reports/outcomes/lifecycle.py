"""The life of the result of a report on its way to the public."""

from __future__ import annotations

from credit_register.access.roles import Permission
from credit_register.audit.labels import ACTION_LABELS, register_case
from credit_register.core.lifecycle import Lifecycle, Move
from credit_register.reports.outcomes.models import OutcomeState

KIND = "published_outcome"  # in the audit, among the deadlines and in the public log

OUTCOME = Lifecycle(
    OutcomeState.PROPOSED,
    Move(
        "confirm",
        OutcomeState.PROPOSED,
        OutcomeState.PUBLISHED,
        label="复核并公开",
        needs=Permission.OUTCOME_CONFIRM,
        reason=True,
    ),
    Move(
        "reject",
        OutcomeState.PROPOSED,
        OutcomeState.REJECTED,
        label="不予公开",
        needs=Permission.OUTCOME_CONFIRM,
        reason=True,
    ),
    Move(
        "reply",
        OutcomeState.PROPOSED,
        OutcomeState.PROPOSED,
        label="机构答复",
        needs=Permission.WORKSPACE,
    ),
    Move(
        "again",
        (OutcomeState.REJECTED, OutcomeState.WITHDRAWN),
        OutcomeState.PROPOSED,
        label="重新拟定",
        needs=Permission.OUTCOME_PROPOSE,
    ),
    Move(
        "withdraw",
        OutcomeState.PUBLISHED,
        OutcomeState.WITHDRAWN,
        label="撤下",
        needs=Permission.OUTCOME_CONFIRM,
        reason=True,
    ),
    # The decision was taken back or the report is looked into again: nothing proves any more what was published.
    Move("lapse", OutcomeState.PUBLISHED, OutcomeState.WITHDRAWN, label="处理决定改变，撤下"),
    Move("end", OutcomeState.PUBLISHED, OutcomeState.ENDED, label="期满撤下"),
    labels={
        OutcomeState.PROPOSED: "待复核",
        OutcomeState.PUBLISHED: "公开中",
        OutcomeState.REJECTED: "不予公开",
        OutcomeState.ENDED: "已期满",
        OutcomeState.WITHDRAWN: "已撤下",
    },
)

register_case(KIND, "办理结果公开", OUTCOME)
ACTION_LABELS[f"{KIND}.propose"] = "办理结果公开：拟定"
