"""The life of a letter: 起草, 送签, 签发, 送达, 反馈."""

from __future__ import annotations

from credit_register.access.roles import Permission
from credit_register.audit.labels import ACTION_LABELS, register_case
from credit_register.core.deadlines.rules import Rule
from credit_register.core.lifecycle import Lifecycle, Move
from credit_register.letters.models import Letter, State

KIND = "letter"  # in the audit and among the deadlines

# Where somebody of the office still has to do something, or waits for the addressee.
UNFINISHED_STATES = (State.DRAFT, State.AWAITING_ISSUE, State.ISSUED, State.DELIVERED)
_CHASED_STATES = (State.ISSUED, State.DELIVERED)

LETTER = Lifecycle(
    State.DRAFT,
    Move("submit", State.DRAFT, State.AWAITING_ISSUE, label="送签发", needs=Permission.LETTER_DRAFT),
    Move(
        "discard",
        State.DRAFT,
        State.DISCARDED,
        label="作废草稿",
        needs=Permission.LETTER_DRAFT,
        reason=True,
    ),
    # By a second person: neither who drafted the letter nor who submitted it.
    Move("issue", State.AWAITING_ISSUE, State.ISSUED, label="签发", needs=Permission.LETTER_ISSUE),
    Move(
        "send_back",
        State.AWAITING_ISSUE,
        State.DRAFT,
        label="退回修改",
        needs=Permission.LETTER_ISSUE,
        reason=True,
    ),
    # By who drafted the letter or submitted it.
    Move("recall", State.AWAITING_ISSUE, State.DRAFT, label="撤回修改", needs=Permission.LETTER_DRAFT),
    Move(
        "deliver",
        State.ISSUED,
        State.DELIVERED,
        label="登记送达",
        needs=Permission.LETTER_DRAFT,
        due=Rule.LETTER_FEEDBACK,  # counted from the day of the delivery
    ),
    Move("answer", State.DELIVERED, State.ANSWERED, label="登记反馈", needs=Permission.LETTER_DRAFT),
    # The addressee often answers that it is being looked into, and later what came of it.
    Move("supplement", State.ANSWERED, State.ANSWERED, label="补记反馈", needs=Permission.LETTER_DRAFT),
    labels={
        State.DRAFT: "草稿",
        State.AWAITING_ISSUE: "待签发",
        State.ISSUED: "已签发，待送达",
        State.DELIVERED: "已送达，待反馈",
        State.ANSWERED: "已反馈",
        State.DISCARDED: "已作废",
    },
)

register_case(KIND, "提示函", LETTER, other_steps=("edit",))
# Deeds beside the moves.
ACTION_LABELS[f"{KIND}.draft"] = "提示函：起草"
ACTION_LABELS[f"{KIND}.edit"] = "提示函：修改草稿"
ACTION_LABELS[f"{KIND}.chase"] = "提示函：催办"


def may_be_chased(letter: Letter) -> bool:
    """Whether the addressee may be asked again: no answer has come, or not the last one."""
    return letter.state in _CHASED_STATES or letter.awaits_result
