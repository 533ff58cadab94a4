"""What people of an institution do with their application: keep it, send it, take it back, give it up."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from credit_register.access.actor import Actor
from credit_register.audit import services as audit
from credit_register.audit.moves import make_move
from credit_register.core.clock import local_date
from credit_register.core.database import begin_writing, db
from credit_register.core.deadlines.services import close_deadlines
from credit_register.core.files import FileError, StoredFile, remove, store_upload
from credit_register.core.lifecycle import StaleVersion, stale_told
from credit_register.institutions.categories import CATEGORIES
from credit_register.institutions.entries import Upload
from credit_register.institutions.models import Institution
from credit_register.registrations import queries
from credit_register.registrations.application import (
    LICENCE_FILES,
    TEXT_FIELDS,
    ApplicationRefused,
    Facts,
    facts_of,
    gone,
    kind_for,
    problems,
    same_facts,
    too_long,
    why_gone,
    wrong_code,
    wrong_place,
)
from credit_register.registrations.lifecycle import APPLICATION, KIND
from credit_register.registrations.models import Registration, State

SAVED = f"{KIND}.save"  # in the audit


class AlreadySent(Exception):
    """Another content is under review: it has to be taken back first."""


@dataclass(frozen=True)
class Filled:
    """A filled-in form; `version` is that of the row which the person saw, 0 for none, None where nobody knows."""

    facts: Facts
    code: str
    upload: Upload | None = None
    version: int | None = None


def save_draft(filled: Filled, *, actor: Actor, now: datetime) -> Registration:
    """Keep what was typed, judged by its length alone.

    Raises ApplicationRefused (what fits is kept all the same), AlreadySent or StaleVersion. Commits.
    """
    return _once_more(_save_draft, filled, actor, now)


def send(filled: Filled, *, actor: Actor, now: datetime) -> Registration:
    """Hand the application in for review; the same once more changes nothing.

    Raises ApplicationRefused (a file, and what belongs to a draft, are kept all the same), AlreadySent or
    StaleVersion. Commits.
    """
    return _once_more(_send, filled, actor, now)


def recall(*, version: int, actor: Actor, now: datetime) -> None:
    """Take the application back to change it. Raises MoveNotAllowed or StaleVersion. Commits."""
    registration = queries.open_registration(actor, lock=True)
    if registration is None:
        raise StaleVersion
    if registration.state == State.DRAFT.value:
        return  # the second of two clicks
    _move(registration, "recall", version, actor, now)
    close_deadlines(KIND, registration.id, closed_at=now)
    _commit()


def discard(*, version: int, actor: Actor, now: datetime) -> None:
    """Give the application up; its file is deleted. Raises MoveNotAllowed or StaleVersion. Commits."""
    registration = queries.open_registration(actor, lock=True)
    if registration is None:
        return  # the second of two clicks
    _move(registration, "discard", version, actor, now)
    stored, registration.licence_file = registration.licence_file, None
    if stored is not None:
        db.session.flush()
        remove(stored)
    _commit()


def entry_of(actor: Actor) -> Institution | None:
    """The entry of the register for the account's code, in whatever state."""
    return db.session.scalar(select(Institution).where(Institution.uscc == actor.uscc))


@dataclass(frozen=True)
class _Brought:
    """The file that came with a form: its hash, its row unless the application has it already, or what is wrong."""

    digest: str = ""
    stored: StoredFile | None = None
    wrong: dict[str, str] = field(default_factory=dict)


_Deed = Callable[[Filled, _Brought, Actor, datetime], Registration]


def _once_more(deed: _Deed, filled: Filled, actor: Actor, now: datetime) -> Registration:
    """Of two first clicks at the same moment the database lets one in; the other then finds its row.

    The file is cleaned before anything is locked, in a request that began with `read_first`.
    """
    wrong = wrong_code(filled.code, actor)
    if wrong:
        raise ApplicationRefused(wrong)
    brought = _bring(filled, actor, now)
    begin_writing()
    try:
        return deed(filled, brought, actor, now)
    except IntegrityError:
        db.session.rollback()
        return deed(filled, brought, actor, now)


def _bring(filled: Filled, actor: Actor, now: datetime) -> _Brought:
    """Check and store the file that was chosen; its row waits outside the session until it is used."""
    if filled.upload is None:
        return _Brought()
    upload = filled.upload
    digest = hashlib.sha256(upload.stream.read(LICENCE_FILES.max_bytes + 1)).hexdigest()
    upload.stream.seek(0)
    present = queries.open_registration(actor)
    if _under_review(present) or _has_file(present, digest):
        return _Brought(digest)
    try:
        stored = store_upload(
            upload.stream,
            upload.filename,
            LICENCE_FILES,
            purpose="licence",
            now=now,
            stored_by=actor.account_id,
        )
    except FileError as error:
        return _Brought(digest, wrong={"licence_file": str(error)})
    db.session.expunge(stored)
    return _Brought(digest, stored)


def _has_file(registration: Registration | None, digest: str) -> bool:
    stored = registration.licence_file if registration is not None else None
    return stored is not None and stored.sha256 == digest and not stored.is_infected


def _under_review(registration: Registration | None) -> bool:
    return registration is not None and registration.state == State.SUBMITTED.value


def _save_draft(filled: Filled, brought: _Brought, actor: Actor, now: datetime) -> Registration:
    registration, entry = _begin(filled, brought, actor)
    if registration is not None and _under_review(registration):
        return registration
    wrong = too_long(filled.facts) | brought.wrong
    if filled.facts.region:
        wrong |= wrong_place(filled.facts)
    registration = _keep(registration, filled.facts, brought, entry, actor, now)
    _commit()
    if wrong:
        raise ApplicationRefused(wrong, kept=True)
    return registration


def _send(filled: Filled, brought: _Brought, actor: Actor, now: datetime) -> Registration:
    registration, entry = _begin(filled, brought, actor)
    if registration is not None and _under_review(registration):
        return registration
    has_licence = bool(brought.digest) or (
        registration is not None and registration.licence_file_id is not None
    )
    wrong = problems(filled.facts, entry=entry, actor=actor, has_licence=has_licence, today=local_date(now))
    wrong |= brought.wrong
    if wrong and registration is None and brought.stored is None:
        raise ApplicationRefused(wrong)  # the page keeps what was typed; nothing else would be lost
    registration = _keep(registration, filled.facts, brought, entry, actor, now)
    if wrong:
        _commit()
        raise ApplicationRefused(wrong, kept=True)
    registration.sent_at = now
    registration.office_region = registration.region_code if entry is None else entry.region_code
    db.session.flush()
    _move(registration, "send", registration.version, actor, now)
    _commit()
    return registration


def _begin(filled: Filled, brought: _Brought, actor: Actor) -> tuple[Registration | None, Institution | None]:
    """What is there before anything is written, held; an application under review comes back only for the same."""
    entry = entry_of(actor)
    if entry is not None and gone(entry):
        raise ApplicationRefused({"uscc": why_gone(entry)})
    registration = queries.open_registration(actor, lock=True)
    same_file = not brought.digest or _has_file(registration, brought.digest)
    if not (same_file or brought.stored or brought.wrong or _under_review(registration)):
        raise StaleVersion  # the file was there a moment ago, and is not now
    if registration is None:
        return None, entry
    same = same_file and same_facts(facts_of(registration), filled.facts)
    if _under_review(registration) and not same:
        raise AlreadySent
    if filled.version not in (None, registration.version) and not same:
        raise StaleVersion  # it was changed in another window
    return registration, entry


def _keep(
    registration: Registration | None,
    facts: Facts,
    brought: _Brought,
    entry: Institution | None,
    actor: Actor,
    now: datetime,
) -> Registration:
    """Write what fits into the row; a file that cannot be taken leaves the one that is there."""
    fresh = registration is None
    if registration is None:
        assert actor.account_id is not None
        assert actor.uscc is not None
        registration = Registration(account_id=actor.account_id, uscc=actor.uscc, created_at=now)
    before = registration.licence_file
    stored = None if _has_file(registration, brought.digest) else brought.stored
    values = _values(registration, facts, entry, actor)
    changed = {name: value for name, value in values.items() if getattr(registration, name) != value}
    if not (fresh or changed or stored):
        return registration
    for name, value in changed.items():
        setattr(registration, name, value)
    if stored is not None:
        registration.licence_file = stored
    registration.saved_at = now
    db.session.add(registration)
    with stale_told():
        db.session.flush()
    if stored is not None and before is not None:
        remove(before)
    audit.record(
        SAVED,
        actor=actor,
        at=now,
        subject_kind=KIND,
        subject_id=registration.id,
        region=_office(registration),
    )
    return registration


def _values(
    registration: Registration, facts: Facts, entry: Institution | None, actor: Actor
) -> dict[str, Any]:
    """The columns of a filled-in form; a text that does not fit, or a region that nobody knows, leaves the old one."""
    long = too_long(facts)
    region = facts.region_code or ((registration.region_code or "") if facts.region else "")
    office = region if entry is None else entry.region_code
    if registration.state == State.RETURNED.value:
        office = registration.office_region  # the office that gave it back keeps it until it is sent again
    return {
        **{name: getattr(facts, name) for name in TEXT_FIELDS if name not in long},
        "kind": kind_for(entry, confirmed=actor.confirmed).value,
        "region_code": region,
        "office_region": office,
        "categories": sorted(CATEGORIES.keys() & set(facts.categories)),
    }


def _office(registration: Registration) -> str | None:
    return registration.office_region or None


def _move(registration: Registration, name: str, version: int, actor: Actor, now: datetime) -> None:
    make_move(
        APPLICATION,
        registration,
        name,
        kind=KIND,
        region=_office(registration),
        version=version,
        actor=actor,
        now=now,
    )


def _commit() -> None:
    with stale_told():
        db.session.commit()
