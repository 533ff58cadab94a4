"""Rows of a ledger for tests of its months, written straight into the tables, and attachment 1 as offices send it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from credit_register.commitments.models import Commitment, Signature
from credit_register.core import clock
from credit_register.core.database import db
from credit_register.core.files import StoredFile
from credit_register.credit_records.models import CreditRecord, RecordBatch
from credit_register.institutions.models import Institution
from credit_register.ledger.models import CaseRecord, LedgerCase, LedgerContact, LedgerRound, Measure
from credit_register.letters.models import Letter, LetterClue
from tests.factories import make_commitment, make_institution, make_letter

SAMPLE = Path(__file__).parents[2] / "data" / "samples" / "ledger_attachment1.xlsx"
_serials = itertools.count(1)


def make_round(started_on: date = date(2026, 1, 5), **overrides: Any) -> LedgerRound:
    """A round of governance; the first one that a test makes is there for all."""
    present = db.session.scalar(select(LedgerRound).where(LedgerRound.started_on == started_on))
    if present is None:
        present = LedgerRound(title=f"示例专项治理第{next(_serials)}轮", started_on=started_on, **overrides)
        db.session.add(present)
        db.session.commit()
    return present


def make_case(
    *, institution: Institution | None = None, account_id: int | None = None, **overrides: Any
) -> LedgerCase:
    """A case of an institution that screening pushed, open unless the state says otherwise, committed.

    Exited and pruned ones need an account; two persons where the table asks for two.
    """
    state = overrides.get("state", "open")
    subject = overrides.get("subject", "institution")
    region = overrides.get("region_code", "510100")
    if subject == "institution" and institution is None:
        institution = make_institution(region_code=region)
    values: dict[str, Any] = {
        "round_id": make_round().id,
        "subject": subject,
        "institution_id": institution.id if institution else None,
        "uscc": institution.uscc if institution else "",
        "name": institution.name if institution else f"示例冒名主体{next(_serials)}",
        "region_code": region,
        "origin": "pushed" if institution else "opened",
        "ground": "行政处罚未修复",
        "opened_on": date(2026, 1, 10),
        **overrides,
    }
    if state == "pruned":
        values.setdefault("prune_reason", "deregistered")
        values |= {"pruned_by_id": account_id}
        values.setdefault("pruned_on", clock.today())
    case = LedgerCase(**values)
    db.session.add(case)
    db.session.commit()
    return case


def make_record(case: LedgerCase, **overrides: Any) -> CreditRecord:
    """A published penalty of the institution of a case, on its ledger, committed."""
    serial = next(_serials)
    batch = db.session.scalar(select(RecordBatch).limit(1)) or _batch()
    state = overrides.get("state", "published")
    values: dict[str, Any] = {
        "kind": "penalty",
        "key": f"示罚〔2026〕{serial}号",
        "state": state,
        "uscc": case.uscc,
        "name": case.name,
        "institution_id": case.institution_id,
        "region_code": case.region_code,
        "document_number": f"示罚〔2026〕{serial}号",
        "authority": "成都市示例监管局",
        "decided_on": date(2025, 12, 1),
        "degree": "general",
        "earliest_on": date(2026, 3, 1),
        "latest_on": date(2026, 12, 1),
        "batch_id": batch.id,
        "confirmed_at": clock.now(),
        **overrides,
    }
    if state not in ("published", "withheld"):
        values.setdefault("left_on", clock.today())
    record = CreditRecord(**values)
    db.session.add(record)
    db.session.flush()
    db.session.add(CaseRecord(case_id=case.id, record_id=record.id, added_on=case.opened_on))
    db.session.commit()
    return record


def _batch() -> RecordBatch:
    file = StoredFile(
        public_id=f"records{next(_serials)}",
        purpose="records",
        original_name="示例.csv",
        media_type="text/csv",
        size=1,
        sha256="0" * 64,
        clean_size=1,
        clean_sha256="0" * 64,
        stored_at=clock.now(),
    )
    batch = RecordBatch(
        kind="penalties",
        region_code="000000",
        file=file,
        file_name="示例.csv",
        sha256="0" * 64,
        summary={},
        received_at=clock.now(),
        received_by="示例",
    )
    db.session.add_all([file, batch])
    db.session.flush()
    return batch


def make_measure(case: LedgerCase, kind: str, *, account_id: int, **overrides: Any) -> Measure:
    """A measure of an office that took place, committed."""
    values: dict[str, Any] = {
        "case_id": case.id,
        "kind": kind,
        "form": "reminder" if kind == "interview" else None,
        "state": "done",
        "planned_on": date(2026, 2, 2),
        "done_on": date(2026, 2, 3),
        "office": "成都市发展改革委",
        "text": "请按时到场。",
        "level": "重点" if kind == "supervision" else "",
        "addressee": "示例单位" if kind in ("circular", "handover", "joint") else "",
        "recorded_by_id": account_id,
        "recorded_at": clock.now(),
        **overrides,
    }
    measure = Measure(**values)
    db.session.add(measure)
    db.session.commit()
    return measure


def make_promise(
    case: LedgerCase, *, parties: Sequence[str] = ("institution", "legal_representative"), **overrides: Any
) -> Commitment:
    """A commitment in force of the institution of a case, signed by both."""
    assert case.institution is not None
    commitment = make_commitment(case.institution, state="published", **overrides)
    db.session.add_all(
        [
            Signature(
                commitment_id=commitment.id,
                party=party,
                account_id=1,
                signer_name="李示例",
                sha256=commitment.sha256,
                signed_at=clock.now(),
            )
            for party in parties
        ]
    )
    db.session.commit()
    return commitment


def make_case_letter(
    case: LedgerCase, *, account_id: int, second_id: int | None = None, **overrides: Any
) -> Letter:
    """A letter whose one clue is a case."""
    letter = make_letter(drafted_by_id=account_id, issued_by_id=second_id, clues=0, **overrides)
    letter.clues = [
        LetterClue(
            name=case.name,
            description="冒用名称。",
            source_kind="ledger_case",
            source_id=case.id,
            result=letter.result,
            answered_on=letter.answered_on,
        )
    ]
    db.session.commit()
    return letter


def make_contact(region: str, **overrides: Any) -> LedgerContact:
    """The contact of an office in the round."""
    values = {
        "round_id": make_round().id,
        "region_code": region,
        "office": "示例发展改革委",
        "name": "王示例",
        "phone": "028-12345678",
        "set_at": clock.now(),
        "set_by": "示例",
        **overrides,
    }
    contact = LedgerContact(**values)
    db.session.add(contact)
    db.session.commit()
    return contact


def run(app: Flask, *words: object) -> tuple[int, str, dict[str, Any]]:
    """A command with --json: its exit status, what it said, and the object at its end."""
    db.session.rollback()  # the test's own open transaction would hold SQLite's write lock
    done = app.test_cli_runner().invoke(args=[*map(str, words), "--json"])
    last = done.output.strip().splitlines()[-1] if done.output.strip() else "{}"
    return done.exit_code, done.output, json.loads(last) if last.startswith("{") else {}


LINE = [
    "成都示例甲信用管理有限公司",
    "91510100MA0090014L",
    1,
    "成都市发展改革委已约谈",
    "已纠正并履行义务",
    "已归集上报",
    "已经修复1条失信记录",
]


def write_form(
    path: Path,
    lines: Iterable[Sequence[Any]],
    *,
    supervision: bool = True,
    above: Sequence[Sequence[Any]] = (
        ("四川省成都市信用服务机构失信问题专项治理台账",),
        ("时间：2026年2月6日",),
    ),
    below: Sequence[Sequence[Any]] = (),
) -> Path:
    """Attachment 1 as an office sends it: lines are what stands behind the number."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in above:
        sheet.append(list(row))
    inner = ["重点约谈", "纠正行为履行义务", "信用承诺", "信用修复", *(["重点监管"] if supervision else [])]
    first = len(above) + 1
    sheet.append(
        [
            "序号",
            "治理对象",
            "统一社会信用代码",
            "失信记录数",
            "专项治理措施实施情况",
            *[None] * (len(inner) - 1),
            "是否退出台账",
            "备注",
        ]
    )
    sheet.append([None] * 4 + inner)
    sheet.merge_cells(start_row=first, end_row=first, start_column=5, end_column=4 + len(inner))
    for place in (1, 2, 3, 4, 5 + len(inner), 6 + len(inner)):
        sheet.merge_cells(start_row=first, end_row=first + 1, start_column=place, end_column=place)
    for number, line in enumerate(lines, 1):
        sheet.append([number, *line])
    for row in below:
        sheet.append(list(row))
    book.save(path)
    return path


def cells(path: Path) -> tuple[list[list[Any]], set[str]]:
    """All that can be read in a workbook of one sheet: every cell, and every merge."""
    sheet = load_workbook(path).active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    return rows, {str(merge) for merge in sheet.merged_cells.ranges}


def at(moment: str) -> datetime:
    """A moment in China."""
    return datetime.fromisoformat(moment).replace(tzinfo=clock.SHANGHAI)
