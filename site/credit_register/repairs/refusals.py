"""Why an entry about a repair was refused, each with a sentence for the person who tried."""

from __future__ import annotations


class RepairRefused(Exception):
    """What was sent cannot be taken; `field` names the input, the text says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class AlreadyRunning(Exception):
    """Somebody has entered an application for the record that still runs."""

    def __init__(self) -> None:
        super().__init__("这条记录已有进行中的修复申请，不能重复登记。请查看本页的办理进展。")


class SamePerson(Exception):
    """The person who entered the repair cannot confirm it."""

    def __init__(self) -> None:
        super().__init__(
            "这项修复结果是您登记的，须由本单位或上级单位的另一位有复核权限的人员复核，您的操作没有生效。"
        )
