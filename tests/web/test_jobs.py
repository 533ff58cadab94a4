"""The work of the clock as a whole: it does not take a moment to come for the time of the machine."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from flask import Flask

from credit_register.core.clock import clock_at
from credit_register.core.files.storage import file_store
from credit_register.web.jobs import JOBS, run_due


def test_the_file_of_a_running_upload_outlives_a_run_for_a_moment_to_come(app: Flask) -> None:
    store, present = file_store(), datetime.now(UTC)
    EOF_PLACEHOLDER
