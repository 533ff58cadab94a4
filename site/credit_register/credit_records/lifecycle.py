"""The life of a record and of the batch that brings it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_

from credit_register.access.roles import Permission
from credit_register.audit.labels import ACTION_LABELS, register_case
from credit_register.core.lifecycle import Lifecycle, Move
from credit_register.credit_records.models import (
    ADVERSE_KINDS,
    BatchState,
    CreditRecord,
    RecordKind,
    RecordState,
)

KIND = "credit_record"  # in the audit and in the public log
BATCH_KIND = "record_batch"

# Not mended yet: what the ledger counts as open. A record that left by its period unmended is one of them.
UNMENDED_STATES = (RecordState.PUBLISHED, RecordState.WITHHELD, RecordState.LAPSED)
# The ground is gone: neither repair nor proof is asked for.
GROUNDLESS_STATES = (RecordState.ANNULLED, RecordState.OBJECTED)
# Off the list for another reason than that the time is over.
TAKEN_DOWN_STATES = (RecordState.REPAIRED, *GROUNDLESS_STATES, RecordState.REMOVED)

_PUBLISHED, _WITHHELD, _LAPSED = RecordState.PUBLISHED, RecordState.WITHHELD, RecordState.LAPSED

CREDIT_RECORD = Lifecycle(
    _WITHHELD,
    # Minor dishonesty is as a rule not published; the rules decide when the record is confirmed and by the clock.
    Move("withhold", _PUBLISHED, _WITHHELD, label="按规定不公示"),
    Move("publish", _WITHHELD, _PUBLISHED, label="按规定公示"),
    # By the confirmation of a repair, which two persons have seen.
    # A list that dropped the record said nothing of repair; once repaired, an old file does not list it anew.
    Move("repair", (*UNMENDED_STATES, RecordState.REMOVED), RecordState.REPAIRED, label="信用修复"),
    Move(
        "annul",
        (*UNMENDED_STATES, RecordState.EXPIRED),
        RecordState.ANNULLED,
        label="依据文书被撤销，撤下",
        needs=Permission.RECORD_CONFIRM,
        reason=True,
    ),
    # By an objection that was found right.
    Move(
        "uphold_objection",
        (*UNMENDED_STATES, RecordState.EXPIRED),
        RecordState.OBJECTED,
        label="异议成立，撤下",
    ),
    # By a list that says so, or that no longer has it, once a second person confirmed the batch.
    Move("remove", (*UNMENDED_STATES, RecordState.EXPIRED), RecordState.REMOVED, label="移出名单"),
    Move("expire", UNMENDED_STATES, RecordState.EXPIRED, label="公示期满"),
    # The longest period is over and nobody mended: public no more, but not forgotten.
    Move("lapse", (_PUBLISHED, _WITHHELD), _LAPSED, label="公示期满，尚未纠正"),
    # What was taken down by mistake, or is listed anew; the rules decide whether it is public.
    Move(
        "restore",
        TAKEN_DOWN_STATES,
        _WITHHELD,
        label="恢复记录",
        needs=Permission.RECORD_CONFIRM,
        reason=True,
    ),
    # That the obligations were met was noted by mistake.
    Move("reopen", RecordState.EXPIRED, _WITHHELD, label="恢复计算公示期"),
    Move("relist", (*TAKEN_DOWN_STATES, RecordState.EXPIRED, _LAPSED), _WITHHELD, label="重新列入"),
    labels={
        RecordState.PUBLISHED: "公示中",
        RecordState.WITHHELD: "不公示",
        RecordState.REPAIRED: "已修复",
        RecordState.ANNULLED: "文书已撤销",
        RecordState.OBJECTED: "异议成立",
        RecordState.REMOVED: "已移出名单",
        RecordState.EXPIRED: "公示期满",
        RecordState.LAPSED: "期满未纠正",
    },
)


def is_repairable(record: CreditRecord) -> bool:
    """Whether a repair may be applied for: it stands unmended, or is a penalty that its list dropped, which mends nothing."""
    return RecordKind(record.kind).is_adverse and (
        record.state in UNMENDED_STATES
        or (record.kind == RecordKind.PENALTY and record.state == RecordState.REMOVED)
    )


def repairable() -> ColumnElement[bool]:
    """The same in the database."""
    return and_(
        CreditRecord.kind.in_([kind.value for kind in ADVERSE_KINDS]),
        or_(
            CreditRecord.state.in_([state.value for state in UNMENDED_STATES]),
            and_(
                CreditRecord.kind == RecordKind.PENALTY.value,
                CreditRecord.state == RecordState.REMOVED.value,
            ),
        ),
    )


RECORD_BATCH = Lifecycle(
    BatchState.RECEIVED,
    # By a second person.
    Move(
        "confirm",
        BatchState.RECEIVED,
        BatchState.TAKING_EFFECT,
        label="复核确认",
        needs=Permission.RECORD_CONFIRM,
    ),
    # With the last of its rows; a small batch within the same transaction.
    Move("finish", BatchState.TAKING_EFFECT, BatchState.CONFIRMED, label="全部生效"),
    Move(
        "refuse",
        BatchState.RECEIVED,
        BatchState.REFUSED,
        label="不予确认",
        needs=Permission.RECORD_CONFIRM,
        reason=True,
    ),
    labels={
        BatchState.RECEIVED: "待复核",
        BatchState.TAKING_EFFECT: "正在生效",
        BatchState.CONFIRMED: "已确认",
        BatchState.REFUSED: "未确认",
    },
)

register_case(KIND, "信用记录", CREDIT_RECORD, other_steps=("meet", "unmeet", "match", "recount"))
register_case(BATCH_KIND, "信用记录批次", RECORD_BATCH)
ACTION_LABELS[f"{KIND}.create"] = "信用记录：确认"
ACTION_LABELS[f"{KIND}.change"] = "信用记录：更新"
ACTION_LABELS[f"{KIND}.match"] = "信用记录：匹配机构"
ACTION_LABELS[f"{KIND}.meet"] = "信用记录：登记履行义务"
ACTION_LABELS[f"{KIND}.unmeet"] = "信用记录：撤销履行登记"
ACTION_LABELS[f"{KIND}.recount"] = "信用记录：按规则重算公示期"
ACTION_LABELS[f"{BATCH_KIND}.receive"] = "信用记录批次：收到"
ACTION_LABELS[f"{BATCH_KIND}.place"] = "信用记录批次：修复信息等到对应的记录"
ACTION_LABELS[f"{BATCH_KIND}.open_source"] = "信用记录批次：下载来源文件"
