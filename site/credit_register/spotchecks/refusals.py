"""Why a deed at a check was refused, each with a sentence for the person who tried."""

from __future__ import annotations


class CheckRefused(Exception):
    """What was sent cannot be taken; `field` names the input, the text says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class SamePerson(Exception):
    """The person who gave the verdict cannot confirm it."""

    def __init__(self) -> None:
        super().__init__(
            "这个结论是您作出的，须由本单位或上级单位的另一位有复核权限的人员复核，您的操作没有生效。"
        )
