"""Why a deed at a case was refused, each with a sentence for the person who tried."""

from __future__ import annotations

from collections.abc import Sequence

from credit_register.ledger.conditions import Condition


class CaseRefused(Exception):
    """What was sent cannot be taken; `field` names the input, the text says what to do.

    `case_id` is the case that stands in the way, where there is one.
    """

    def __init__(self, field: str, message: str, *, case_id: int | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.case_id = case_id


class ConditionsUnmet(Exception):
    """Conditions of the exit are not met; `fell_back` where a proposed exit was taken back for it."""

    def __init__(self, missing: Sequence[Condition], *, fell_back: bool = False) -> None:
        named = "；".join(f"{condition.label}（{condition.words}）" for condition in missing)
        done = "条件已不再满足，本案退回治理中" if fell_back else "还不能提出退出"
        super().__init__(f"{done}。尚缺：{named}。")
        self.missing = missing
        self.fell_back = fell_back


class MetByHand(Exception):
    """Who alone has made a condition met cannot decide the exit; `deeds` are in words."""

    def __init__(self, deeds: Sequence[str]) -> None:
        named = "；".join(deeds[:5]) + (f"等 {len(deeds)} 项" if len(deeds) > 5 else "")
        super().__init__(
            f"退出条件中有您本人办理的事项（{named}），您的操作没有生效。"
            "请由本单位或者上级单位另一位有复核权限、没有办理这些事项的人员决定退出。"
        )


class SamePerson(Exception):
    """Who proposed the exit cannot decide it."""

    def __init__(self) -> None:
        super().__init__("这件退出是您提出的，须由另一位有复核权限的人员决定，您的操作没有生效。")
