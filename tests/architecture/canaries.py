"""Rows that a foreigner must never reach: one of every kind, in another region, undecided, with a word that gives away a leak."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from credit_register.access.actor import OPERATOR
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.accounts.services import create_account
from credit_register.commitments.models import Commitment
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.core.files.models import StoredFile
from credit_register.institutions.models import ImportBatch, Institution
from credit_register.institutions.publishing import public_content
from credit_register.letters.models import Letter, LetterChase, LetterClue, LetterFile, LetterTemplate
from credit_register.notices.models import Notice
from credit_register.registrations.models import Registration
from credit_register.reports.models import Identity, ImpostorWarning, Message, Report, ReportFile
from credit_register.reports.outcomes.models import PublishedOutcome
from credit_register.reports.work_models import Extension, Inquiry, Note, SavedFilter, Surge, Tag
from credit_register.spotchecks.models import CheckFile, SpotCheck
from tests.architecture.governance_canaries import CANARY, GOVERNED, OTHER_REGION, SECRET, governance_rows
from tests.core.codes import uscc
from tests.factories import make_institution, make_product

PASSWORD = "Sweep-of-2026!"

# Arguments that lead to a row with an owner: a foreigner gets 403 or 404 for them, nothing else.
ROW_ARGUMENTS = {
    "institution_id",
    "product_id",
    "batch_id",
    "record_batch_id",
    "account_id",
    "registration_id",
    "commitment_id",
    "report_id",
    "warning_id",
    "outcome_id",
    "check_id",
    "letter_id",
    "record_id",
    "case_id",
    "measure_id",
    "template_id",
    "file_id",
    "notice_id",
    "inquiry_id",
    "extension_id",
    "filter_id",
    "month_id",
    "exchange_id",
    "held_id",
    "application_id",
}


def rows_of_another_region() -> dict[str, object]:
    """Make the rows and commit; gives what fills the arguments of addresses."""
    institution = make_institution(name=f"成都示例{CANARY}信用管理有限公司", region_code=OTHER_REGION)
    product = make_product(institution, name=f"{CANARY}服务")
    staff = _account("officer@example.cn", Role.LOCAL, region=OTHER_REGION)
    agent = _account("agent@example.cn", Role.AGENT, code=institution.uscc)
    applicant = _account("new@example.cn", Role.AGENT, code=uscc(division="510100", serial=565656))
    file = StoredFile(
        public_id="canary",
        purpose="import",
        original_name=f"{CANARY}{SECRET}.csv",
        media_type="text/csv",
        size=1,
        sha256="0" * 64,
        clean_size=1,
        clean_sha256="0" * 64,
        stored_at=now(),
    )
    db.session.add(file)
    db.session.flush()
    batch = ImportBatch(
        kind="institutions",
        state="previewed",
        region_code=OTHER_REGION,
        account_id=staff.id,
        account_name="甲",
        sha256="0" * 64,
        file_id=file.id,
        file_name=f"{CANARY}{SECRET}.csv",
        created_at=now(),
        summary={},
    )
    registration = Registration(
        account_id=applicant.id,
        state="submitted",
        uscc=applicant.uscc or "",
        name=f"成都示例{CANARY}{SECRET}新公司",
        region_code=OTHER_REGION,
        office_region=OTHER_REGION,
        categories=["06"],
        licence_file_id=file.id,
        created_at=now(),
        saved_at=now(),
        sent_at=now(),
    )
    commitment = Commitment(
        institution_id=institution.id,
        template_version="2026-1",
        facts={},
        text=f"{CANARY}{SECRET}承诺",
        sha256="0" * 64,
        created_at=now(),
    )
    report = Report(
        kind="report",
        matter="impersonation",
        region_code=OTHER_REGION,
        subject_uscc=institution.uscc,
        subject_name=f"{CANARY}{SECRET}被举报者",
        institution_id=institution.id,
        facts=f"{CANARY}{SECRET}事实",
        anonymous=False,
        receipt_hash="1" * 64,
        content_hash="2" * 64,
        received_at=now(),
    )
    warning = ImpostorWarning(
        region_code=OTHER_REGION,
        pretender=f"{CANARY}{SECRET}冒名者",
        conduct=f"{CANARY}{SECRET}行为",
        reason=f"{CANARY}{SECRET}理由",
        ends_on=today() + timedelta(days=365),
        proposed_by_id=staff.id,
        proposed_at=now(),
    )
    check = SpotCheck(
        institution_id=institution.id,
        region_code=OTHER_REGION,
        matter="fees",
        declared=f"{CANARY}{SECRET}公示",
        snapshot=public_content(institution),
        snapshot_number=1,
        found=f"{CANARY}{SECRET}发现",
        opened_by_id=staff.id,
        opened_at=now(),
    )
    letter = Letter(
        kind="impersonation",
        region_code=OTHER_REGION,
        addressee=f"{CANARY}{SECRET}局",
        title=f"{CANARY}{SECRET}标题",
        body=f"{CANARY}{SECRET}正文",
        office=f"{CANARY}{SECRET}单位",
        drafted_by_id=staff.id,
        drafted_at=now(),
        clues=[
            LetterClue(
                name=f"{CANARY}{SECRET}治理对象",
                uscc=institution.uscc,
                description=f"{CANARY}{SECRET}线索",
                source_kind="report",
                source_id=1,
            )
        ],
    )
    notice = Notice(account_id=agent.id, at=now(), title=f"{CANARY}{SECRET}消息")
    template = LetterTemplate(
        region_code=OTHER_REGION,
        kind="impersonation",
        part="layout",
        number=1,
        file_id=file.id,
        reason=f"{CANARY}{SECRET}版式",
        made_at=now(),
        made_by_id=staff.id,
        made_by=f"{CANARY}人员",
    )
    db.session.add_all([batch, registration, commitment, report, warning, check, letter, template, notice])
    db.session.flush()
    outcome = PublishedOutcome(
        report_id=report.id,
        institution_id=institution.id,
        region_code=OTHER_REGION,
        kind="report",
        matter="breach",
        verdict="upheld",
        found=f"{CANARY}{SECRET}查明",
        measure=f"{CANARY}{SECRET}措施",
        reply=f"{CANARY}{SECRET}答复",
        replied_at=now(),
        decided_at=now(),
        working_days=3,
        ends_on=today() + timedelta(days=365),
        proposed_by_id=staff.id,
        proposed_at=now(),
    )
    db.session.add(outcome)
    inquiry = Inquiry(
        report_id=report.id,
        institution_id=institution.id,
        question=f"{CANARY}{SECRET}问题",
        asked_at=now(),
        asked_by_id=staff.id,
        due_on=today() + timedelta(days=7),
    )
    extension = Extension(
        report_id=report.id,
        requested_by_id=staff.id,
        requested_at=now(),
        days=5,
        reason=f"{CANARY}{SECRET}延期",
    )
    note = Note(
        report_id=report.id,
        at=now(),
        account_id=staff.id,
        region_code=OTHER_REGION,
        text=f"{CANARY}{SECRET}备注",
    )
    surge = Surge(
        region_code=OTHER_REGION,
        subject_key=institution.uscc,
        subject_name=f"{CANARY}{SECRET}集中反映",
        week=today(),
        count=5,
        raised_at=now(),
    )
    tag = Tag(report_id=report.id, word=f"{CANARY}{SECRET}")
    kept = SavedFilter(account_id=staff.id, name=f"{CANARY}{SECRET}条件", query="kind=report")
    db.session.add_all([inquiry, extension, note, surge, tag, kept])
    db.session.flush()
    governance = governance_rows(institution, staff, file)
    db.session.add_all(
        [
            Identity(report_id=report.id, name=f"{CANARY}{SECRET}举报人", phone="13800000000"),
            Message(report_id=report.id, at=now(), author="reporter", text=f"{CANARY}{SECRET}留言"),
            ReportFile(report_id=report.id, file_id=file.id),
            CheckFile(check_id=check.id, file_id=file.id, side="office"),
            LetterFile(letter_id=letter.id, file_id=file.id, role="answer"),
            LetterChase(
                letter_id=letter.id,
                means="phone",
                chased_on=today(),
                text=f"{CANARY}{SECRET}催办",
                chased_by_id=staff.id,
                recorded_at=now(),
            ),
        ]
    )
    db.session.commit()
    return {
        "institution_id": institution.id,
        "product_id": product.id,
        "batch_id": batch.id,
        "account_id": staff.id,
        "registration_id": registration.id,
        "commitment_id": commitment.id,
        "report_id": report.id,
        "warning_id": warning.id,
        "outcome_id": outcome.id,
        "public_id": outcome.public_id,
        "check_id": check.id,
        "letter_id": letter.id,
        "template_id": template.id,
        **governance,
        "file_id": file.id,
        "notice_id": notice.id,
        "inquiry_id": inquiry.id,
        "extension_id": extension.id,
        "filter_id": kept.id,
        "uscc": institution.uscc,
        "commitment_number": "2026-510100-000001",
        "number": 1,
        "setting_name": "publication_rules_by",
        "year": 2026,
    }


def state_of_rows() -> list[tuple[object, ...]]:
    """Version and state of every row with an owner: the same before and after a foreigner's visit."""
    db.session.expire_all()
    moved = [
        (row.version, row.state)
        for kind in (
            Registration,
            Commitment,
            Report,
            ImpostorWarning,
            PublishedOutcome,
            SpotCheck,
            Letter,
            ImportBatch,
            *GOVERNED,
        )
        for row in db.session.scalars(select(kind).order_by(kind.id))
    ]
    entry = db.session.scalars(select(Institution).where(Institution.name.contains(CANARY))).one()
    read = db.session.scalars(select(Notice.read_at)).all()
    talk = db.session.scalars(select(Message.text)).all()
    chased = db.session.scalars(select(LetterChase.text)).all()
    return [(entry.version, entry.status, len(entry.products)), *moved, (*read, *talk, *chased)]


def _account(email: str, role: Role, *, region: str | None = None, code: str | None = None) -> Account:
    return create_account(
        email=email,
        name=f"{CANARY}人员",
        role=role,
        password=PASSWORD,
        region=region,
        uscc_code=code,
        actor=OPERATOR,
        now=now(),
        sample=True,
    ).account
