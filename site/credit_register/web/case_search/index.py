"""Cases as documents of their index, and the changes of rows that reach it.

Only what an office may see becomes a document. The revision is a digest of the document itself, so that a comparison
finds every difference, whichever row it comes from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from typing import Any

from flask import Flask
from sqlalchemy import select

from credit_register.access.actor import OPERATOR
from credit_register.access.case_kinds import Case, CaseKind
from credit_register.core.database import Model, db
from credit_register.core.masking import mask_personal_data
from credit_register.core.outbox import IndexName, follow
from credit_register.core.search import Source, init_search
from credit_register.core.settings import Settings
from credit_register.core.uscc import check
from credit_register.institutions.models import Institution
from credit_register.web.case_search.kinds import KIND_OF, KINDS
from search_index import Document

CHUNK = 500
_REVISION_BYTES = 6  # a whole number that every engine and JSON hold exactly


def init_case_search(app: Flask, settings: Settings) -> None:
    """Open the index of the cases and let every change of a case reach it."""
    init_search(app, settings, SOURCE, IndexName.CASES)
    for model in {model for kind in KINDS for model in (kind.model, *kind.parts)}:
        follow(model, IndexName.CASES, partial(_keys_of_changed, model))
    follow(Institution, IndexName.CASES, _keys_of_institutions, only=("name", "region_code", "uscc"))


def key_of(kind: CaseKind[Any], case_id: int) -> str:
    """The key of a case in the index: report:123."""
    return f"{kind.name}:{case_id}"


def case_of_key(key: str) -> tuple[str, int]:
    """The name of the kind and the number of the case."""
    name, _, number = key.partition(":")
    return name, int(number)


def document(kind: CaseKind[Any], case: Case) -> Document:
    """What of a case can be found."""
    title = mask_personal_data(case.title)
    numbers = dict.fromkeys(map(_number, filter(None, (*case.numbers, str(case.id)))))
    made = Document(
        key=key_of(kind, case.id),
        name=title,
        # As other names of it: the whole number comes first, a part of it is found too.
        former_names=tuple(each for each in numbers if each != title),
        region=case.region,
        categories=(kind.category,),
        category_names=tuple(map(mask_personal_data, filter(None, case.words))),
        registered_on=case.day,
        text=mask_personal_data("\n".join(dict.fromkeys(filter(None, case.texts)))),
    )
    digest = blake2b(repr(made).encode("utf-8", "surrogatepass"), digest_size=_REVISION_BYTES)
    return replace(made, revision=int.from_bytes(digest.digest(), "big"))


def _number(typed: str) -> str:
    """A number as it is found; what is no code of an institution may be that of a person."""
    return typed if check(typed).ok else mask_personal_data(typed)


def _some(keys: Sequence[str]) -> list[Document]:
    wanted: dict[str, list[int]] = {}
    for name, number in map(case_of_key, keys):
        wanted.setdefault(name, []).append(number)
    known = [(KIND_OF[name], numbers) for name, numbers in wanted.items() if name in KIND_OF]
    return [each for kind, numbers in known for each in _documents(kind, kind.model.id.in_(numbers))]


def _everything() -> Iterator[Document]:
    """All documents in steady memory, kind by kind along the primary key."""
    for kind in KINDS:
        last = 0
        while found := _documents(kind, kind.model.id > last, limit=CHUNK):
            db.session.rollback()  # SQLite's write lock must not be held while the index takes them
            yield from found
            last = case_of_key(found[-1].key)[1]


def _documents(kind: CaseKind[Any], condition: Any, limit: int | None = None) -> list[Document]:
    query = kind.in_scope(OPERATOR).where(condition).order_by(kind.model.id).limit(limit)
    return [document(kind, kind.describe(row)) for row in db.session.scalars(query.options(*kind.loading))]


def _revisions() -> Iterator[tuple[str, int]]:
    return ((each.key, each.revision) for each in _everything())


SOURCE = Source(some=_some, everything=_everything, revisions=_revisions)


def _keys_of_changed(model: type[Model], rows: Sequence[Any]) -> Iterable[str]:
    """The cases that changed rows of a model are or belong to."""
    for kind in KINDS:
        if kind.model is model:
            yield from (key_of(kind, row.id) for row in rows)
        elif model in kind.parts:
            yield from (key_of(kind, getattr(row, kind.parts[model].key)) for row in rows)


def _keys_of_institutions(rows: Sequence[Institution]) -> Iterable[str]:
    """The cases that show the name or lie in the region of institutions."""
    changed = [row.id for row in rows]
    for kind in KINDS:
        if kind.institution_id is not None:
            query = select(kind.model.id).where(kind.institution_id.in_(changed))
            yield from (key_of(kind, number) for number in db.session.scalars(query))
