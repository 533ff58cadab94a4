"""The life of a case, of a measure, and of the publication of a measure."""

from __future__ import annotations

from credit_register.access.roles import Permission
from credit_register.audit.labels import ACTION_LABELS, register_case
from credit_register.core.deadlines.rules import Rule
from credit_register.core.lifecycle import Lifecycle, Move
from credit_register.ledger.models import CaseState, MeasureState, PublicState

KIND = "ledger_case"  # in the audit and among the deadlines
MEASURE_KIND = "ledger_measure"  # as above, and in the public log

# On the ledger, and in work.
RUNNING_STATES = (CaseState.OPEN, CaseState.EXIT_PROPOSED)

LEDGER_CASE = Lifecycle(
    CaseState.OPEN,
    # On offer only when every condition of the exit is met; asked again when it is decided.
    Move(
        "propose_exit",
        CaseState.OPEN,
        CaseState.EXIT_PROPOSED,
        label="提出退出",
        needs=Permission.LEDGER_WORK,
        reason=True,
    ),
    # By a second person.
    Move(
        "exit",
        CaseState.EXIT_PROPOSED,
        CaseState.EXITED,
        label="确认退出",
        needs=Permission.LEDGER_EXIT,
        reason=True,
    ),
    Move(
        "refuse_exit",
        CaseState.EXIT_PROPOSED,
        CaseState.OPEN,
        label="不同意退出",
        needs=Permission.LEDGER_EXIT,
        reason=True,
    ),
    # A condition that was met is met no more.
    Move("fall_back", CaseState.EXIT_PROPOSED, CaseState.OPEN, label="条件不再满足，退回"),
    # The province takes it out of the denominator, and may put it back.
    Move(
        "prune",
        (CaseState.OPEN, CaseState.EXIT_PROPOSED),
        CaseState.PRUNED,
        label="剔除",
        needs=Permission.LEDGER_PRUNE,
        reason=True,
    ),
    Move(
        "unprune",
        CaseState.PRUNED,
        CaseState.OPEN,
        label="恢复到台账",
        needs=Permission.LEDGER_PRUNE,
        reason=True,
    ),
    labels={
        CaseState.OPEN: "治理中",
        CaseState.EXIT_PROPOSED: "拟退出，待复核",
        CaseState.EXITED: "已退出",
        CaseState.PRUNED: "已剔除",
    },
)

_ANNOUNCED, _RESPONDED, _DONE = MeasureState.ANNOUNCED, MeasureState.RESPONDED, MeasureState.DONE

MEASURE = Lifecycle(
    _ANNOUNCED,
    Move(
        "respond",
        _ANNOUNCED,
        _RESPONDED,
        label="报告纠正情况",
        needs=Permission.WORKSPACE,
        due=Rule.CORRECTION_CONFIRMATION,  # of the office; the institution's own period runs on
    ),
    Move(
        "insist",
        _RESPONDED,
        _ANNOUNCED,
        label="尚未纠正，退回",
        needs=Permission.LEDGER_WORK,
        reason=True,
    ),
    # The institution did not come to the interview.
    Move(
        "miss", _ANNOUNCED, MeasureState.MISSED, label="登记未到场", needs=Permission.LEDGER_WORK, reason=True
    ),
    # An interview was held, an order fulfilled, a supervision begins, a circular went out.
    Move("complete", (_ANNOUNCED, _RESPONDED), _DONE, label="登记完成", needs=Permission.LEDGER_WORK),
    Move("end", _DONE, MeasureState.ENDED, label="解除", needs=Permission.LEDGER_WORK, reason=True),
    # The case has left the ledger or was pruned while the measure ran.
    Move("lift", (_ANNOUNCED, _RESPONDED, _DONE), MeasureState.ENDED, label="随案件解除", reason=True),
    # Of what has ended only an order that a pruning ended unfulfilled, while its case is on the ledger again.
    Move(
        "cancel",
        (_ANNOUNCED, _RESPONDED, _DONE, MeasureState.MISSED, MeasureState.ENDED),
        MeasureState.CANCELLED,
        label="作废（登记有误）",
        needs=Permission.LEDGER_WORK,
        reason=True,
    ),
    labels={
        _ANNOUNCED: "已通知",
        _RESPONDED: "机构已报告",
        _DONE: "已完成",
        MeasureState.MISSED: "未到场",
        MeasureState.ENDED: "已解除",
        MeasureState.CANCELLED: "已作废",
    },
)

PUBLICITY = Lifecycle(
    PublicState.HIDDEN,
    Move(
        "propose_publication",
        (PublicState.HIDDEN, PublicState.WITHDRAWN),
        PublicState.PROPOSED,
        label="提出公示",
        needs=Permission.LEDGER_WORK,
    ),
    # By whoever proposes, or because the measure is cancelled.
    Move(
        "recall_publication",
        PublicState.PROPOSED,
        PublicState.HIDDEN,
        label="撤回公示提议",
        needs=Permission.LEDGER_WORK,
    ),
    # By a second person.
    Move(
        "publish",
        PublicState.PROPOSED,
        PublicState.PUBLISHED,
        label="复核并公示",
        needs=Permission.LEDGER_EXIT,
        reason=True,
    ),
    Move(
        "refuse_publication",
        PublicState.PROPOSED,
        PublicState.HIDDEN,
        label="不予公示",
        needs=Permission.LEDGER_EXIT,
        reason=True,
    ),
    Move(
        "withdraw",
        PublicState.PUBLISHED,
        PublicState.WITHDRAWN,
        label="撤下公示",
        needs=Permission.LEDGER_EXIT,
        reason=True,
    ),
    # By the program: what the text tells of was annulled, mended or has left the ledger.
    Move(
        "lose_ground",
        PublicState.PUBLISHED,
        PublicState.WITHDRAWN,
        label="依据变化，自动撤下",
        reason=True,
    ),
    Move(
        "drop_proposal",
        PublicState.PROPOSED,
        PublicState.HIDDEN,
        label="依据变化，撤回公示提议",
        reason=True,
    ),
    Move("expire_publication", PublicState.PUBLISHED, PublicState.WITHDRAWN, label="公示期满"),
    labels={
        PublicState.HIDDEN: "不公示",
        PublicState.PROPOSED: "拟公示，待复核",
        PublicState.PUBLISHED: "公示中",
        PublicState.WITHDRAWN: "已撤下",
    },
    attribute="public_state",
)

register_case(KIND, "治理台账", LEDGER_CASE, other_steps=("reassign", "remark", "add_records"))
register_case(MEASURE_KIND, "治理措施", MEASURE)
register_case(MEASURE_KIND, "治理措施", PUBLICITY)
ACTION_LABELS[f"{KIND}.open"] = "治理台账：纳入"
ACTION_LABELS[f"{KIND}.reassign"] = "治理台账：改派地区"
ACTION_LABELS[f"{KIND}.remark"] = "治理台账：修改备注"
ACTION_LABELS[f"{KIND}.add_records"] = "治理台账：增加失信记录"
ACTION_LABELS[f"{KIND}.close_month"] = "治理台账：月度关账"
ACTION_LABELS[f"{KIND}.import_month"] = "治理台账：导入历史月份"
ACTION_LABELS[f"{MEASURE_KIND}.record"] = "治理措施：登记"
ACTION_LABELS[f"{MEASURE_KIND}.remind_before"] = "治理措施：提醒机构纠正期限将至"
ACTION_LABELS[f"{MEASURE_KIND}.remind_after"] = "治理措施：提醒机构纠正期限已届满"
