"""The life of a report, and of a warning of an impostor."""

from __future__ import annotations

from credit_register.access.roles import Permission
from credit_register.audit.labels import ACTION_LABELS, register_case
from credit_register.core.lifecycle import Lifecycle, Move
from credit_register.reports.models import UNDECIDED, State, WarningState

KIND = "report"  # in the audit and among the deadlines
WARNING_KIND = "impostor_warning"
MARK_KIND = "objection_mark"  # in the public log

# Which deadline a move starts depends on the kind of report and on who sent it (triage.py): reports and questions
# have 受理审查 and 核查, objections 标注 and 处理 from the day they came in, and whoever sent it the answer.
_WAITING = (State.AWAITING_REPORTER, State.AWAITING_INSTITUTION)

# Acceptance and the beginning of the investigation are one step: accepting without looking into it helps nobody.
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
    # Only where the register has the institution.
    Move(
        "inquire",
        State.INVESTIGATING,
        State.AWAITING_INSTITUTION,
        label="向机构核实",
        needs=Permission.REPORT_HANDLE,
    ),
    Move("institution_reply", State.AWAITING_INSTITUTION, State.INVESTIGATING, label="机构已答复"),
    Move(
        "resume",
        _WAITING,
        State.INVESTIGATING,
        label="不再等待，继续核查",
        needs=Permission.REPORT_HANDLE,
    ),
    # Only of an objection.
    Move(
        "assist",
        State.INVESTIGATING,
        State.INVESTIGATING,
        label="需要协查，改按协查期限",
        needs=Permission.REPORT_HANDLE,
        reason=True,
    ),
    Move(
        "decide",
        (State.INVESTIGATING, *_WAITING),
        State.DECIDED,
        label="作出处理决定",
        needs=Permission.REPORT_HANDLE,
        reason=True,
    ),
    Move("answer", State.DECIDED, State.ANSWERED, label="答复", needs=Permission.REPORT_HANDLE),
    Move("close", State.ANSWERED, State.CLOSED, label="办结", needs=Permission.REPORT_HANDLE),
    Move(
        "forward",
        UNDECIDED,
        State.RECEIVED,
        label="转其他地区办理",
        needs=Permission.REPORT_HANDLE,
        reason=True,
    ),
    # What is merged gets the answer of the report that it was merged into (merging.py).
    Move(
        "merge",
        UNDECIDED,
        State.MERGED,
        label="并入另一件",
        needs=Permission.REPORT_HANDLE,
        reason=True,
    ),
    Move(
        "unmerge",
        State.MERGED,
        State.INVESTIGATING,
        label="取消并案，单独办理",
        needs=Permission.REPORT_HANDLE,
        reason=True,
    ),
    Move("split", State.MERGED, State.INVESTIGATING, label="牵头件撤回，恢复单独办理"),
    Move("answer_merged", State.MERGED, State.ANSWERED, label="随牵头件答复"),
    Move("answer_anew", (State.ANSWERED, State.CLOSED), State.ANSWERED, label="随牵头件重新答复"),
    Move(
        "revise",
        State.DECIDED,
        State.INVESTIGATING,
        label="撤销决定，重新核查",
        needs=Permission.REPORT_HANDLE,
        reason=True,
    ),
    # 复核: asked for once by whoever sent the report, judged by another than who decided (reviews.py).
    Move(
        "request_review",
        (State.ANSWERED, State.CLOSED, State.REFUSED),
        State.REVIEWING,
        label="提交人申请复核",
    ),
    Move(
        "uphold",
        State.REVIEWING,
        State.ANSWERED,
        label="复核：维持原处理结果",
        needs=Permission.REPORT_REVIEW,
        reason=True,
    ),
    Move(
        "uphold_refusal",
        State.REVIEWING,
        State.REFUSED,
        label="复核：维持不予受理",
        needs=Permission.REPORT_REVIEW,
        reason=True,
    ),
    Move(
        "reexamine",
        State.REVIEWING,
        State.INVESTIGATING,
        label="复核：重新核查",
        needs=Permission.REPORT_REVIEW,
        reason=True,
    ),
    Move("withdraw", (*UNDECIDED, State.MERGED), State.WITHDRAWN, label="提交人撤回"),
    # Only by an office of the province or the nation (triage.py).
    Move(
        "reopen",
        (State.ANSWERED, State.CLOSED, State.REFUSED, State.WITHDRAWN),
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
        State.AWAITING_INSTITUTION: "待机构答复",
        State.MERGED: "已并案",
        State.DECIDED: "已作出决定，待答复",
        State.ANSWERED: "已答复",
        State.REVIEWING: "复核中",
        State.CLOSED: "已办结",
        State.REFUSED: "不予受理",
        State.WITHDRAWN: "提交人已撤回",
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

# Deeds that are no moves and count the version on all the same.
register_case(KIND, "举报质疑异议", REPORT, other_steps=("mark", "assign", "rate"))
register_case(WARNING_KIND, "冒名警示", WARNING)
# Deeds beside the moves.
ACTION_LABELS[f"{KIND}.receive"] = "举报质疑异议：收到"
ACTION_LABELS[f"{KIND}.reveal"] = "举报质疑异议：查看举报人身份"
ACTION_LABELS[f"{KIND}.mark"] = "举报质疑异议：标注异议"
ACTION_LABELS[f"{KIND}.write"] = "举报质疑异议：给提交人留言"
ACTION_LABELS[f"{KIND}.take_in"] = "举报质疑异议：并入其他事项"
ACTION_LABELS[f"{KIND}.let_out"] = "举报质疑异议：并入事项恢复单独办理"
ACTION_LABELS[f"{KIND}.go_along"] = "举报质疑异议：随牵头件转办"
ACTION_LABELS[f"{KIND}.add_evidence"] = "举报质疑异议：添加证据"
ACTION_LABELS[f"{KIND}.note"] = "举报质疑异议：内部备注"
ACTION_LABELS[f"{KIND}.assign"] = "举报质疑异议：指定经办人"
ACTION_LABELS[f"{KIND}.tag"] = "举报质疑异议：加标签"
ACTION_LABELS[f"{KIND}.untag"] = "举报质疑异议：去标签"
ACTION_LABELS[f"{KIND}.rate"] = "举报质疑异议：提交人评价"
ACTION_LABELS[f"{KIND}.extension_request"] = "举报质疑异议：申请延长期限"
ACTION_LABELS[f"{KIND}.extension_approve"] = "举报质疑异议：批准延长期限"
ACTION_LABELS[f"{KIND}.extension_refuse"] = "举报质疑异议：不同意延长期限"
ACTION_LABELS[f"{WARNING_KIND}.propose"] = "冒名警示：拟定"
ACTION_LABELS[f"{WARNING_KIND}.lose_ground"] = "冒名警示：提醒依据已变化"
ACTION_LABELS[f"{WARNING_KIND}.regain_ground"] = "冒名警示：依据已恢复"
