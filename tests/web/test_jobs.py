"""The work of the clock as a whole: it does not take a moment to come for the time of the machine."""

from __future__ import annotations

import io
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask

from credit_register.core.clock import clock_at
from credit_register.core.database import db
from credit_register.core.files import PICTURES, FilePolicy, store_upload
from credit_register.web.jobs import run_due
from tests.registrations.applying import picture

POLICY = FilePolicy(max_bytes=100_000, max_count=1, kinds=PICTURES)


def uploading(instance: Path) -> set[Path]:
    """What an upload that is still to be committed has written."""
    before = set(instance.rglob("*"))
    store_upload(
        io.BytesIO(picture()), "照片.png", POLICY, purpose="licence", now=datetime.now(UTC), stored_by=None
    )
    db.session.rollback()
    return {path for path in set(instance.rglob("*")) - before if path.is_file()}


def test_the_files_of_a_running_upload_outlive_a_run_for_a_moment_to_come(
    app: Flask, instance_path: Path
) -> None:
    files, to_come = uploading(instance_path), datetime.now(UTC) + timedelta(days=400)
    assert files
    with clock_at(to_come):
        assert run_due(to_come)["sweep_orphan_files"] == 0
    assert all(path.exists() for path in files)
    two_days_ago = datetime.now(UTC).timestamp() - 2 * 86_400
    for path in files:
        os.utime(path, (two_days_ago, two_days_ago))
    with clock_at(to_come):
        assert run_due(to_come)["sweep_orphan_files"] == len(files)
    assert not any(path.exists() for path in files)
