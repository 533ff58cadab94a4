"""Confirms a batch in a process of its own, which stays where it is told to until it is killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from credit_register.accounts.models import Account
from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.credit_records.imports import applying, taking_effect
from credit_register.credit_records.models import RecordBatch
from tests.conftest import MOMENT, make_app
from tests.services import PROJECT, clean_environment

BETWEEN, WITHIN = "between two transactions", "within the second transaction"


def confirm_and_kill(
    database_url: str, instance: Path, batch: RecordBatch, by: Account, *, place: str, chunk: int
) -> None:
    """Start the confirmation of a batch and end its process as a power cut would, where the place says."""
    words = [database_url, str(instance), str(batch.id), str(by.id), place, str(chunk)]
    db.session.rollback()  # the other process needs the lock
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.credit_records.imports.confirming", *words],
        cwd=PROJECT,
        env=clean_environment(PYTHONPATH=f"{PROJECT / 'site'}:{PROJECT}", SAMPLE="no"),
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"here\n"
        process.kill()
        assert process.wait(timeout=30) == -signal.SIGKILL


def _stay(*_: Any, **__: Any) -> None:
    sys.stdout.write("here\n")
    sys.stdout.flush()
    time.sleep(120)


class _Second:
    """Lets the first call through and stays in the second, when what it did is not committed."""

    def __init__(self) -> None:
        self._calls = 0
        self._settle = taking_effect.settle_all

    def __call__(self, *rows: Any, **options: Any) -> Any:
        self._calls += 1
        found = self._settle(*rows, **options)
        if self._calls == 2:
            _stay()
        return found


def _confirm(database_url: str, instance: str, batch: str, account: str, place: str, chunk: str) -> None:
    app = make_app(database_url, Path(instance))
    taking_effect.CHUNK = int(chunk)
    if place == BETWEEN:
        applying.let_others_write = _stay
    else:
        taking_effect.settle_all = _Second()
    with app.app_context(), clock_at(MOMENT):
        found = db.session.get_one(RecordBatch, int(batch))
        actor = db.session.get_one(Account, int(account)).actor
        applying.confirm_batch(found, with_removals=True, version=found.version, actor=actor, now=MOMENT)


if __name__ == "__main__":
    _confirm(*sys.argv[1:])
