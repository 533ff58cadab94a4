"""Screening: the register is matched with unmended penalties and severe-list entries, and cases are opened for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.exc import IntegrityError

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.audit.moves import NotPermitted
from credit_register.core import regions
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.credit_records.lifecycle import UNMENDED_STATES
from credit_register.credit_records.models import SCREENED_KINDS, CreditRecord, RecordKind, RecordState
from credit_register.institutions.models import Institution
from credit_register.ledger.cases.exit import tell_proposer
from credit_register.ledger.cases.opening import WORKSPACE_PATH, add_case, ground_of
from credit_register.ledger.cases.steps import record_deed, step
from credit_register.ledger.conditions import RecordFact
from credit_register.ledger.lifecycle import RUNNING_STATES
from credit_register.ledger.models import CaseRecord, CaseState, LedgerCase, Origin, Subject
from credit_register.notices.services import tell_institution

BATCH = 100  # institutions in one transaction, so that others need not wait for all
_RUNNING = [state.value for state in RUNNING_STATES]


class Deed(StrEnum):
    """What the screening does about an institution."""

    OPEN = "open"
    RELAPSE = "relapse"
    ADD = "add"

    @property
    def label(self) -> str:
        """The Chinese words."""
        return {Deed.OPEN: "新纳入", Deed.RELAPSE: "再次失信，重新纳入", Deed.ADD: "增加失信记录"}[self]


@dataclass(frozen=True)
class Finding:
    """An institution for which something is to be done: why, with which records, in which region.

    `case_id` is its last case, which gets the records or is followed by the next episode.
    """

    institution_id: int
    uscc: str
    name: str
    region: str
    deed: Deed
    records: tuple[int, ...]
    why: str
    case_id: int | None
    episode: int


@dataclass
class Screened:
    """What a screening has done; `overtaken` were opened by somebody else in the same moment, `left` wait for the next."""

    opened: int = 0
    relapsed: int = 0
    added: int = 0
    overtaken: int = 0
    left: int = 0


@dataclass(frozen=True)
class _Last:
    """The last case of an institution."""

    id: int
    state: CaseState
    episode: int
    region: str


def findings(region: str) -> list[Finding]:
    """What a screening of a region would do now, in the order of the institutions. Raises UnknownRegion."""
    by_institution: defaultdict[int, list[RecordFact]] = defaultdict(list)
    entries: dict[int, tuple[str, str, str]] = {}
    for row in db.session.execute(
        select(
            Institution.id,
            Institution.uscc,
            Institution.name,
            Institution.region_code,
            CreditRecord.id.label("record_id"),
            CreditRecord.kind,
            CreditRecord.state,
            CreditRecord.met_on,
            CreditRecord.document_number,
            CreditRecord.list_name,
        )
        .join(CreditRecord, CreditRecord.institution_id == Institution.id)
        .where(*_unmended(), _concerns(region))
        .order_by(Institution.id, CreditRecord.decided_on, CreditRecord.id)
    ):
        entries[row.id] = (row.uscc, row.name, row.region_code)
        by_institution[row.id].append(
            RecordFact(
                row.record_id,
                RecordKind(row.kind),
                RecordState(row.state),
                row.met_on,
                row.document_number or row.list_name,
            )
        )
    last, attached = _last_cases(region), _attached(region)
    made = (
        _finding(number, entries[number], records, last.get(number), attached.get(number, {}))
        for number, records in by_institution.items()
    )
    return [found for found in made if found is not None and regions.covers(region, found.region)]


def _unmended() -> tuple[ColumnElement[bool], ...]:
    return (
        CreditRecord.kind.in_([kind.value for kind in SCREENED_KINDS]),
        CreditRecord.state.in_([state.value for state in UNMENDED_STATES]),
    )


def _concerns(region: str) -> ColumnElement[bool]:
    """Institutions of the region, and those whose running case was assigned to it."""
    assigned = select(LedgerCase.institution_id).where(
        LedgerCase.state.in_(_RUNNING), regions.within(LedgerCase.region_code, region)
    )
    return or_(regions.within(Institution.region_code, region), Institution.id.in_(assigned))


def _candidates(region: str) -> ColumnElement[bool]:
    wanted = (
        select(Institution.id)
        .join(CreditRecord, CreditRecord.institution_id == Institution.id)
        .where(*_unmended(), _concerns(region))
    )
    return LedgerCase.institution_id.in_(wanted)


def _last_cases(region: str) -> Mapping[int, _Last]:
    rows = db.session.execute(
        select(
            LedgerCase.institution_id,
            LedgerCase.id,
            LedgerCase.state,
            LedgerCase.episode,
            LedgerCase.region_code,
        )
        .where(_candidates(region))
        .order_by(LedgerCase.episode)
    )
    return {
        institution: _Last(case_id, CaseState(state), episode, place)
        for institution, case_id, state, episode, place in rows
        if institution is not None
    }


def _attached(region: str) -> Mapping[int, Mapping[int, set[int]]]:
    """The records of each case of the candidates: by institution, then by case."""
    found: defaultdict[int, defaultdict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    rows = db.session.execute(
        select(LedgerCase.institution_id, CaseRecord.case_id, CaseRecord.record_id)
        .join(CaseRecord, CaseRecord.case_id == LedgerCase.id)
        .where(_candidates(region))
    )
    for institution, case_id, record_id in rows:
        assert institution is not None
        found[institution][case_id].add(record_id)
    return found


def _finding(
    number: int,
    entry: tuple[str, str, str],
    records: Sequence[RecordFact],
    last: _Last | None,
    attached: Mapping[int, set[int]],
) -> Finding | None:
    code, name, place = entry
    if last is None:
        deed, new = Deed.OPEN, list(records)
    elif last.state in RUNNING_STATES:
        known = attached.get(last.id, set())
        deed, new, place = Deed.ADD, [record for record in records if record.id not in known], last.region
    elif last.state is CaseState.EXITED:
        known = set().union(*attached.values())
        # One that was settled and is not any more was restored or listed anew since.
        new = [record for record in records if record.id not in known or not record.is_mended]
        deed = Deed.RELAPSE
    else:
        return None  # pruned: the province puts it back, nobody else
    if not new:
        return None
    why = ground_of([(record.kind, record.words) for record in new])
    # The next episode is about all that is open; what is left out would stand in the way of its exit.
    taken = new if deed is Deed.ADD else records
    return Finding(
        number,
        code,
        name,
        place,
        deed,
        tuple(record.id for record in taken),
        why,
        last.id if last else None,
        last.episode if last else 0,
    )


def screen(region: str, *, actor: Actor, now: datetime, most: int | None = None) -> Screened:
    """Open a case for each institution of a region that should be on the ledger and is not; commits in batches.

    Twice does nothing more, and two at once make no doubles. At most `most` institutions are dealt with, where a
    person waits for the answer. Raises NotPermitted or UnknownRegion.
    """
    if not actor.can(Permission.LEDGER_WORK) or not actor.sees_region(region):
        raise NotPermitted
    found_all = findings(region)
    waiting = found_all[:most]
    done = Screened(left=len(found_all) - len(waiting))
    for first in range(0, len(waiting), BATCH):
        for found in waiting[first : first + BATCH]:
            try:
                with db.session.begin_nested():
                    _take(found, done, actor=actor, now=now)
            except IntegrityError:
                done.overtaken += 1
        db.session.commit()
    db.session.rollback()  # what only looked ends here too
    return done


def _take(found: Finding, done: Screened, *, actor: Actor, now: datetime) -> None:
    if found.deed is Deed.ADD:
        assert found.case_id is not None
        case = db.session.get_one(LedgerCase, found.case_id)
        if attach_records(case, found.records, actor=actor, now=now):
            done.added += 1
        else:
            done.overtaken += 1
        return
    add_case(
        subject=Subject.INSTITUTION,
        institution=db.session.get_one(Institution, found.institution_id),
        name=found.name,
        code=found.uscc,
        region=found.region,
        episode=found.episode + 1,
        origin=Origin.PUSHED,
        ground=found.why,
        records=found.records,
        source=None,
        actor=actor,
        now=now,
    )
    if found.deed is Deed.RELAPSE:
        done.relapsed += 1
    else:
        done.opened += 1


def attach_records(case: LedgerCase, record_ids: Iterable[int], *, actor: Actor, now: datetime) -> int:
    """Add records to a running case, which takes a proposed exit back; gives how many are new. The caller commits."""
    db.session.refresh(case, with_for_update=True)
    known = set(db.session.scalars(select(CaseRecord.record_id).where(CaseRecord.case_id == case.id)))
    new = sorted(set(record_ids) - known)
    if not new or case.state not in RUNNING_STATES:
        return 0
    today: date = local_date(now)
    db.session.add_all(CaseRecord(case_id=case.id, record_id=number, added_on=today) for number in new)
    db.session.flush()
    words = f"增加失信记录 {len(new)} 条"
    if case.state == CaseState.EXIT_PROPOSED:
        tell_proposer(case.exit_proposed_by_id, case, f"您提出的退出已退回：{words}", actor, now)
        step(
            case,
            "fall_back",
            version=case.version,
            actor=actor,
            now=now,
            reason=words,
            values={"exit_proposed_by_id": None},
        )
    else:
        case.version += 1  # whoever looks at the page must see the new records first
        db.session.flush()
    db.session.expire(case, ["records"])
    record_deed("add_records", case, actor=actor, now=now, detail={"reason": words})
    if case.institution is not None:
        tell_institution(
            case.institution.uscc,
            title="贵机构的专项治理增加了失信记录",
            text=f"{words}。请查看尚未满足的退出条件，按页面指引逐项办理。",
            path=WORKSPACE_PATH,
            now=now,
        )
    return len(new)
