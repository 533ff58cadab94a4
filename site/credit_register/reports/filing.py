"""Taking a report in: the rules, the receipt, the rows and the deadlines, in one transaction."""

from __future__ import annotations

import fcntl
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import BinaryIO, Final

import structlog
from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from credit_register.access.actor import CITIZEN, Actor
from credit_register.audit import services as audit
from credit_register.core.calendar.queries import load_calendar
from credit_register.core.clock import local_date
from credit_register.core.database import begin_writing, db
from credit_register.core.deadlines.models import Deadline
from credit_register.core.deadlines.queries import UnknownRule
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import first_deadline
from credit_register.core.encryption import keyed_hash
from credit_register.core.files import StoredFile
from credit_register.core.uscc import LENGTH as CODE_LENGTH
from credit_register.core.uscc import check as check_code
from credit_register.institutions.models import Institution
from credit_register.reports import attachments, filing_proofs, receipts
from credit_register.reports.disputable import Line, line_of
from credit_register.reports.lifecycle import KIND
from credit_register.reports.models import FilingProof, Identity, Kind, Matter, Report, ReportFile
from credit_register.reports.redaction import NOBODY, Reporter, redact
from credit_register.reports.routing import Subject, find_subject, region_for

_FEWEST_PHONE_DIGITS: Final = 5  # a hotline has five
_ONE_WRITER: Final = Lock()
LOCK: Final = "filing.lock"  # in the instance folder
_DEADLINES: Final = {
    Kind.REPORT: (Rule.REPORT_ACCEPTANCE,),
    Kind.QUESTION: (Rule.REPORT_ACCEPTANCE,),
    Kind.OBJECTION: (Rule.OBJECTION_MARK, Rule.OBJECTION_DECISION_SELF),
}


class FilingRefused(Exception):
    """The report cannot be taken as it is; `problems` has a sentence for each field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("；".join(problems.values()))
        self.problems = dict(problems)


class FormUsedBefore(Exception):
    """A report with other content was filed with this form's key."""

    def __init__(self) -> None:
        super().__init__(
            "这份表单已经提交过，内容不同。如果只是想补充，请用上次的回执码到“查询进度”页留言；"
            "确实要另交一份，请再按一次“提交”。"
        )


@dataclass(frozen=True)
class Submission:
    """What a citizen sends, with each text put into one form and of a length that the table takes."""

    kind: Kind
    matter: Matter
    subject_uscc: str
    subject_name: str
    facts: str
    anonymous: bool
    contact_name: str = ""
    contact_phone: str = ""
    contact_address: str = ""  # for a written answer; may be empty
    # What an impostor left behind: address on the web, telephone, account of a messenger, number of a contract.
    subject_site: str = ""
    subject_phone: str = ""
    subject_account: str = ""
    subject_contract: str = ""
    disputed_key: str = ""  # the published line that is doubted (disputable.py); unknown ones are let go
    region: str = ""  # what the citizen chose; empty for "I do not know"
    uploads: tuple[tuple[BinaryIO, str], ...] = ()
    proof: bool = True  # whether the citizen wants a signed proof of filing
    held: tuple[attachments.HeldFile, ...] = ()  # came with an earlier sending of the same form

    @property
    def reporter(self) -> Reporter:
        """Who must not be found in what others read."""
        if self.anonymous:
            return NOBODY
        return Reporter(self.contact_name, self.contact_phone, self.contact_address)


def problems(submission: Submission, actor: Actor | None) -> dict[str, str]:
    """What the citizen must change, by field; `actor` is who is signed in."""
    return _problems(submission, _represents(actor, submission, _subject(submission)))


def is_own_objection(submission: Submission, actor: Actor | None) -> bool:
    """Whether this would be the objection of the institution itself, which leaves no contact details."""
    return _represents(actor, submission, _subject(submission))


def office_of(submission: Submission) -> str:
    """The region whose office would handle this."""
    return region_for(_subject(submission), submission.subject_uscc, submission.region)


def disputed_line(submission: Submission) -> Line | None:
    """The published line that this would doubt or object to, as it reads now."""
    return _disputed(submission, _subject(submission))


def file_report(submission: Submission, *, idempotency_key: str, actor: Actor | None, now: datetime) -> str:
    """Take a report in and give its receipt; the same form sent again gives the same receipt and no second report.

    `actor` is who is signed in; only an institution's objection remembers it. Raises FilingRefused,
    FilesRefused, FormUsedBefore, or a FileError of the store. Within a request that began with `read_first`
    nothing is locked while files are cleaned.
    """
    subject = _subject(submission)
    represents = _represents(actor, submission, subject)
    found = _problems(submission, represents)
    if found:
        raise FilingRefused(found)
    looked_at = attachments.examine(submission.uploads, already=len(submission.held))
    key = idempotency_key or secrets.token_hex(16)
    key_hash = receipts.key_hash(key)
    # A held file counts as one that was chosen again: the same form is the same report however it came.
    files_sent = [*(file.sha256 for file in submission.held), *(file.sha256 for file in looked_at)]
    content = _content_hash(submission, files_sent)
    receipt = receipts.derive(key, content)
    if _filed_before(key_hash, content):
        return receipt
    line = _disputed(submission, subject)
    report = Report(
        kind=submission.kind.value,
        matter=submission.matter.value,
        region_code=region_for(subject, submission.subject_uscc, submission.region),
        subject_uscc=submission.subject_uscc,
        subject_name=submission.subject_name,
        subject_site=redact(submission.subject_site, submission.reporter),
        subject_phone=redact(submission.subject_phone, submission.reporter),
        subject_account=redact(submission.subject_account, submission.reporter),
        subject_contract=redact(submission.subject_contract, submission.reporter),
        disputed_key=line.key if line else "",
        disputed_text=line.words if line else "",
        institution_id=subject.institution_id if subject else None,
        facts=redact(submission.facts, submission.reporter),
        anonymous=submission.anonymous and not represents,
        objector_id=actor.account_id if actor and represents else None,
        receipt_hash=receipts.receipt_hash(receipt),
        idempotency_hash=key_hash,
        content_hash=content,
        received_at=now,
    )
    deadlines = _first_deadlines(submission.kind, now=now)
    proof = filing_proofs.proof_of(report, submission, files=files_sent, now=now)
    files = attachments.store(looked_at, after=len(submission.held), now=now)
    begin_writing()
    db.session.rollback()  # outside a request, too: who waits for its turn holds no lock
    try:
        with _turn():
            _write(report, submission, files, [*deadlines, *([proof] if proof else [])], now=now)
            db.session.commit()
    except IntegrityError:
        # Another process was faster with the same form; whatever else it was goes on as an error.
        db.session.rollback()
        if not _filed_before(key_hash, content):
            raise
    return receipt


@contextmanager
def _turn() -> Iterator[None]:
    """One writer at a time among all threads and processes, where the database takes only one anyway.

    SQLite lets those who wait try again after growing pauses: among many some would wait for seconds. A file
    lock wakes the next one at once.
    """
    if db.engine.dialect.name != "sqlite":
        yield
        return
    with _ONE_WRITER, (current_app.extensions["settings"].instance_path / LOCK).open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _first_deadlines(kind: Kind, *, now: datetime) -> list[Deadline]:
    """What runs from the first day, for a report that has no number yet."""
    calendar = load_calendar()
    found = []
    for rule in _DEADLINES[kind]:
        try:
            found.append(first_deadline(KIND, rule, started_on=local_date(now), calendar=calendar))
        except UnknownRule:
            # A gap in the office's table of rules must not turn a citizen away.
            structlog.get_logger("reports").error("no deadline rule in force", rule=rule.value)
    return found


def _write(
    report: Report,
    submission: Submission,
    files: Sequence[StoredFile],
    parts: Sequence[Deadline | FilingProof],
    *,
    now: datetime,
) -> None:
    """Everything that must be written while others wait; what could be made before was."""
    db.session.add(report)
    db.session.flush()  # who filed the same form a moment earlier has its held files too; this tells first
    report.files = [ReportFile(file=file) for file in (*attachments.take(submission.held), *files)]
    if not submission.anonymous and submission.contact_name:
        db.session.add(
            Identity(
                report_id=report.id,
                name=submission.contact_name,
                phone=submission.contact_phone,
                address=submission.contact_address or None,
                facts=submission.facts if report.facts != submission.facts else None,
            )
        )
    for part in parts:
        if isinstance(part, Deadline):
            part.subject_id = report.id
        else:
            part.report_id = report.id
        db.session.add(part)
    audit.record(
        f"{KIND}.receive",
        actor=CITIZEN,
        at=now,
        subject_kind=KIND,
        subject_id=report.id,
        region=report.region_code,
        detail={"kind": report.kind},
    )


def _subject(submission: Submission) -> Subject | None:
    return find_subject(submission.subject_uscc, submission.subject_name)


def _disputed(submission: Submission, subject: Subject | None) -> Line | None:
    """The published line that is doubted or objected to, as it reads now."""
    if subject is None or not submission.disputed_key or submission.kind is Kind.REPORT:
        return None
    return line_of(db.session.get_one(Institution, subject.institution_id), submission.disputed_key)


def _represents(actor: Actor | None, submission: Submission, subject: Subject | None) -> bool:
    """Whether an institution itself objects: its confirmed person is signed in. Reports never look at that."""
    code = submission.subject_uscc or (subject.uscc if subject else "")
    return submission.kind is Kind.OBJECTION and actor is not None and actor.acts_for(code)


def _problems(submission: Submission, represents: bool) -> dict[str, str]:
    found = {}
    code, name = submission.subject_uscc, submission.subject_name
    if not code and not name:
        found["subject_name"] = (
            "请填写对方的名称或统一社会信用代码，至少填一项；不知道全称，写知道的部分也可以。"
        )
    if len(code) > CODE_LENGTH:
        found["subject_uscc"] = (
            f"统一社会信用代码共 {CODE_LENGTH} 位，现为 {len(code)} 位。请核对；"
            "如果对方给的就是这样，请把它写进事实经过，这里留空并填写名称。"
        )
    elif code and not name and (wrong := check_code(code).message):
        found["subject_uscc"] = f"{wrong}如果对方给的就是这个代码，请同时填写名称，我们会照原样收下。"
    if represents:
        return found
    if submission.kind is Kind.OBJECTION and submission.anonymous:
        found["anonymous"] = (
            "异议需要核对身份，不能匿名。请选择“实名”并填写联系人和电话；"
            "机构也可以由已确认的人员登录后提出，不必另填。"
        )
    elif not submission.anonymous:
        if not submission.contact_name:
            found["contact_name"] = "实名须填写联系人姓名；不想留姓名，请选择“匿名”。"
        if not submission.contact_phone:
            found["contact_phone"] = "实名须填写联系电话；不想留电话，请选择“匿名”。"
        elif sum(character.isdigit() for character in submission.contact_phone) < _FEWEST_PHONE_DIGITS:
            found["contact_phone"] = "这个号码不完整，请填写手机号，或带区号的座机号。"
    if submission.kind is Kind.OBJECTION and ("contact_name" in found or "contact_phone" in found):
        found["anonymous"] = "异议须留下联系人和电话，或由机构已确认的人员登录后提出。"
    return found


def _content_hash(submission: Submission, files: Sequence[str]) -> str:
    """Keyed, because it covers a name and a telephone number that could otherwise be found by trying."""
    content = [
        submission.kind,
        submission.matter,
        submission.subject_uscc,
        submission.subject_name,
        submission.facts,
        submission.anonymous,
        submission.contact_name,
        submission.contact_phone,
        submission.contact_address,
        submission.subject_site,
        submission.subject_phone,
        submission.subject_account,
        submission.subject_contract,
        submission.disputed_key,
        submission.region,
        files,
    ]
    return keyed_hash("report content", json.dumps(content))


def _filed_before(key_hash: str, content: str) -> bool:
    """Whether this form was filed already; raises FormUsedBefore when that was with other content."""
    before = db.session.scalar(select(Report.content_hash).where(Report.idempotency_hash == key_hash))
    if before is not None and before != content:
        raise FormUsedBefore
    return before is not None
