"""What the register says of each institution that is asked about; every table is asked once for a thousand of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, Text, cast, select

from credit_register.commitments.models import Commitment
from credit_register.commitments.models import State as CommitmentState
from credit_register.core.database import db
from credit_register.credit_records.models import BatchKind, CreditRecord, RecordKind
from credit_register.credit_records.public_queries import holds_until, received_dates_of
from credit_register.credit_records.publication import visible
from credit_register.institutions import alarms
from credit_register.institutions.lifecycle import REGISTRATION
from credit_register.institutions.models import Institution, Status
from credit_register.institutions.verification import Result
from credit_register.institutions.verification.reading import fold
from credit_register.ledger.measures.public_queries import in_public
from credit_register.ledger.models import LedgerCase, Measure, MeasureKind
from credit_register.open_data.bulk_check.reading import Question
from search_index.text import compact

_BATCH: Final = 1000  # values in one question to the database


@dataclass(frozen=True)
class Severe:
    """A published entry of a list of seriously dishonest entities."""

    list_name: str
    authority: str
    decided_on: date


@dataclass(frozen=True)
class PublicMeasure:
    """A measure of governance that two persons decided to publish."""

    kind: str
    label: str
    published_on: date


@dataclass
class Facts:
    """What is public of one entry on the day; empty means that nothing is, where the list was received.

    `received` has for each kind of list the day of the last one of the entry's region, None where there never was one.
    """

    received: Mapping[BatchKind, date | None]
    severe: list[Severe] = field(default_factory=list)
    penalties: list[str] = field(default_factory=list)  # the numbers of the decisions, the newest first
    commitment: str = ""
    commitment_until: date | None = None
    measures: list[PublicMeasure] = field(default_factory=list)

    @property
    def severe_known(self) -> bool:
        """Whether one may say on how many lists the entry is; what is in public is told in any case."""
        return bool(self.severe) or self.received[BatchKind.SEVERE_LIST] is not None

    @property
    def penalties_known(self) -> bool:
        """The same of penalties."""
        return bool(self.penalties) or self.received[BatchKind.PENALTIES] is not None

    @property
    def as_of(self) -> date | None:
        """The day up to which the lists hold; None where one of them was never received."""
        return holds_until(self.received)


@dataclass(frozen=True)
class Entry:
    """An entry of the register."""

    id: int
    uscc: str
    name: str
    status: str
    status_since: date
    region: str

    @property
    def status_label(self) -> str:
        """The Chinese word."""
        return REGISTRATION.label(self.status)


@dataclass(frozen=True)
class Answer:
    """The answer to one question; `facts` is None where nothing of it belongs to one entry beyond doubt."""

    question: Question
    result: Result
    note: str
    entry: Entry | None = None
    facts: Facts | None = None
    impostor: bool = False


def answer_all(questions: Sequence[Question], *, on: date) -> list[Answer]:
    """One answer for each question, in its order."""
    register = _Register(questions)
    judged = [_judge(question, register) for question in questions]
    repeats = _repeats(questions, [entry for _, _, entry in judged])
    facts = _facts({entry.id: entry.region for _, _, entry in judged if entry}, on=on)
    posing = {alarm.own for alarm in alarms.in_force(on) if alarm.own and alarm.own != alarm.victim}
    return [
        Answer(
            question,
            result,
            "；".join(filter(None, (note, repeat))),
            entry,
            facts[entry.id] if entry else None,
            impostor=bool(posing)
            and entry is None
            and any(compact(name) in posing for name in question.names),
        )
        for question, (result, note, entry), repeat in zip(questions, judged, repeats, strict=True)
    ]


def _repeats(questions: Sequence[Question], entries: Sequence[Entry | None]) -> list[str]:
    """For each question what to say where an earlier one found the same entry."""
    first: dict[int, int] = {}
    said = []
    for question, entry in zip(questions, entries, strict=True):
        line = first.setdefault(entry.id, question.line) if entry else question.line
        said.append("" if line == question.line else f"查到的与第 {line} 行是同一家")
    return said


def _judge(question: Question, register: _Register) -> tuple[Result, str, Entry | None]:
    """The answer in a word, what to say of it, and the entry that is meant beyond doubt."""
    if question.code:
        return _judge_code(question, register)
    if question.problem:
        return Result.UNKNOWN, question.problem, None
    named = register.named(question.names)
    if len(named) > 1:
        return Result.NEAR, f"名录中有 {len(named)} 家机构叫这个名称，请写明统一社会信用代码再核对", None
    if named:
        return _found(named[0], question.problem)
    if former := register.formerly(question.names):
        return _found(former, f"这是曾用名，现在的名称是“{former.name}”")
    return Result.UNKNOWN, "名录中没有名称完全相同的机构；可能写错的，请到真伪核验逐家查相近的名称", None


def _judge_code(question: Question, register: _Register) -> tuple[Result, str, Entry | None]:
    entry = register.by_code.get(question.code)
    named = register.named(question.names)
    if entry is None:
        said = question.problem or "代码的写法符合规则，但不在名录中"
        if named:
            said += f"；名称“{named[0].name}”登记的代码是 {named[0].uscc}，两者不符"
        return (Result.NEAR if named else Result.UNKNOWN), said, None
    if not question.names or entry in named:
        return _found(entry, "")
    if named:
        said = f"代码登记在“{entry.name}”名下，而“{named[0].name}”登记的代码是 {named[0].uscc}，两者不符"
    elif register.formerly(question.names) == entry:
        return _found(entry, f"名称是曾用名，现在的名称是“{entry.name}”")
    else:
        said = f"代码登记在“{entry.name}”名下，与您提供的名称不同，请核对"
    return Result.NEAR, said, entry


def _found(entry: Entry, note: str) -> tuple[Result, str, Entry]:
    if entry.status == Status.REGISTERED.value:
        return Result.REGISTERED, note, entry
    out = f"在名录中，但自 {entry.status_since} 起是“{entry.status_label}”，现在不是登记机构"
    return Result.NEAR, f"{note}；{out}" if note else out, entry


class _Register:
    """The entries that the questions may mean."""

    def __init__(self, questions: Sequence[Question]) -> None:
        codes = {one.code for one in questions if one.code}
        self.by_code = {
            entry.uscc: entry
            for entry in _entries(
                _in_batches(codes, lambda some: select(*_COLUMNS).where(Institution.uscc.in_(some)))
            )
        }
        self._wanted = {name for one in questions for name in one.names}
        self._by_name: dict[str, list[Entry]] = {}
        spellings = {spelling for name in self._wanted for spelling in _spellings(name)}
        for entry in _entries(
            _in_batches(spellings, lambda some: select(*_COLUMNS).where(Institution.name.in_(some)))
        ):
            known = self._by_name.setdefault(fold(entry.name), [])
            if entry not in known:
                known.append(entry)
        self._former: dict[str, Entry] | None = None

    def named(self, names: Iterable[str]) -> list[Entry]:
        """The entries of the likeliest name that any has."""
        return next((self._by_name[name] for name in names if name in self._by_name), [])

    def formerly(self, names: Iterable[str]) -> Entry | None:
        """The one entry that had one of these names before; every former name is read, once."""
        if self._former is None:
            self._former = self._read_former()
        return next((self._former[name] for name in names if name in self._former), None)

    def _read_former(self) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        doubtful: set[str] = set()
        rows = db.session.execute(
            select(*_COLUMNS, Institution.former_names)
            .where(cast(Institution.former_names, Text) != "[]")
            .order_by(Institution.id)
        )
        for row in rows:
            for former in {fold(name) for name in row.former_names} & self._wanted:
                if former in found:
                    doubtful.add(former)
                found[former] = _entry(row)
        return {name: entry for name, entry in found.items() if name not in doubtful}


_COLUMNS = (
    Institution.id,
    Institution.uscc,
    Institution.name,
    Institution.status,
    Institution.status_since,
    Institution.region_code,
)


def _entries(rows: Iterable[Row[Any]]) -> Iterator[Entry]:
    return (_entry(row) for row in rows)


def _entry(row: Any) -> Entry:
    return Entry(row.id, row.uscc, row.name, row.status, row.status_since, row.region_code)


def _spellings(name: str) -> tuple[str, ...]:
    """How a folded name may be stored: names of companies have brackets of either width and capital letters."""
    full = name.replace("(", "（").replace(")", "）")
    return (name, full, name.upper(), full.upper()) if name.upper() != name else (name, full)


def _in_batches(values: Iterable[Any], question: Callable[[list[Any]], Any]) -> Iterator[Row[Any]]:
    ordered = sorted(values)
    for start in range(0, len(ordered), _BATCH):
        yield from db.session.execute(question(ordered[start : start + _BATCH]))


def _facts(regions: Mapping[int, str], *, on: date) -> dict[int, Facts]:
    """What is public on a day of these entries, each with its region. What is withheld, undecided or not matched is none of it."""
    received = received_dates_of(regions.values())
    found = {number: Facts(received[region]) for number, region in regions.items()}
    shown = (RecordKind.PENALTY.value, RecordKind.SEVERE.value)
    records = _in_batches(
        found,
        lambda some: (
            select(
                CreditRecord.institution_id,
                CreditRecord.kind,
                CreditRecord.list_name,
                CreditRecord.document_number,
                CreditRecord.authority,
                CreditRecord.decided_on,
            )
            .where(visible(on), CreditRecord.kind.in_(shown), CreditRecord.institution_id.in_(some))
            .order_by(CreditRecord.decided_on.desc(), CreditRecord.id.desc())
        ),
    )
    for row in records:
        facts = found[row.institution_id]
        if row.kind == RecordKind.SEVERE.value:
            facts.severe.append(Severe(row.list_name, row.authority, row.decided_on))
        else:
            facts.penalties.append(row.document_number)
    commitments = _in_batches(
        found,
        lambda some: select(Commitment.institution_id, Commitment.number, Commitment.valid_until).where(
            Commitment.institution_id.in_(some),
            Commitment.state == CommitmentState.PUBLISHED.value,
            Commitment.valid_until >= on,
        ),
    )
    for row in commitments:
        found[row.institution_id].commitment = row.number
        found[row.institution_id].commitment_until = row.valid_until
    measures = _in_batches(
        found,
        lambda some: (
            select(LedgerCase.institution_id, Measure.kind, Measure.published_on)
            .join(Measure.case)
            .where(LedgerCase.institution_id.in_(some), in_public(on))
            .order_by(Measure.published_on.desc(), Measure.id.desc())
        ),
    )
    for row in measures:
        kind = MeasureKind(row.kind)
        found[row.institution_id].measures.append(PublicMeasure(kind.value, kind.label, row.published_on))
    return found
