"""Files that were taken while no scanner could say whether they are clean: they are scanned as soon as one can."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import Row, case, func, select, update

from credit_register.core.database import db, reading
from credit_register.core.files.errors import FileError
from credit_register.core.files.models import UNSCANNED, ScanState, StoredFile
from credit_register.core.files.scanning import ClamdScanner, NotScanned, ScannerSilent
from credit_register.core.files.services import file_scanner, read_all

BATCH: Final = 50
# Seconds. Other jobs wait meanwhile, and the next round is a minute away; a file begun at the last moment still has
# its own patience.
LONGEST_ROUND: Final = 20.0
PATIENCE: Final = 30.0
SILENCES: Final = 3  # in a row, after which the scanner itself must be the trouble and not one file


def scan_waiting_files(moment: datetime) -> int:
    """Scan what was taken without a scanner, what waits first; gives how many files have their verdict. Commits."""
    scanner = file_scanner()
    if scanner is None:
        return 0
    log = structlog.get_logger("files")
    settled, silences, end = 0, 0, time.monotonic() + LONGEST_ROUND
    for row in _unscanned():
        try:
            virus = _virus_in(row, scanner)
        except (FileError, NotScanned) as trouble:
            log.warning("file not scanned; it waits", file=row.id, reason=str(trouble))
            silences = silences + 1 if isinstance(trouble, ScannerSilent) else 0
            if silences == SILENCES:
                break
        else:
            silences = 0
            if virus:
                log.error("virus found in a stored file; it is locked", file=row.id, virus=virus)
            settled += _note(row.id, ScanState.INFECTED if virus else ScanState.CLEAN, moment)
        if time.monotonic() >= end:
            break
    return settled


def _unscanned() -> list[Row[int, str, str, str]]:
    """The next files, in no fixed order: one that makes the scanner fail must not stand before the others each time."""
    with reading():
        query = (
            select(StoredFile.id, StoredFile.public_id, StoredFile.sha256, StoredFile.clean_sha256)
            .where(StoredFile.scan.in_(UNSCANNED))
            .order_by(case((StoredFile.scan == ScanState.WAITING.value, 0), else_=1), func.random())
            .limit(BATCH)
        )
        return list(db.session.execute(query).all())


def _virus_in(row: Row[int, str, str, str], scanner: ClamdScanner) -> str:
    """What is found in the original or in the copy that is handed out; nothing of the database is held meanwhile."""
    for content in read_all(row.public_id, has_clean_copy=row.clean_sha256 != row.sha256):
        virus = scanner.virus_in(content, patience=PATIENCE)
        if virus:
            return virus
    return ""


def _note(file_id: int, state: ScanState, moment: datetime) -> int:
    """Keep the verdict; nothing where another worker was first or the file is gone. Commits."""
    noted = db.session.scalars(
        update(StoredFile)
        .where(StoredFile.id == file_id, StoredFile.scan.in_(UNSCANNED))
        .values(scan=state.value, scanned_at=moment)
        .returning(StoredFile.id)
    ).all()
    db.session.commit()
    return len(noted)
