"""Importing a file: read, checked, and written in one transaction, or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from credit_register.access.actor import Actor
from credit_register.audit import services as audit
from credit_register.core import regions
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.sheets import SheetLimits
from credit_register.institutions.imports.reading import Progress, read_file, silent
from credit_register.institutions.imports.results import Counts, ImportRefused, Level
from credit_register.institutions.imports.spool import Spool
from credit_register.institutions.imports.writing import Work, hold_the_register
from credit_register.institutions.imports.writing_institutions import go_through_roster
from credit_register.institutions.imports.writing_products import go_through_products

REASONS = {"institutions": "批量导入登记名单", "products": "批量导入服务产品"}
COMMAND_LIMITS = SheetLimits()

_TRIES = 3
_GO_THROUGH: dict[str, Callable[[Work, Progress], None]] = {
    "institutions": go_through_roster,
    "products": go_through_products,
}


def import_file(
    path: Path,
    kind: str,
    spool: Spool,
    *,
    actor: Actor,
    now: datetime,
    keep_originals: bool = False,
    progress: Progress = silent,
) -> Counts:
    """Bring the good rows of a file into the register; the remarks are left in the spool.

    Raises ImportRefused, and then nothing has changed. Commits once.
    """
    read = read_file(
        path,
        kind,
        spool,
        today=local_date(now),
        limits=COMMAND_LIMITS,
        keep_originals=keep_originals,
        progress=progress,
    )
    subject = fingerprint(path)

    def finish(work: Work) -> None:
        record_import(
            work, subject_kind="import_file", subject_id=subject[:32], file_name=path.name, sha256=subject
        )

    region = actor.region or regions.NATION
    return write(spool, read, actor=actor, now=now, region=region, finish=finish, progress=progress).counts


def write(
    spool: Spool,
    read: Counts,
    *,
    actor: Actor,
    now: datetime,
    region: str,
    finish: Callable[[Work], None],
    begin: Callable[[], None] = lambda: None,
    progress: Progress = silent,
) -> Work:
    """Write the good rows of the spool in one transaction that `begin` opens and `finish` completes.

    Another way into the register may have made the same code in between; the rows are then settled anew.
    """
    for left in reversed(range(_TRIES)):
        db.session.rollback()
        spool.back_to_mark()
        work = Work(spool, deepcopy(read), actor, now, True, REASONS[read.kind], region)
        try:
            hold_the_register()
            begin()
            go_through(work, progress)
            finish(work)
            db.session.commit()
        except (IntegrityError, StaleDataError) as error:
            db.session.rollback()
            if not left:
                raise ImportRefused(
                    "导入期间有人修改了同一批机构，本次没有导入任何内容。请稍后重新导入。"
                ) from error
        except OperationalError as error:
            db.session.rollback()
            raise ImportRefused(
                "数据库正忙（可能有另一项导入正在进行）或磁盘已满，本次没有导入任何内容。请稍后重新导入。"
            ) from error
        except BaseException:
            db.session.rollback()
            raise
        else:
            return work
    raise AssertionError("the last try returns or raises")


def go_through(work: Work, progress: Progress = silent) -> None:
    """Settle every good row, and count the doubts."""
    _GO_THROUGH[work.counts.kind](work, progress)
    work.counts.warnings = work.spool.count(Level.WARNING)


def record_import(work: Work, *, subject_kind: str, subject_id: str | int, **detail: Any) -> None:
    """One audit row for the whole file."""
    counts = work.counts
    audit.record(
        f"import.{counts.kind}",
        actor=work.actor,
        at=work.now,
        subject_kind=subject_kind,
        subject_id=subject_id,
        region=work.region,
        detail={
            **detail,
            **counts.contract(),
            "new": counts.new,
            "changed": counts.changed,
            "published": counts.published,
        },
    )


def fingerprint(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
