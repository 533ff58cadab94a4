"""How a case comes onto the ledger: by the screening, or opened by staff for an institution or an impersonator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.accounts.models import Account
from credit_register.audit.moves import NotPermitted
from credit_register.core import regions, uscc
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.plain_text import one_line
from credit_register.credit_records.imports.line import folded
from credit_register.credit_records.lifecycle import UNMENDED_STATES
from credit_register.credit_records.models import SCREENED_KINDS, CreditRecord, RecordKind
from credit_register.institutions.alarms import names_an_agency
from credit_register.institutions.models import Institution
from credit_register.ledger.cases.refusals import CaseRefused
from credit_register.ledger.cases.rounds import current_round
from credit_register.ledger.cases.steps import judged, record_deed
from credit_register.ledger.lifecycle import RUNNING_STATES
from credit_register.ledger.models import CaseRecord, CaseState, LedgerCase, Origin, Subject
from credit_register.letters.drafting import Source
from credit_register.notices.services import tell_institution

LONGEST_NAME = 120
LONGEST_GROUND = 600  # a clue of a letter holds as much
NAMED_RECORDS = 5
WORKSPACE_PATH = "/workspace/governance"


@dataclass(frozen=True)
class NewCase:
    """What staff say of a case that they open; `region` is the office that will be responsible.

    Of an institution the code counts, of an impersonator the name; a code it may have or not.
    """

    subject: Subject
    ground: str
    region: str = ""
    uscc: str = ""
    name: str = ""
    source: Source | None = None


def open_case(wanted: NewCase, *, actor: Actor, now: datetime) -> LedgerCase:
    """Open a case by hand; of two clicks the second gets the case of the first. Commits.

    Raises CaseRefused or NotPermitted.
    """
    if not actor.can(Permission.LEDGER_WORK) or actor.account_id is None:
        raise NotPermitted
    ground = judged(wanted.ground, "ground", LONGEST_GROUND)
    if not ground:
        raise CaseRefused("ground", "请填写纳入台账的依据")
    if wanted.region and not (regions.find(wanted.region) and actor.sees_region(wanted.region)):
        raise CaseRefused("region", "请选择辖区内的地区")
    # Held, so that of two clicks the second sees what the first wrote.
    db.session.execute(select(Account.id).where(Account.id == actor.account_id).with_for_update())
    twin = _just_opened(wanted, ground, actor, now)
    if twin is not None:
        db.session.rollback()
        return twin
    opener = _open_institution if wanted.subject is Subject.INSTITUTION else _open_impersonator
    try:
        case = opener(wanted, ground, actor=actor, now=now)
    except IntegrityError as error:
        db.session.rollback()
        raise CaseRefused("ground", "同一治理对象刚刚由他人纳入，请在台账中查看") from error
    db.session.commit()
    return case


def _just_opened(wanted: NewCase, ground: str, actor: Actor, now: datetime) -> LedgerCase | None:
    found = db.session.scalars(
        select(LedgerCase)
        .where(
            LedgerCase.opened_by_id == actor.account_id,
            LedgerCase.opened_on == local_date(now),
            LedgerCase.subject == wanted.subject.value,
            LedgerCase.ground == ground,
            LedgerCase.state == CaseState.OPEN.value,
        )
        .order_by(LedgerCase.id.desc())
        .limit(5)
    )
    code, name = uscc.normalise(wanted.uscc), one_line(wanted.name)
    if wanted.subject is Subject.INSTITUTION:
        return next((case for case in found if case.uscc == code), None)
    return next((case for case in found if (case.uscc, case.name) == (code, name)), None)


def _open_institution(wanted: NewCase, ground: str, *, actor: Actor, now: datetime) -> LedgerCase:
    institution = db.session.scalar(
        select(Institution).where(Institution.uscc == uscc.normalise(wanted.uscc))
    )
    if institution is None or not actor.sees_region(institution.region_code):
        raise CaseRefused("uscc", "名录中没有这个代码的机构，或者不在辖区内，请核对")
    latest = latest_case(institution.id)
    if latest is not None and latest.state != CaseState.EXITED:
        seen = latest.id if actor.sees_region(latest.region_code) else None
        words = (
            "该机构已从台账剔除，请在原来的案件中恢复，不另行纳入"
            if latest.state == CaseState.PRUNED
            else "该机构已在台账中，请在原来的案件中办理"
        )
        raise CaseRefused("uscc", words, case_id=seen)
    return add_case(
        subject=Subject.INSTITUTION,
        institution=institution,
        name=institution.name,
        code=institution.uscc,
        region=wanted.region or institution.region_code,
        episode=latest.episode + 1 if latest else 1,
        origin=Origin.OPENED,
        ground=ground,
        records=[record.id for record in unmended_records(institution.id)],
        source=wanted.source,
        actor=actor,
        now=now,
    )


def _open_impersonator(wanted: NewCase, ground: str, *, actor: Actor, now: datetime) -> LedgerCase:
    name, code = judged(one_line(wanted.name), "name", LONGEST_NAME), uscc.normalise(wanted.uscc)
    if not name:
        raise CaseRefused("name", "请填写冒名主体的名称；不知道真实名称的，写其自称的名称")
    if len(code) > uscc.LENGTH:
        raise CaseRefused("uscc", "统一社会信用代码超过 18 位，请核对；没有代码的请留空")
    if code and db.session.scalar(select(Institution.id).where(Institution.uscc == code)) is not None:
        raise CaseRefused(
            "uscc",
            "这是名录中机构的代码。冒名主体请填写其自身的代码，没有的留空；治理该机构的，请选择“失信机构”",
        )
    if names_an_agency(name):
        raise CaseRefused(
            "name",
            "名录中有同名的机构，它是被冒用的一方，函件和台账会使人误认。请写作"
            f"“假借‘{name[:40]}’名义者”；治理该机构的，请选择“失信机构”",
        )
    region = wanted.region or actor.region or regions.NATION
    # No rule of the tables knows one impersonator from another, so that offices that open at once take turns.
    db.session.refresh(current_round(now=now), with_for_update={"key_share": True})
    _refuse_second_of_source(wanted.source, actor)
    same = _same_impersonator(name, code, region)
    _refuse_second_of_impersonator(same, code, actor)
    return add_case(
        subject=Subject.IMPERSONATOR,
        institution=None,
        name=name,
        code=code,
        region=region,
        episode=max((case.episode for case in same), default=0) + 1,
        origin=Origin.OPENED,
        ground=ground,
        records=(),
        source=wanted.source,
        actor=actor,
        now=now,
    )


def _refuse_second_of_source(source: Source | None, actor: Actor) -> None:
    if source is None:
        return
    present = case_of_source(source.kind, source.id)
    if present is not None:
        seen = present.id if actor.sees_region(present.region_code) else None
        raise CaseRefused("name", "这条线索已经纳入台账，不重复纳入", case_id=seen)


def _same_impersonator(name: str, code: str, region: str) -> list[LedgerCase]:
    """The cases of an impersonator in a region, the regions above and those below, the newest first.

    The same code is the same one, and so is the same name, unless both have codes and these differ.
    """
    found = db.session.scalars(
        select(LedgerCase)
        .where(LedgerCase.subject == Subject.IMPERSONATOR.value)
        .order_by(LedgerCase.id.desc())
    )
    wanted = folded(name)
    return [
        case
        for case in found
        if (case.uscc == code if case.uscc and code else folded(case.name) == wanted)
        and (regions.covers(region, case.region_code) or regions.covers(case.region_code, region))
    ]


def _refuse_second_of_impersonator(same: Sequence[LedgerCase], code: str, actor: Actor) -> None:
    present = next((case for case in same if case.state != CaseState.EXITED), None)
    if present is None:
        return
    words = (
        "这个冒名主体已从台账剔除，请在原来的案件中恢复，不另行纳入"
        if present.state == CaseState.PRUNED
        else "这个冒名主体已在台账中，请在原来的案件中办理；确属另一主体的，请在名称中写明区别"
    )
    seen = actor.sees_region(present.region_code)
    if not seen:
        words = f"{words}。该案由{regions.full_name(present.region_code)}负责，请与其联系"
    field = "uscc" if code and present.uscc == code else "name"
    raise CaseRefused(field, words, case_id=present.id if seen else None)


def add_case(
    *,
    subject: Subject,
    institution: Institution | None,
    name: str,
    code: str,
    region: str,
    episode: int,
    origin: Origin,
    ground: str,
    records: Iterable[int],
    source: Source | None,
    actor: Actor,
    now: datetime,
) -> LedgerCase:
    """Write a case of the present round with its records, and tell the institution; the caller commits.

    Raises IntegrityError where the subject is on the ledger already.
    """
    today = local_date(now)
    case = LedgerCase(
        round=current_round(now=now),
        subject=subject.value,
        institution_id=institution.id if institution else None,
        uscc=code,
        name=name,
        region_code=region,
        episode=episode,
        origin=origin.value,
        ground=ground,
        source_kind=source.kind if source else "",
        source_id=source.id if source else None,
        opened_on=today,
        opened_by_id=actor.account_id,
        records=[CaseRecord(record_id=record_id, added_on=today) for record_id in records],
    )
    db.session.add(case)
    db.session.flush()
    record_deed("open", case, actor=actor, now=now, detail={"reason": ground})
    if institution is not None:
        tell_institution(
            institution.uscc,
            title="贵机构被纳入专项治理台账",
            text="请查看尚未满足的退出条件，按页面指引逐项办理。",
            path=WORKSPACE_PATH,
            now=now,
        )
    return case


def latest_case(institution_id: int) -> LedgerCase | None:
    """The last episode of an institution."""
    return db.session.scalar(
        select(LedgerCase)
        .where(LedgerCase.institution_id == institution_id)
        .order_by(LedgerCase.episode.desc())
        .limit(1)
    )


def case_of_source(source_kind: str, source_id: int) -> LedgerCase | None:
    """The case that came from something, such as a report."""
    return db.session.scalar(
        select(LedgerCase).where(LedgerCase.source_kind == source_kind, LedgerCase.source_id == source_id)
    )


def unmended_records(institution_id: int) -> Sequence[CreditRecord]:
    """What brings an institution onto the ledger: its penalties and severe entries that are not mended."""
    return db.session.scalars(
        select(CreditRecord)
        .where(
            CreditRecord.institution_id == institution_id,
            CreditRecord.kind.in_([kind.value for kind in SCREENED_KINDS]),
            CreditRecord.state.in_([state.value for state in UNMENDED_STATES]),
        )
        .order_by(CreditRecord.decided_on, CreditRecord.id)
    ).all()


def ground_of(records: Sequence[tuple[RecordKind, str]]) -> str:
    """Why records bring an institution onto the ledger, in words: each its kind and its number or list."""
    counts = Counter(kind for kind, _ in records)
    counted = "、".join(f"{kind.label} {counts[kind]} 条" for kind in SCREENED_KINDS if counts[kind])
    named = [words for _, words in records if words]
    more = f"等 {len(records)} 条" if len(records) > NAMED_RECORDS else ""
    listed = f"（{'、'.join(named[:NAMED_RECORDS])}{more}）" if named else ""
    return f"尚未修复的{counted}{listed}"


def is_running(case: LedgerCase) -> bool:
    """Whether the case is on the ledger and in work."""
    return case.state in RUNNING_STATES
