"""The rows of governance among the canaries: a record, a governed case and all that belongs to them."""

from __future__ import annotations

from datetime import date, timedelta

from credit_register.accounts.models import Account
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.core.files.models import StoredFile
from credit_register.credit_records.models import CreditRecord, RecordBatch, RecordRow
from credit_register.institutions.models import Institution
from credit_register.ledger.models import (
    LedgerCase,
    LedgerContact,
    LedgerMonth,
    LedgerRound,
    Measure,
    MeasureFile,
    PlatformBatch,
    PlatformRow,
)
from credit_register.ledger.months.sheet import made_sheet
from credit_register.repairs.models import RepairApplication, RepairFile

CANARY = "金丝雀"  # stands in every row of the other region; a foreign page that shows it has leaked
SECRET = "未定之事"  # stands in everything that is not decided; no public page may show it
OTHER_REGION = "510100"
# The rows of governance that have a version and a state.
GOVERNED = (CreditRecord, RecordBatch, LedgerCase, Measure, RepairApplication)


def governance_rows(institution: Institution, staff: Account, file: StoredFile) -> dict[str, object]:
    """Make the rows; gives what fills the arguments of their addresses."""
    batch = _batch(institution, staff, file)
    record = CreditRecord(
        kind="penalty",
        key=f"{CANARY}{SECRET}",
        state="withheld",
        uscc=institution.uscc,
        name=f"{CANARY}{SECRET}相对人",
        institution_id=institution.id,
        region_code=OTHER_REGION,
        document_number=f"{CANARY}{SECRET}文号",
        authority=f"{CANARY}{SECRET}机关",
        decided_on=today() - timedelta(days=30),
        degree="minor",
        conduct=f"{CANARY}{SECRET}行为",
        facts=f"{CANARY}{SECRET}事实",
        earliest_on=today() - timedelta(days=30),
        latest_on=today() + timedelta(days=60),
        batch=batch,
        confirmed_at=now(),
    )
    case = LedgerCase(
        round=LedgerRound(title="示例轮次", started_on=today()),  # the nation's, known to all
        subject="institution",
        institution_id=institution.id,
        uscc=institution.uscc,
        name=institution.name,
        region_code=OTHER_REGION,
        origin="opened",
        ground=f"{CANARY}{SECRET}纳入原因",
        remark=f"{CANARY}{SECRET}备注",
        prune_file_id=file.id,
        opened_on=today(),
        opened_by_id=staff.id,
    )
    measure = Measure(
        case=case,
        kind="order",
        planned_on=today(),
        office=f"{CANARY}{SECRET}单位",
        text=f"{CANARY}{SECRET}纠正要求",
        shown=True,
        response=f"{CANARY}{SECRET}报告",
        public_state="proposed",
        public_text=f"{CANARY}{SECRET}公示内容",
        public_until=today() + timedelta(days=365),
        public_proposed_by_id=staff.id,
        recorded_by_id=staff.id,
        recorded_at=now(),
        files=[MeasureFile(file_id=file.id, shown=True)],
    )
    application = RepairApplication(
        record=record,
        institution_id=institution.id,
        applied_on=today(),
        applied_to=f"{CANARY}{SECRET}平台",
        reference=f"{CANARY}{SECRET}",
        entered_by_id=staff.id,
        entered_at=now(),
        decision=f"{CANARY}{SECRET}决定",
        files=[RepairFile(file_id=file.id, paper="obligations")],
    )
    db.session.add_all([batch, record, measure, application])
    db.session.flush()
    month, exchange = _months()
    held = StoredFile(
        public_id="held-by-somebody-else",
        purpose="ledger_month_held",
        original_name="暂存.xlsx",
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        size=1,
        sha256="0" * 64,
        clean_size=1,
        clean_sha256="0" * 64,
        stored_at=now(),
        stored_by=staff.id,
    )
    db.session.add(held)
    db.session.flush()
    return {
        "record_batch_id": batch.id,
        "record_id": record.id,
        "case_id": case.id,
        "measure_id": measure.id,
        "month_id": month.id,
        "exchange_id": exchange.id,
        "held_id": held.public_id,
        "application_id": application.id,
    }


def _batch(institution: Institution, staff: Account, file: StoredFile) -> RecordBatch:
    return RecordBatch(
        kind="penalties",
        region_code=OTHER_REGION,
        file_id=file.id,
        file_name=f"{CANARY}{SECRET}.csv",
        sha256="0" * 64,
        summary={"rejected": 1, "errors": [{"row": 3, "column": "CF_WSH", "message": f"{CANARY}{SECRET}。"}]},
        received_at=now(),
        received_by_id=staff.id,
        received_by=f"{CANARY}人员",
        rows=[
            RecordRow(
                row_number=2,
                verdict="new",
                kind="penalty",
                key=f"{CANARY}{SECRET}键",
                uscc=institution.uscc,
                name=f"{CANARY}{SECRET}受罚者",
                known=True,
                content={"document_number": f"{CANARY}{SECRET}文号", "facts": f"{CANARY}{SECRET}事实"},
                digest="0" * 64,
                changes=f"{CANARY}{SECRET}变更",
            )
        ],
    )


def _months() -> tuple[LedgerMonth, PlatformBatch]:
    """A frozen month, a batch for the national platform, and the contact of an office."""
    sheet = made_sheet(OTHER_REGION, [[1, f"{CANARY}{SECRET}治理对象", *[None] * 9]], on=today())
    month = LedgerMonth(
        region_code=OTHER_REGION,
        month="2026-01",
        origin="closed",
        title=sheet.title,
        date_line=sheet.date_line,
        header=dict(sheet.header),
        rows=[list(row) for row in sheet.rows],
        figures={
            "on": "2026-02-05",
            "rows": 1,
            "pushed": 1,
            "opened": 0,
            "pruned": 0,
            "exited": 0,
            "rate": 0.0,
        },
        sha256=sheet.sha256,
        made_at=now(),
        made_by=f"{CANARY}人员",
    )
    exchange = PlatformBatch(
        region_code=OTHER_REGION,
        year=2026,
        serial=1,
        number=f"{CANARY}-2026-0001",
        since=today(),
        until=today(),
        sha256="0" * 64,
        made_at=now(),
        made_by=f"{CANARY}人员",
        rows=[
            PlatformRow(
                line=1,
                subject_kind="ledger_measure",
                subject_id=1,
                digest="0" * 64,
                status="rejected",
                error=f"{CANARY}{SECRET}错误",
                content={
                    "类别": "约谈",
                    "治理对象": f"{CANARY}{SECRET}对象",
                    "统一社会信用代码": "",
                    "行政区划代码": OTHER_REGION,
                    "日期": "2026-01-05",
                    "单位": f"{CANARY}单位",
                    "内容": "提示约谈",
                    "文号": "",
                },
            )
        ],
    )
    governance = LedgerRound(title="示例专项治理", started_on=date(2026, 1, 1))
    db.session.add_all([month, exchange, governance])
    db.session.flush()
    db.session.add(
        LedgerContact(
            round_id=governance.id,
            region_code=OTHER_REGION,
            office=f"{CANARY}{SECRET}单位",
            name=f"{CANARY}{SECRET}联系人",
            phone="028-12345678",
            set_at=now(),
            set_by=f"{CANARY}人员",
        )
    )
    db.session.flush()
    return month, exchange
