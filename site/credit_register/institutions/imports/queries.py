"""What the import pages ask: the batches of a region, one batch, its remarks, its rejected rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from flask import abort
from flask_sqlalchemy.pagination import Pagination
from sqlalchemy import func, select

from credit_register.access.actor import Actor
from credit_register.core.database import db
from credit_register.core.sheets import read_sheet
from credit_register.institutions.imports import columns
from credit_register.institutions.imports.batches import PAGE_LIMITS, batch_file
from credit_register.institutions.imports.rejected import RejectedRow, write_rejected
from credit_register.institutions.imports.results import Level
from credit_register.institutions.models import ImportBatch, ImportNote

PER_PAGE = 40


def batches(actor: Actor, *, page: int) -> Pagination:
    """The batches of the actor's region, the newest first."""
    query = select(ImportBatch).where(actor.region_filter(ImportBatch.region_code))
    return db.paginate(query.order_by(ImportBatch.id.desc()), page=page, per_page=PER_PAGE, error_out=False)


def batch_for(actor: Actor, batch_id: int) -> ImportBatch:
    """One batch of the actor's region, or 404."""
    found = db.session.scalar(
        select(ImportBatch).where(ImportBatch.id == batch_id, actor.region_filter(ImportBatch.region_code))
    )
    return found if found is not None else abort(404)


def note_counts(actor: Actor, batch: ImportBatch) -> dict[Level, int]:
    """How many remarks of each level the batch has."""
    batch_for(actor, batch.id)
    query = select(ImportNote.level, func.count()).where(ImportNote.batch_id == batch.id)
    found: dict[str, int] = dict(db.session.execute(query.group_by(ImportNote.level)).all())
    return {level: found.get(level.value, 0) for level in Level}


def notes(actor: Actor, batch: ImportBatch, level: Level, *, page: int) -> Pagination:
    """The remarks of one level in the order of rows."""
    batch_for(actor, batch.id)
    query = select(ImportNote).where(ImportNote.batch_id == batch.id, ImportNote.level == level.value)
    return db.paginate(
        query.order_by(ImportNote.row_number, ImportNote.id), page=page, per_page=PER_PAGE, error_out=False
    )


def write_rejected_rows(actor: Actor, batch: ImportBatch, target: BinaryIO) -> None:
    """The rejected rows of a batch as a workbook; raises ImportRefused where the file is gone."""
    batch_for(actor, batch.id)
    problems: dict[int, str] = {}
    query = select(ImportNote).where(
        ImportNote.batch_id == batch.id, ImportNote.level == Level.REJECTED.value
    )
    for note in db.session.scalars(query.order_by(ImportNote.row_number, ImportNote.id)):
        line = f"{note.column}：{note.message}"
        before = problems.get(note.row_number)
        problems[note.row_number] = f"{before}\n{line}" if before else line
    with batch_file(batch) as path:
        spec = columns.KINDS[batch.kind]
        with read_sheet(path, spec, limits=PAGE_LIMITS) as sheet:

            def rows() -> Iterator[RejectedRow]:
                for row in sheet:
                    if row.number in problems:
                        yield row.number, row.values, problems[row.number]

            write_rejected(target, batch.kind, sheet.titles, rows())
