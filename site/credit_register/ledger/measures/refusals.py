"""Why a deed at a measure was refused, each with a sentence for the person who tried."""

from __future__ import annotations


class MeasureRefused(Exception):
    """What was sent cannot be taken; `field` names the input, the text says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class SamePerson(Exception):
    """Whoever proposed to publish a measure cannot publish it."""

    def __init__(self) -> None:
        super().__init__(
            "这项公示是您提出的，须由本单位或上级单位的另一位有复核权限的人员复核，您的操作没有生效。"
        )
