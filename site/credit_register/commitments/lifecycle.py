"""The life of a commitment."""

from __future__ import annotations

from credit_register.access.roles import Permission
from credit_register.audit.labels import register_case
from credit_register.commitments.models import State
from credit_register.core.lifecycle import Lifecycle, Move

KIND = "commitment"  # in the audit and among the deadlines

COMMITMENT = Lifecycle(
    State.DRAFT,
    Move("sign", State.DRAFT, State.HALF_SIGNED, label="签署", needs=Permission.WORKSPACE),
    Move("countersign", State.HALF_SIGNED, State.PUBLISHED, label="签署并公示", needs=Permission.WORKSPACE),
    Move(
        "discard",
        (State.DRAFT, State.HALF_SIGNED),
        State.DISCARDED,
        label="作废重拟",
        needs=Permission.WORKSPACE,
    ),
    Move("expire", State.PUBLISHED, State.EXPIRED, label="到期"),
    Move("replace", State.PUBLISHED, State.REPLACED, label="由新承诺书替代"),
    Move(
        "withdraw",
        State.PUBLISHED,
        State.WITHDRAWN,
        label="撤下",
        needs=Permission.COMMITMENT_WITHDRAW,
        reason=True,
    ),
    labels={
        State.DRAFT: "待签署",
        State.HALF_SIGNED: "待另一方签署",
        State.PUBLISHED: "公示中",
        State.EXPIRED: "已到期",
        State.REPLACED: "已由新承诺书替代",
        State.WITHDRAWN: "已撤下",
        State.DISCARDED: "已作废",
    },
)

register_case(KIND, "承诺书", COMMITMENT)
