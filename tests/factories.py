"""Valid rows of the register for tests, published as real ones are: with version, public event and outbox."""

from __future__ import annotations

import itertools
import secrets
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from credit_register.access.actor import OPERATOR, Actor
from credit_register.accounts.models import Account
from credit_register.commitments.models import Commitment
from credit_register.commitments.models import State as CommitmentState
from credit_register.commitments.wording import digest, present_facts, render, wording_for
from credit_register.core import clock
from credit_register.core.database import db
from credit_register.core.deadlines.models import DeadlineRule
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import seed_rules, start_deadline
from credit_register.core.files import StoredFile
from credit_register.credit_records.lifecycle import CREDIT_RECORD
from credit_register.credit_records.models import BatchKind, BatchState, CreditRecord, RecordBatch, RecordKind
from credit_register.credit_records.publication import settle_record
from credit_register.institutions.models import Institution, InstitutionCategory, ServiceProduct
from credit_register.institutions.publishing import public_content, publish
from credit_register.ledger.models import CaseState as LedgerCaseState
from credit_register.ledger.models import LedgerCase, LedgerRound, Subject
from credit_register.letters.models import Kind as LetterKind
from credit_register.letters.models import Letter, LetterClue
from credit_register.letters.models import State as LetterState
from credit_register.letters.wording import number_text, wording_of
from credit_register.registrations.models import Registration
from credit_register.reports.models import (
    Identity,
    ImpostorWarning,
    Kind,
    Message,
    Report,
    ReportFile,
    State,
    WarningState,
)
from credit_register.reports.outcomes.models import OutcomeState, PublishedOutcome
from credit_register.spotchecks.declared import declared_in_words
from credit_register.spotchecks.models import Matter as CheckMatter
from credit_register.spotchecks.models import SpotCheck, Verdict
from credit_register.spotchecks.models import State as CheckState
from search_index import derive_short_name
from tests.core.codes import uscc

_serials = itertools.count(1)


def make_institution(
    *, categories: tuple[str | InstitutionCategory, ...] = ("06",), actor: Actor = OPERATOR, **overrides: Any
) -> Institution:
    """A registered institution, committed; categories by code or as rows."""
    serial = next(_serials)
    today = clock.today()
    region = str(overrides.get("region_code", "510100"))
    values: dict[str, Any] = {
        "uscc": uscc(division=region, serial=serial),
        "name": f"成都示例{serial}号信用管理有限公司",
        "former_names": [],
        "legal_representative": "李示例",
        "founded_on": date(2012, 5, 4),
        "region_code": region,
        "address": f"四川省成都市示例路{serial}号",
        "phone": "028-12345678",
        "website": "https://agency.example.cn",
        "chief_supervisor": "",
        "introduction": "",
        "status_since": today,
        "registered_on": today,
        "published_at": clock.now(),
        **overrides,
    }
    values.setdefault("short_name", derive_short_name(values["name"]))
    institution = Institution(**values)
    institution.categories = [
        InstitutionCategory(code=category) if isinstance(category, str) else category
        for category in categories
    ]
    db.session.add(institution)
    return republish(institution, reason="登记", actor=actor)


def make_product(institution: Institution, **overrides: Any) -> ServiceProduct:
    """A product of an institution at 200 yuan a report; amounts may be given as text."""
    values: dict[str, Any] = {
        "name": "企业信用报告",
        "category": institution.categories[0].code if institution.categories else "06",
        "basis": "per_report",
        "fee_low": "200",
        "unit": "元/份",
        "included": "",
        **overrides,
    }
    if values["basis"] == "negotiable":
        values |= {"fee_low": None, "fee_high": None, "unit": ""}
    else:
        values["fee_low"] = Decimal(values["fee_low"])
        values["fee_high"] = Decimal(values.get("fee_high", values["fee_low"]))
    product = ServiceProduct(**values)
    institution.products.append(product)
    republish(institution, reason="服务产品")
    return product


def republish(institution: Institution, *, reason: str = "更正", actor: Actor = OPERATOR) -> Institution:
    """Publish what was changed on a row, and commit."""
    publish([institution], actor=actor, reason=reason, now=clock.now())
    db.session.commit()
    return institution


def make_report(
    *,
    named: bool = False,
    files: tuple[StoredFile, ...] = (),
    messages: tuple[str, ...] = (),
    **overrides: Any,
) -> Report:
    """A report in any state with the deadlines that then run, committed; `named` stores an encrypted identity."""
    if not db.session.scalar(select(DeadlineRule.id).limit(1)):
        seed_rules()
    state = State(overrides.get("state", State.RECEIVED))
    kind = Kind(overrides.get("kind", Kind.REPORT))
    received_at = overrides.get("received_at", clock.now())
    decided = state in (State.DECIDED, State.ANSWERED, State.CLOSED)
    values: dict[str, Any] = {
        "kind": kind.value,
        "region_code": "510100",
        "subject_name": "" if overrides.get("subject_uscc") else f"示例被举报机构{next(_serials)}",
        "facts": "公示的收费标准与实际收费不一致，请核查。",
        "anonymous": not named,
        "receipt_hash": secrets.token_hex(32),
        "content_hash": secrets.token_hex(32),
        "received_at": received_at,
        "outcome": "upheld" if decided else None,
        "decision": "经核查，情况属实。" if decided else "",
        "decided_at": received_at if decided else None,
        "closed_at": received_at if state in (State.CLOSED, State.REFUSED) else None,
        **overrides,
    }
    report = Report(**values)
    report.files = [ReportFile(file=file) for file in files]
    report.messages = [Message(at=received_at, author="reporter", text=text) for text in messages]
    db.session.add(report)
    db.session.flush()
    if named:
        db.session.add(Identity(report_id=report.id, name="王示例", phone="13800000000"))
    for rule in _running(kind, state):
        start_deadline(
            subject_kind="report",
            subject_id=report.id,
            rule=rule,
            started_on=clock.local_date(received_at),
        )
    db.session.commit()
    return report


def _running(kind: Kind, state: State) -> tuple[Rule, ...]:
    """What runs for a report in a state."""
    objection = kind is Kind.OBJECTION
    if state is State.RECEIVED:
        return (Rule.OBJECTION_MARK, Rule.OBJECTION_DECISION_SELF) if objection else (Rule.REPORT_ACCEPTANCE,)
    if state in (State.INVESTIGATING, State.AWAITING_REPORTER):
        return (Rule.OBJECTION_DECISION_SELF if objection else Rule.REPORT_INVESTIGATION,)
    return (Rule.REPORT_NAMED_ANSWER,) if state is State.DECIDED else ()


def make_warning(*, proposed_by_id: int, **overrides: Any) -> ImpostorWarning:
    """A warning of an impostor, proposed unless the state says otherwise, committed."""
    today = clock.today()
    serial = next(_serials)
    state = WarningState(overrides.get("state", WarningState.PROPOSED))
    published = state not in (WarningState.PROPOSED, WarningState.REJECTED)
    values: dict[str, Any] = {
        "region_code": "510100",
        "pretender": f"示例冒名团队{serial}",
        "imitated_name": "成都示例被冒用信用管理有限公司",
        "conduct": "自称受该机构委托，向企业收取“征信修复费”。",
        "reason": "经向被冒用机构核实，双方没有任何委托关系。",
        "ends_on": today + timedelta(days=365),
        "proposed_by_id": proposed_by_id,
        "proposed_at": clock.now(),
        "published_on": today if published else None,
        **overrides,
    }
    warning = ImpostorWarning(**values)
    db.session.add(warning)
    db.session.commit()
    return warning


def make_outcome(
    report: Report, *, proposed_by_id: int, confirmed_by_id: int | None = None, **overrides: Any
) -> PublishedOutcome:
    """The result of an upheld report, proposed unless the state says otherwise, committed; with its period."""
    today = clock.today()
    state = OutcomeState(overrides.get("state", OutcomeState.PROPOSED))
    published = state not in (OutcomeState.PROPOSED, OutcomeState.REJECTED)
    values: dict[str, Any] = {
        "report_id": report.id,
        "institution_id": report.institution_id,
        "region_code": report.region_code,
        "kind": report.kind,
        "matter": report.matter,
        "verdict": report.outcome,
        "found": f"经查，在公示的收费之外另收加急费（示例 {next(_serials)}）。",
        "measure": "责令退还多收的费用，按公示标准收费。",
        "decided_at": report.decided_at,
        "working_days": 7,
        "ends_on": today + timedelta(days=365),
        "proposed_by_id": proposed_by_id,
        "confirmed_by_id": confirmed_by_id,
        "proposed_at": clock.now(),
        "published_on": today if published else None,
        **overrides,
    }
    outcome = PublishedOutcome(**values)
    db.session.add(outcome)
    db.session.flush()
    if state is OutcomeState.PROPOSED:
        seed_rules()
        start_deadline(
            subject_kind="published_outcome",
            subject_id=outcome.id,
            rule=Rule.OUTCOME_REPLY,
            started_on=clock.local_date(outcome.proposed_at),
        )
    db.session.commit()
    return outcome


def make_commitment(institution: Institution, **overrides: Any) -> Commitment:
    """A commitment of an institution, a draft unless the state says otherwise, committed; without signatures.

    One in force is noted in the register too. The rules must be there: they are added where they are missing.
    """
    seed_rules()
    today = clock.today()
    state = CommitmentState(overrides.get("state", CommitmentState.DRAFT))
    public = state not in (CommitmentState.DRAFT, CommitmentState.HALF_SIGNED, CommitmentState.DISCARDED)
    wording, facts = wording_for(today), present_facts(institution, on=today)
    text = overrides.get("text", render(wording, facts))
    values: dict[str, Any] = {
        "institution_id": institution.id,
        "template_version": wording.version,
        "facts": facts,
        "text": text,
        "sha256": digest(text),
        "created_at": clock.now(),
        **overrides,
    }
    if public:
        number = f"{today.year}-{institution.region_code}-{next(_serials):06}"
        for name, value in {
            "number": number,
            "published_on": today,
            "valid_until": today + timedelta(days=365),
        }.items():
            values.setdefault(name, value)
    commitment = Commitment(**values)
    db.session.add(commitment)
    if state is CommitmentState.PUBLISHED:
        institution.committed, institution.committed_on = True, values["published_on"]
        republish(institution, reason="信用承诺书开始公示")
    db.session.commit()
    return commitment


def make_check(
    institution: Institution, *, opened_by_id: int, confirmed_by_id: int | None = None, **overrides: Any
) -> SpotCheck:
    """A check of what the institution has published, open unless the state says otherwise, committed.

    A decided one finds no fault, or a falsehood where somebody confirmed it.
    """
    state = CheckState(overrides.get("state", CheckState.OPEN))
    decided = state not in (CheckState.OPEN, CheckState.CANCELLED)
    public = decided and state is not CheckState.PROPOSED
    adverse = state is CheckState.PROPOSED or confirmed_by_id is not None
    matter = CheckMatter(overrides.get("matter", CheckMatter.FEES))
    verdict = Verdict.FALSEHOOD if adverse else Verdict.NO_PROBLEM
    content = public_content(institution)
    values: dict[str, Any] = {
        "institution_id": institution.id,
        "region_code": institution.region_code,
        "state": state.value,
        "matter": matter.value,
        "declared": declared_in_words(content, matter),
        "snapshot": content,
        "snapshot_number": 1,
        "found": "网站标价与公示的收费标准逐项核对。" if decided else "",
        "verdict": verdict.value if decided else None,
        "finding": f"示例核查结论第{next(_serials)}号：逐项核对的结果。" if decided else "",
        "opened_by_id": opened_by_id,
        "opened_at": clock.now(),
        "concluded_by_id": opened_by_id if decided else None,
        "concluded_at": clock.now() if decided else None,
        "confirmed_by_id": confirmed_by_id,
        "published_on": clock.today() if public else None,
        "corrected_on": clock.today() if state is CheckState.CORRECTED else None,
        "withdrawn_on": clock.today() if state is CheckState.WITHDRAWN else None,
        **overrides,
    }
    check = SpotCheck(**values)
    db.session.add(check)
    db.session.commit()
    return check


def make_letter(
    *, drafted_by_id: int, issued_by_id: int | None = None, clues: int = 1, **overrides: Any
) -> Letter:
    """A letter, a draft unless the state says otherwise, committed; what was issued needs two persons.

    One that was delivered today has its period. The rules must be there: they are added where they are missing.
    """
    seed_rules()
    state = LetterState(overrides.get("state", LetterState.DRAFT))
    kind = LetterKind(overrides.get("kind", LetterKind.IMPERSONATION))
    today, serial = clock.today(), next(_serials)
    region = str(overrides.get("region_code", "510100"))
    issued = state in (LetterState.ISSUED, LetterState.DELIVERED, LetterState.ANSWERED)
    delivered = state in (LetterState.DELIVERED, LetterState.ANSWERED)
    answered = state is LetterState.ANSWERED
    values: dict[str, Any] = {
        "kind": kind.value,
        "region_code": region,
        "addressee": "成都市示例监管局",
        "title": wording_of(kind).title,
        "body": wording_of(kind).body,
        "office": "成都市示例信用主管部门",
        "contact_name": "王示例",
        "contact_phone": "028-12345678",
        "number": number_text(kind, region, today.year, 9000 + serial) if issued else None,
        "drafted_by_id": drafted_by_id,
        "drafted_at": clock.now(),
        "submitted_by_id": drafted_by_id if issued or state is LetterState.AWAITING_ISSUE else None,
        "issued_by_id": issued_by_id,
        "issued_on": today if issued else None,
        "delivery": "exchange" if delivered else None,
        "delivered_on": today if delivered else None,
        "answered_on": today if answered else None,
        "result": "handled" if answered else None,
        "answer": "已依法查处。" if answered else "",
        **overrides,
    }
    letter = Letter(**values)
    letter.clues = [
        LetterClue(
            name=f"示例冒名主体{serial}之{number}",
            description="自称受信用服务机构委托，收取“征信修复费”。",
            result=values["result"],
            answered_on=values["answered_on"],
        )
        for number in range(1, clues + 1)
    ]
    db.session.add(letter)
    db.session.flush()
    if state is LetterState.DELIVERED:
        start_deadline(
            subject_kind="letter",
            subject_id=letter.id,
            rule=Rule.LETTER_FEEDBACK,
            started_on=values["delivered_on"],
        )
    db.session.commit()
    return letter


def make_batch(**overrides: Any) -> RecordBatch:
    """A batch of penalties that the operator's command brought, not confirmed unless the state says so, committed."""
    serial = next(_serials)
    kind = BatchKind(overrides.get("kind", BatchKind.PENALTIES))
    decided = BatchState(overrides.get("state", BatchState.RECEIVED)) is not BatchState.RECEIVED
    values: dict[str, Any] = {
        "kind": kind.value,
        "region_code": "510000",
        "file": _file("record_list", f"示例清单{serial}.csv", "text/csv"),
        "file_name": f"示例清单{serial}.csv",
        "sha256": f"{serial:064x}",
        "summary": {},
        "received_at": clock.now(),
        "received_by": "系统运维",
        "decided_at": clock.now() if decided else None,
        **overrides,
    }
    batch = RecordBatch(**values)
    db.session.add(batch)
    db.session.commit()
    return batch


_BATCH_OF = {
    RecordKind.PENALTY: BatchKind.PENALTIES,
    RecordKind.SEVERE: BatchKind.SEVERE_LIST,
}


def make_record(
    institution: Institution | None = None, *, settle: bool = True, **overrides: Any
) -> CreditRecord:
    """A record settled by the rules as when its batch is confirmed, committed: public where they let it be.

    Without an institution it is kept unmatched. A `state` that it has left for is written as it is given; with
    `settle=False` nothing is counted. The rules must be there: they are added where they are missing.
    """
    seed_rules()
    serial, today = next(_serials), clock.today()
    kind = RecordKind(overrides.get("kind", RecordKind.PENALTY))
    wanted = overrides.pop("state", None)
    left = wanted is not None and wanted not in ("published", "withheld")
    region = institution.region_code if institution else str(overrides.get("region_code", "510100"))
    number = f"川示例罚〔2026〕{serial}号"
    code = institution.uscc if institution else uscc(division=region, serial=serial)
    values: dict[str, Any] = {
        "kind": kind.value,
        "key": f"{number}|115101000000000000|{overrides.get('uscc', code)}",
        "state": CREDIT_RECORD.initial.value,
        "uscc": code,
        "name": institution.name if institution else f"示例未登记机构{serial}",
        "institution": institution,
        "region_code": region,
        "list_name": "示例严重失信主体名单" if kind is RecordKind.SEVERE else "",
        "document_number": number,
        "authority": "成都市示例市场监督管理局",
        "authority_code": "115101000000000000",
        "decided_on": today - timedelta(days=30),
        "degree": {"penalty": "general", "severe": "severe", "abnormal": "general"}.get(kind.value),
        "conduct": "虚假宣传",
        "facts": "在宣传材料中承诺信用等级。",
        "basis": "《中华人民共和国反不正当竞争法》第二十条",
        "penalty_kinds": "罚款" if kind is RecordKind.PENALTY else "",
        "content": "罚款1万元" if kind is RecordKind.PENALTY else "",
        "fine": Decimal(1) if kind is RecordKind.PENALTY else None,
        "source": "成都市示例市场监督管理局",
        "confirmed_at": clock.now(),
        **overrides,
    }
    if "batch" not in values and "batch_id" not in values:
        values["batch"] = confirmed_batch(_BATCH_OF.get(kind, BatchKind.FACTS))
    record = CreditRecord(**values)
    db.session.add(record)
    db.session.flush()
    if settle:
        settle_record(record, actor=OPERATOR, now=clock.now())
    if left:
        record.state, record.left_on = wanted, overrides.get("left_on", today)
        record.left_reason = overrides.get("left_reason", CREDIT_RECORD.label(wanted))
    db.session.commit()
    return record


def confirmed_batch(kind: str, *, region_code: str = "510000") -> RecordBatch:
    """The last confirmed batch of a kind and region; the first is made, a full list confirmed by an account of its own."""
    found = db.session.scalar(
        select(RecordBatch)
        .where(
            RecordBatch.kind == str(kind),
            RecordBatch.region_code == region_code,
            RecordBatch.state == BatchState.CONFIRMED.value,
        )
        .order_by(RecordBatch.id.desc())
        .limit(1)
    )
    if found is not None:
        return found
    confirmer = db.session.scalar(select(Account).where(Account.email == _CONFIRMER))
    if confirmer is None:
        confirmer = Account(
            email=_CONFIRMER,
            name="示例复核员",
            password="!",  # nobody signs in with it
            password_set_at=clock.now(),
            active=False,
            role="provincial",
            region_code="510000",
            created_at=clock.now(),
            fs_uniquifier=secrets.token_hex(16),
        )
        db.session.add(confirmer)
        db.session.flush()
    return make_batch(
        kind=str(kind),
        region_code=region_code,
        state=BatchState.CONFIRMED.value,
        full_list=True,
        decided_by_id=confirmer.id,
    )


_CONFIRMER = "confirmer@records.example.cn"


def _file(purpose: str, name: str, media_type: str) -> StoredFile:
    """The row of a stored file, without the file."""
    return StoredFile(
        public_id=secrets.token_urlsafe(16),
        purpose=purpose,
        original_name=name,
        media_type=media_type,
        size=1,
        sha256="0" * 64,
        clean_size=1,
        clean_sha256="0" * 64,
        stored_at=clock.now(),
    )


def make_round(**overrides: Any) -> LedgerRound:
    """The newest round of special governance; one is made where there is none or something is asked of it."""
    newest = db.session.scalar(select(LedgerRound).order_by(LedgerRound.id.desc()).limit(1))
    if newest is not None and not overrides:
        return newest
    values: dict[str, Any] = {
        "title": f"示例专项治理第{next(_serials)}轮",
        "started_on": clock.today() - timedelta(days=60),
        **overrides,
    }
    made = LedgerRound(**values)
    db.session.add(made)
    db.session.commit()
    return made


def make_case(institution: Institution | None = None, **overrides: Any) -> LedgerCase:
    """A governed institution, or an impersonator where none is given; open unless the state says otherwise, committed.

    A state that somebody brought about needs his account: `pruned_by_id`, `exit_proposed_by_id`, `exit_decided_by_id`.
    """
    state = LedgerCaseState(overrides.get("state", LedgerCaseState.OPEN))
    today = clock.today()
    subject = Subject.INSTITUTION if institution is not None else Subject.IMPERSONATOR
    values: dict[str, Any] = {
        "round": overrides.pop("round", None) or make_round(),
        "subject": subject.value,
        "institution_id": institution.id if institution is not None else None,
        "uscc": institution.uscc if institution is not None else "",
        "name": institution.name if institution is not None else f"示例冒名主体{next(_serials)}号",
        "region_code": institution.region_code if institution is not None else "510100",
        "origin": "pushed" if institution is not None else "opened",
        "ground": "有 1 条未修复的行政处罚" if institution is not None else "冒用信用服务机构名义收取费用",
        "opened_on": today - timedelta(days=30),
        "prune_reason": "deregistered" if state is LedgerCaseState.PRUNED else None,
        "pruned_on": today if state is LedgerCaseState.PRUNED else None,
        "exited_on": today if state is LedgerCaseState.EXITED else None,
        **overrides,
    }
    case = LedgerCase(**values)
    db.session.add(case)
    db.session.commit()
    return case


def make_registration(account: Account, **overrides: Any) -> Registration:
    """An application for a new entry, sent unless the state says otherwise, committed; without its deadline."""
    moment = clock.now()
    file = StoredFile(
        public_id=secrets.token_urlsafe(16),
        purpose="licence",
        original_name="营业执照.png",
        media_type="image/png",
        size=1,
        sha256="0" * 64,
        clean_size=1,
        clean_sha256="0" * 64,
        stored_at=moment,
    )
    region = str(overrides.get("region_code", "510100"))
    values: dict[str, Any] = {
        "account_id": account.id,
        "uscc": account.uscc,
        "state": "submitted",
        "name": f"成都示例{next(_serials)}号信用服务有限公司",
        "legal_representative": "李示例",
        "region_code": region,
        "office_region": region,
        "categories": ["06"],
        "address": "四川省成都市示例路 8 号",
        "phone": "028-87654321",
        "licence_file": file,
        "created_at": moment,
        "saved_at": moment,
        "sent_at": moment,
        **overrides,
    }
    registration = Registration(**values)
    db.session.add(registration)
    db.session.commit()
    return registration
