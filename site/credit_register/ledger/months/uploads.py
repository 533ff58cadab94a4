"""A ledger that comes with a form: judged, held for a day while it is looked at, and then kept as its month."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from flask import abort
from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.audit.moves import NotPermitted
from credit_register.core import regions
from credit_register.core.database import begin_writing, db
from credit_register.core.files import (
    FileError,
    FileKind,
    FilePolicy,
    StoredFile,
    drop_held,
    open_original,
    store_upload,
)
from credit_register.core.files.names import extension_of
from credit_register.ledger.models import LedgerMonth
from credit_register.ledger.months import services
from credit_register.ledger.months.reading import LIMITS, LedgerUnreadable, ReadLedger, read_ledger

POLICY: Final = FilePolicy(max_bytes=LIMITS.file_bytes, max_count=1, kinds=frozenset({FileKind.XLSX}))
HELD: Final = "ledger_month_held"


class HeldGone(Exception):
    """The file waits no more: its day is over, or it is a month already."""

    def __init__(self) -> None:
        super().__init__("上传的文件已经不在了（只暂存 24 小时），还没有保存为台账。请重新选择文件上传。")


def hold_upload(stream: BinaryIO, file_name: str, *, region: str, actor: Actor, now: datetime) -> str:
    """Hold a file that can be read as a ledger; gives the name by which its owner finds it again.

    The request began with `read_first`: nothing is locked while the file is read and cleaned. Raises LedgerUnreadable
    or NotPermitted, and then nothing is held. Commits.
    """
    _may(actor, region)
    with _temporary() as path:
        with path.open("wb") as target:
            shutil.copyfileobj(stream, target)
        read_ledger(path, region=region)
        try:
            with path.open("rb") as content:
                # Names of files may tell of persons, and this one was kept by nobody yet.
                stored = store_upload(
                    content,
                    f"暂存{extension_of(file_name)}",
                    POLICY,
                    purpose=HELD,
                    now=now,
                    stored_by=actor.account_id,
                )
        except FileError as error:
            raise LedgerUnreadable(str(error)) from error
    public_id = stored.public_id
    db.session.expunge(stored)
    begin_writing()
    db.session.add(stored)
    db.session.commit()
    return public_id


def held_file(actor: Actor, held_id: str) -> StoredFile:
    """A file that the actor uploaded and that still waits; 404 for any other's.

    Raises HeldGone where it was removed, or became a month.
    """
    found = db.session.scalar(select(StoredFile).where(StoredFile.public_id == held_id))
    if found is not None and (
        found.stored_by != actor.account_id or found.purpose not in (HELD, services.KIND)
    ):
        abort(404)
    if found is None or found.purpose != HELD:
        raise HeldGone
    return found


def kept_from(actor: Actor, held_id: str) -> LedgerMonth | None:
    """The month that an upload of the actor has become."""
    return db.session.scalar(
        select(LedgerMonth)
        .join(StoredFile, StoredFile.id == LedgerMonth.file_id)
        .where(
            actor.region_filter(LedgerMonth.region_code),
            StoredFile.public_id == held_id,
            LedgerMonth.made_by_id == actor.account_id,
        )
    )


def read_held(held: StoredFile, *, region: str) -> ReadLedger:
    """What a held file says, judged for a region; raises LedgerUnreadable, or a FileError of the store."""
    with _temporary() as path:
        with open_original(held) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
        return read_ledger(path, region=region)


def keep_held(
    held_id: str, *, region: str, month: str, reason: str, seen: int, actor: Actor, now: datetime
) -> LedgerMonth | None:
    """Keep a held file as the ledger of a month, as `keep_imported` does; raises what it raises, HeldGone or NotPermitted.

    The request began with `read_first`: the file is read before anything is locked. Commits.
    """
    _may(actor, region)
    read = read_held(held_file(actor, held_id), region=region)
    begin_writing()
    # Of two clicks the second waits here, and finds that the file is a month already.
    waiting = select(StoredFile).where(StoredFile.public_id == held_id, StoredFile.purpose == HELD)
    held = db.session.scalar(waiting.with_for_update())
    if held is None:
        raise HeldGone
    return services.keep_imported(
        held,
        read,
        region=region,
        month=month,
        reason=reason,
        file_name=f"{regions.full_name(region)}{month}专项治理台账.xlsx",
        actor=actor,
        now=now,
        seen=seen,
    )


def drop_held_ledgers(moment: datetime) -> int:
    """Remove uploads that nobody kept within a day; returns how many."""
    return drop_held(HELD, moment)


def _may(actor: Actor, region: str) -> None:
    if regions.find(region) is None or not actor.sees_region(region):
        raise NotPermitted


@contextmanager
def _temporary() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ledger-") as folder:
        yield Path(folder) / "file"
