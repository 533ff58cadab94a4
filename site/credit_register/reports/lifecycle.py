"""The life of a report, and of a warning of an impostor."""

from __future__ import annotations

from credit_register.access.roles import Permission
from credit_register.audit.labels import ACTION_LABELS, register_case
from credit_register.core.lifecycle import Lifecycle, Move
from credit_register.reports.models import State, WarningState

KIND = "report"  # in the audit and among the deadlines
WARNING_KIND = "impostor_warning"
MARK_KIND = "objection_mark"  # in the public log

# Which deadline a move starts depends on the kind of report and on who sent it (triage.py): reports and questions
# have 受理审查 and 核查, objections 标注 and 处理 from the day they came in, and whoever sent it the answer.
REPORT = Lifecycle(
    State.RECEIVED,
    Move(
        "take",
        State.RECEIVED,
        State.INVESTIGATING,
        label="受理",
        needs=Permission.REPORT_HANDLE,
    ),
    Move(
        "ask",
        State.INVESTIGATING,
        State.AWAITING_REPORTER,
        label="请提交人补充",
        needs=Permission.REPORT_HANDLE,
    ),
    Move("supplement", State.AWAITING_REPORTER, State.INVESTIGATING, label="提交人已补充"),
    Move(
        "resume",
        State.AWAITING_REPORTER,
        State.INVESTIGATING,
        label="不再等待，继续核查",
        needs=Permission.REPORT_HANDLE,
    ),
    Move(
        "decide",
        (State.INVESTIGATING, State.AWAITING_REPORTER),
        State.DECIDED,
        label="作出处理决定",
        needs=Permission.REPORT_HANDLE,
        reason=True,
    ),
    Move("answer", State.DECIDED, State.ANSWERED, label="答复", needs=Permission.REPORT_HANDLE),
    Move("close", State.ANSWERED, State.CLOSED, label="办结", needs=Permission.REPORT_HANDLE),
    Move(
        "forward",
        (State.RECEIVED, State.INVESTIGATING, State.AWAITING_REPORTER),
        State.RECEIVED,
        label="转其他地区办理",
        needs=Permission.REPORT_HANDLE,
        reason=True,
    ),
    Move(
        "revise",
        State.DECIDED,
        State.INVESTIGATING,
        label="撤销决定，重新核查",
        needs=Permission.REPORT_HANDLE,
        reason=True,
    ),
    # Only by an office of the province or the nation (triage.py).
    Move(
        "reopen",
        (State.ANSWERED, State.CLOSED, State.REFUSED),
        State.INVESTIGATING,
        label="恢复办理，重新核查",
        needs=Permission.REPORT_HANDLE,
        reason=True,
    ),
    Move(
        "refuse",
        (State.RECEIVED, State.INVESTIGATING),
        State.REFUSED,
        label="不予受理",
        needs=Permission.REPORT_HANDLE,
        reason=True,
    ),
    labels={
        State.RECEIVED: "待受理",
        State.INVESTIGATING: "核查中",
        State.AWAITING_REPORTER: "待提交人补充",
        State.DECIDED: "已作出决定，待答复",
        State.ANSWERED: "已答复",
        State.CLOSED: "已办结",
        State.REFUSED: "不予受理",
    },
)

WARNING = Lifecycle(
    WarningState.PROPOSED,
    Move(
        "confirm",
        WarningState.PROPOSED,
        WarningState.PUBLISHED,
        label="复核并公布",
        needs=Permission.WARNING_CONFIRM,
        reason=True,
    ),
    Move(
        "reject",
        WarningState.PROPOSED,
        WarningState.REJECTED,
        label="不予公布",
        needs=Permission.WARNING_CONFIRM,
        reason=True,
    ),
    Move(
        "withdraw",
        WarningState.PUBLISHED,
        WarningState.WITHDRAWN,
        label="撤下",
        needs=Permission.WARNING_CONFIRM,
        reason=True,
    ),
    Move("end", WarningState.PUBLISHED, WarningState.ENDED, label="期满撤下"),
    labels={
        WarningState.PROPOSED: "待复核",
        WarningState.PUBLISHED: "公布中",
        WarningState.REJECTED: "不予公布",
        WarningState.ENDED: "已期满",
        WarningState.WITHDRAWN: "已撤下",
    },
)

register_case(KIND, "举报质疑异议", REPORT, other_steps=("mark",))
register_case(WARNING_KIND, "冒名警示", WARNING)
# Deeds beside the moves.
ACTION_LABELS[f"{KIND}.receive"] = "举报质疑异议：收到"
ACTION_LABELS[f"{KIND}.reveal"] = "举报质疑异议：查看举报人身份"
ACTION_LABELS[f"{KIND}.mark"] = "举报质疑异议：标注异议"
ACTION_LABELS[f"{KIND}.write"] = "举报质疑异议：给提交人留言"
ACTION_LABELS[f"{KIND}.open_original"] = "举报质疑异议：查看文件原件"
ACTION_LABELS[f"{WARNING_KIND}.propose"] = "冒名警示：拟定"
