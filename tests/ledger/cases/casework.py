"""Records, cases and what they need, as the tests of the ledger make them."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from credit_register.accounts.models import Account
from credit_register.audit.models import AuditEvent
from credit_register.commitments.models import Commitment, Signature
from credit_register.core import clock
from credit_register.core.database import db
from credit_register.core.files import StoredFile
from credit_register.credit_records.models import CreditRecord, RecordBatch, RecordKind
from credit_register.institutions.models import Institution
from credit_register.ledger.cases import exit as exits
from credit_register.ledger.cases.opening import NewCase, open_case
from credit_register.ledger.cases.screening import screen
from credit_register.ledger.models import LedgerCase, Measure, Subject
from credit_register.letters.models import LetterClue
from tests.factories import make_commitment, make_letter
from tests.spotchecks.checking import post

_serials = itertools.count(1)
REASON = "已核对材料，事实清楚。"
GROUND = "自称受信用服务机构委托，收取“征信修复费”。"


def make_batch() -> RecordBatch:
    """A confirmed batch, flushed."""
    moment = clock.now()
    file = StoredFile(
        public_id=f"batch{next(_serials)}",
        purpose="records",
        original_name="处罚.csv",
        media_type="text/csv",
        size=1,
        sha256="0" * 64,
        clean_size=1,
        clean_sha256="0" * 64,
        stored_at=moment,
    )
    batch = RecordBatch(
        kind="penalties",
        region_code="510000",
        file=file,
        file_name="处罚.csv",
        sha256="0" * 64,
        summary={},
        received_at=moment,
        received_by="示例",
    )
    db.session.add(batch)
    db.session.flush()
    return batch


def make_record(institution: Institution, **overrides: Any) -> CreditRecord:
    """A confirmed record of an institution, a published penalty of last month unless told otherwise, committed."""
    serial = next(_serials)
    kind = RecordKind(overrides.get("kind", RecordKind.PENALTY))
    state = str(overrides.get("state", "published" if kind.is_adverse else "withheld"))
    today = clock.today()
    values: dict[str, Any] = {
        "kind": kind.value,
        "key": f"key{serial}",
        "state": state,
        "uscc": institution.uscc,
        "name": institution.name,
        "institution_id": institution.id,
        "region_code": institution.region_code,
        "document_number": f"示例罚〔2026〕{serial}号",
        "list_name": "示例严重失信主体名单" if kind is RecordKind.SEVERE else "",
        "authority": "成都市示例监管局",
        "decided_on": today - timedelta(days=30),
        "degree": "general" if kind.is_adverse else None,
        "earliest_on": today if kind.is_adverse else None,
        "latest_on": today + timedelta(days=300) if kind.is_adverse else None,
        "left_on": None if state in ("published", "withheld") else today,
        "batch_id": overrides.pop("batch_id", None) or make_batch().id,
        "confirmed_at": clock.now(),
        **overrides,
    }
    record = CreditRecord(**values)
    db.session.add(record)
    db.session.commit()
    return record


def mend(record: CreditRecord, state: str = "repaired") -> None:
    """Let a record leave, as a confirmed repair does; committed."""
    record.state, record.left_on = state, clock.today()
    db.session.commit()


def unmend(record: CreditRecord) -> None:
    """Put a record back, as `restore` does; committed."""
    record.state, record.left_on = "published", None
    db.session.commit()


def commit_publicly(institution: Institution, people: Account, **overrides: Any) -> Commitment:
    """A commitment signed by both and in force since today, committed."""
    commitment = make_commitment(institution, state="published", **overrides)
    for party in ("institution", "legal_representative"):
        db.session.add(
            Signature(
                commitment_id=commitment.id,
                party=party,
                account_id=people.id,
                signer_name="李示例",
                signed_at=clock.now(),
                sha256=commitment.sha256,
            )
        )
    db.session.commit()
    return commitment


def make_order(case: LedgerCase, by: Account, **overrides: Any) -> Measure:
    """An order to correct at a case, announced unless told otherwise, committed."""
    today = clock.today()
    state = overrides.get("state", "announced")
    values: dict[str, Any] = {
        "case_id": case.id,
        "kind": "order",
        "planned_on": today,
        "office": "成都市示例信用主管部门",
        "text": "请在期限内改正公示的收费标准。",
        "done_on": today if state in ("done", "ended") else None,
        "recorded_by_id": by.id,
        "recorded_at": clock.now(),
        **overrides,
    }
    measure = Measure(**values)
    db.session.add(measure)
    db.session.commit()
    return measure


def make_case_letter(case: LedgerCase, by: Account, second: Account, **overrides: Any) -> Any:
    """A letter about a case, answered unless told otherwise, committed."""
    state = overrides.pop("state", "answered")
    issued = state in ("issued", "delivered", "answered")
    source = overrides.pop("source", ("ledger_case", case.id))
    apart = overrides.pop("apart", None)  # the result of the clue, where it is not the letter's
    letter = make_letter(
        drafted_by_id=by.id, issued_by_id=second.id if issued else None, state=state, clues=0, **overrides
    )
    db.session.add(
        LetterClue(
            letter_id=letter.id,
            name=case.name,
            description=case.ground,
            source_kind=source[0],
            source_id=source[1],
            result=apart or letter.result,
            answered_on=letter.answered_on,
        )
    )
    db.session.commit()
    return letter


def pushed(by: Account, moment: datetime, region: str = "510000") -> LedgerCase:
    """Screen, and give the newest case."""
    screen(region, actor=by.actor, now=moment)
    return newest()


def impersonator(by: Account, moment: datetime, **changes: Any) -> LedgerCase:
    values: dict[str, Any] = {"ground": GROUND, "name": "示例冒名信息咨询部", **changes}
    return open_case(NewCase(Subject.IMPERSONATOR, **values), actor=by.actor, now=moment)


def ready(case: LedgerCase, people: Account) -> LedgerCase:
    """An institution's case with every condition met."""
    for link in list(case.records):
        mend(link.record)
    assert case.institution is not None
    commit_publicly(case.institution, people)
    return fresh(case)


def proposed(case: LedgerCase, by: Account, moment: datetime) -> LedgerCase:
    exits.propose_exit(case, reason=REASON, version=case.version, actor=by.actor, now=moment)
    return fresh(case)


def exited(case: LedgerCase, by: Account, second: Account, moment: datetime) -> LedgerCase:
    case = proposed(case, by, moment)
    exits.decide_exit(case, reason=REASON, version=case.version, actor=second.actor, now=moment)
    return fresh(case)


def newest() -> LedgerCase:
    db.session.expire_all()
    return db.session.scalars(select(LedgerCase).order_by(LedgerCase.id.desc()).limit(1)).one()


def all_cases() -> list[LedgerCase]:
    db.session.expire_all()
    return list(db.session.scalars(select(LedgerCase).order_by(LedgerCase.id)))


def fresh(case: LedgerCase) -> LedgerCase:
    db.session.expire_all()
    return db.session.get_one(LedgerCase, case.id)


def deeds_of(case: LedgerCase) -> list[str]:
    """The names of what the audit holds of a case, in order."""
    rows = db.session.scalars(
        select(AuditEvent.action)
        .where(AuditEvent.subject_kind == "ledger_case", AuditEvent.subject_id == str(case.id))
        .order_by(AuditEvent.id)
    )
    return [action.partition(".")[2] for action in rows]


def move(client: FlaskClient, case: LedgerCase, name: str, **fields: Any) -> TestResponse:
    """Take a step with the version that the row has now, unless another is given."""
    data = {"version": fresh(case).version, **fields}
    return post(client, f"/staff/ledger/{case.id}/{name}", data)


def days_ago(days: int) -> date:
    return clock.today() - timedelta(days=days)
