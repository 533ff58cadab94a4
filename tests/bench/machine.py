"""What the numbers were measured on, and what running processes cost."""

from __future__ import annotations

import contextlib
import os
import platform
import sqlite3
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_TOLD = ("flask", "gunicorn", "whoosh", "tantivy", "datasette")
_TICKS = os.sysconf("SC_CLK_TCK")


def facts() -> dict[str, Any]:
    """Cores, memory, Python and the versions that move the numbers; nothing that names the machine."""
    return {
        "date": time.strftime("%Y-%m-%d"),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "load_at_start": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: found for name in _TOLD if (found := _version(name))},
    }


def _version(name: str) -> str:
    """The version of a package, "" when it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def busy_warning(measured: dict[str, Any]) -> str:
    """A sentence when other work runs on the machine, because it moves every number that is no ratio."""
    if measured["load_at_start"] < 0.5 * (measured["cores"] or 1):
        return ""
    return f"Other work is running here (load {measured['load_at_start']}): times come out too long."


def process_tree(pid: int) -> list[int]:
    """The process and all that descend from it."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it may end while we look
            parents.setdefault(int(_stat(int(folder.name))[1]), []).append(int(folder.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


def cpu_seconds(pid: int) -> float:
    """Processor time that the process and its descendants have used, themselves and their ended children."""
    total = 0
    for one in process_tree(pid):
        with contextlib.suppress(OSError):
            total += sum(int(ticks) for ticks in _stat(one)[11:15])
    return total / _TICKS


def peak_megabytes(pid: int) -> float:
    """The most resident memory that a process held so far; 0 when it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    lines = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(lines[0].split()[1]) / 1024 if lines else 0.0


def command_line(pid: int) -> list[str]:
    """The words a process was started with; empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").rstrip("\0").split("\0")
    except OSError:
        return []


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on; the second may hold blanks and brackets."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
