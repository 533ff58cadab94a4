"""Work that falls due by the clock; the worker runs it each minute, `jobs run-due` at any moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

Job = Callable[[datetime], int]

_JOBS: dict[str, Job] = {}


def due_job(name: str) -> Callable[[Job], Job]:
    """Register a job: it takes the moment, does what is due by then, and gives how many things it did.

    A job is safe to run twice for the same moment and commits by itself.
    """

    def register(job: Job) -> Job:
        _JOBS[name] = job
        return job

    return register


def run_due(moment: datetime) -> dict[str, int]:
    """Run every job; gives what each has done."""
    return {name: job(moment) for name, job in _JOBS.items()}
