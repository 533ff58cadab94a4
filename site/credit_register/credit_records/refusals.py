"""Why a deed at a record was refused, each with a sentence for the person who tried."""

from __future__ import annotations


class RecordRefused(Exception):
    """What was sent cannot be taken; `field` names the input, the text says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class SamePerson(Exception):
    """Who took the record down cannot bring it back alone."""

    def __init__(self) -> None:
        super().__init__("这条记录是您撤下的，须由另一位有复核权限的人员核对后恢复，您的操作没有生效。")
