"""Measures as offices record them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.ledger.measures.publicity import propose_publication, publish_measure
from credit_register.ledger.measures.recording import NewMeasure, record_measure
from credit_register.ledger.models import InterviewForm, LedgerCase, Measure, MeasureKind
from credit_register.notices.models import Notice
from tests.spotchecks.checking import post

TODAY = date(2026, 3, 12)
UNTIL = date(2027, 3, 12)
OFFICE = "成都市示例信用主管部门"
PUBLIC_TEXT = "因提供虚假信用报告，对该机构通报批评，责令其限期纠正。"
REASON = "已核对材料，事实清楚。"
LEVELS = ("一级（一般关注）", "二级（重点关注）", "三级（严格监管）")


def new(kind: MeasureKind, **overrides: Any) -> NewMeasure:
    """A measure of a kind with all that the kind needs."""
    values: dict[str, Any] = {
        "kind": kind,
        "day": TODAY,
        "text": "示例事项：停止虚假宣传。",
        "office": OFFICE,
    }
    match kind:
        case MeasureKind.INTERVIEW:
            values |= {
                "form": InterviewForm.WARNING,
                "day": date(2026, 3, 16),
                "hour": "上午 9:30",
                "place": "示例会议室",
                "contact_name": "王示例",
                "contact_phone": "028-12345678",
            }
        case MeasureKind.SUPERVISION:
            values |= {"level": LEVELS[0]}
        case MeasureKind.CIRCULAR:
            values |= {"addressee": "全市信用服务机构"}
        case MeasureKind.HANDOVER:
            values |= {"addressee": "成都市示例监管局", "reference": "示例移送函〔2026〕1号"}
        case MeasureKind.JOINT:
            values |= {"addressee": "成都市示例部门", "reference": "限制参加示例评比（示例清单）"}
    return NewMeasure(**{**values, **overrides})


def record(case: LedgerCase, kind: MeasureKind, by: Account, now: datetime, **overrides: Any) -> Measure:
    return record_measure(case, new(kind, **overrides), actor=by.actor, now=now)


def published(
    case: LedgerCase, kind: MeasureKind, first: Account, second: Account, now: datetime, **overrides: Any
) -> Measure:
    """A measure that two persons have made public."""
    measure = record(case, kind, first, now, **overrides)
    propose_publication(
        measure, text=PUBLIC_TEXT, until=UNTIL, version=measure.version, actor=first.actor, now=now
    )
    publish_measure(measure, reason=REASON, version=measure.version, actor=second.actor, now=now)
    return measure


def fresh(measure: Measure) -> Measure:
    db.session.expire_all()
    return db.session.get_one(Measure, measure.id)


def only_measure() -> Measure:
    db.session.expire_all()
    return db.session.scalars(select(Measure)).one()


def move(client: FlaskClient, measure: Measure, name: str, **fields: Any) -> TestResponse:
    """Take a step with the version that the row has now, unless another is given."""
    data = {"reason": REASON, "version": fresh(measure).version, **fields}
    return post(client, f"/staff/ledger/measures/{measure.id}/{name}", data)


def titles(account: Account) -> list[str]:
    """What somebody was told, in order."""
    query = select(Notice.title).where(Notice.account_id == account.id).order_by(Notice.id)
    return list(db.session.scalars(query))
