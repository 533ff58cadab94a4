"""A file of records from a page, and the stored file once more where rows of it are asked for."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from credit_register.access.actor import Actor
from credit_register.audit import services as audit
from credit_register.core.database import db
from credit_register.core.files import FileError, StoredFile, open_original
from credit_register.core.sheets import read_sheet
from credit_register.credit_records.imports import columns
from credit_register.credit_records.imports.reading import is_about_a_person
from credit_register.credit_records.imports.receiving import LIMITS, receive_file
from credit_register.credit_records.imports.rejected import write_rejected
from credit_register.credit_records.imports.results import FileRefused, Receipt
from credit_register.credit_records.lifecycle import BATCH_KIND
from credit_register.credit_records.models import BatchKind, RecordBatch
from credit_register.institutions.imports.rejected import RejectedRow
from credit_register.institutions.imports.spool import Spool
from credit_register.institutions.imports.values import sentence


def receive_upload(
    stream: BinaryIO,
    file_name: str,
    kind: BatchKind,
    *,
    full_list: bool,
    actor: Actor,
    now: datetime,
) -> Receipt:
    """Receive a file that came with a form; raises FileRefused."""
    with _temporary() as path, Spool() as spool:
        with path.open("wb") as target:
            shutil.copyfileobj(stream, target)
        return receive_file(path, kind, spool, file_name=file_name, full_list=full_list, actor=actor, now=now)


def note_look_at_source(batch: RecordBatch, *, actor: Actor, now: datetime) -> StoredFile:
    """The file as it came, for somebody whose look at it is recorded: it may hold what the register does not keep."""
    audit.record(
        f"{BATCH_KIND}.open_source",
        actor=actor,
        at=now,
        subject_kind=BATCH_KIND,
        subject_id=batch.id,
        region=batch.region_code,
    )
    db.session.commit()
    return batch.file


def write_rejected_rows(batch: RecordBatch, target: BinaryIO) -> None:
    """The rows of a batch that could not be taken, as far as the batch remembers them; raises FileRefused."""
    problems: dict[int, str] = {}
    for error in batch.summary.get("errors", []):
        line = f"{error['column']}：{error['message']}"
        before = problems.get(error["row"])
        problems[error["row"]] = f"{before}\n{line}" if before else line
    kind = BatchKind(batch.kind)
    with _source(batch) as path, read_sheet(path, columns.SPECS[kind], limits=LIMITS) as sheet:

        def rows() -> Iterator[RejectedRow]:
            for row in sheet:
                if row.number in problems and not is_about_a_person(row, kind):
                    yield row.number, row.values, problems[row.number]

        write_rejected(target, kind, sheet.titles, rows())


@contextmanager
def _source(batch: RecordBatch) -> Iterator[Path]:
    with _temporary() as path:
        try:
            with open_original(batch.file) as source, path.open("wb") as target:
                shutil.copyfileobj(source, target)
        except FileError as error:
            raise FileRefused(sentence(str(error))) from error
        yield path


@contextmanager
def _temporary() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="records-") as folder:
        yield Path(folder) / "file"
