"""The life of an entry in the register, and of a file that staff upload."""

from __future__ import annotations

from credit_register.access.roles import Permission
from credit_register.core.lifecycle import Lifecycle, Move
from credit_register.institutions.models import BatchState, Status

REGISTRATION = Lifecycle(
    Status.REGISTERED,
    Move(
        "suspend",
        Status.REGISTERED,
        Status.SUSPENDED,
        label="暂停登记",
        needs=Permission.INSTITUTION_STATUS,
        reason=True,
    ),
    Move(
        "resume",
        Status.SUSPENDED,
        Status.REGISTERED,
        label="恢复登记",
        needs=Permission.INSTITUTION_STATUS,
        reason=True,
    ),
    Move(
        "deregister",
        (Status.REGISTERED, Status.SUSPENDED),
        Status.DEREGISTERED,
        label="注销登记",
        needs=Permission.INSTITUTION_STATUS,
        reason=True,
    ),
    Move(
        "withdraw",
        (Status.REGISTERED, Status.SUSPENDED),
        Status.WITHDRAWN,
        label="撤回登记",
        needs=Permission.INSTITUTION_STATUS,
        reason=True,
    ),
    Move(
        "restore",
        (Status.DEREGISTERED, Status.WITHDRAWN),
        Status.REGISTERED,
        label="重新登记",
        needs=Permission.INSTITUTION_STATUS,
        reason=True,
    ),
    attribute="status",
    labels={
        Status.REGISTERED: "登记机构",
        Status.SUSPENDED: "暂停登记",
        Status.DEREGISTERED: "已注销登记",
        Status.WITHDRAWN: "已撤回登记",
    },
)

BATCH = Lifecycle(
    BatchState.PREVIEWED,
    Move(
        "confirm",
        BatchState.PREVIEWED,
        BatchState.IMPORTED,
        label="确认导入",
        needs=Permission.INSTITUTION_IMPORT,
    ),
    Move(
        "discard",
        BatchState.PREVIEWED,
        BatchState.DISCARDED,
        label="放弃导入",
        needs=Permission.INSTITUTION_IMPORT,
    ),
    labels={
        BatchState.PREVIEWED: "待确认",
        BatchState.IMPORTED: "已导入",
        BatchState.DISCARDED: "已放弃",
    },
)
