"""The life of an application for registration."""

from __future__ import annotations

from credit_register.access.roles import Permission
from credit_register.audit.labels import register_case
from credit_register.core.deadlines.rules import Rule
from credit_register.core.lifecycle import Lifecycle, Move
from credit_register.registrations.models import State

KIND = "registration"  # in the audit and among the deadlines

APPLICATION = Lifecycle(
    State.DRAFT,
    Move(
        "send",
        (State.DRAFT, State.RETURNED),
        State.SUBMITTED,
        label="提交申请",
        needs=Permission.WORKSPACE,
        due=Rule.REGISTRATION_REVIEW,
    ),
    Move("recall", State.SUBMITTED, State.DRAFT, label="撤回修改", needs=Permission.WORKSPACE),
    Move(
        "discard",
        (State.DRAFT, State.RETURNED),
        State.DISCARDED,
        label="放弃申请",
        needs=Permission.WORKSPACE,
    ),
    Move(
        "accept",
        State.SUBMITTED,
        State.ACCEPTED,
        label="通过并公示",
        needs=Permission.REGISTRATION_REVIEW,
    ),
    Move(
        "return",
        State.SUBMITTED,
        State.RETURNED,
        label="退回补正",
        needs=Permission.REGISTRATION_REVIEW,
        reason=True,
    ),
    Move(
        "refuse",
        State.SUBMITTED,
        State.REFUSED,
        label="不予登记",
        needs=Permission.REGISTRATION_REVIEW,
        reason=True,
    ),
    labels={
        State.DRAFT: "草稿",
        State.SUBMITTED: "待审核",
        State.RETURNED: "退回补正",
        State.ACCEPTED: "已通过",
        State.REFUSED: "不予登记",
        State.DISCARDED: "已放弃",
    },
)

register_case(KIND, "登记申请", APPLICATION, other_steps=("save",))
