"""From a copy of the project on a machine that has only Python to the first page with the sample."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.servers import MeasurementFailed, Server
from tests.bench.table import Line, judged
from tests.services import PROJECT, clean_environment, free_port

_LIMIT = 180.0
_PATIENCE = 420.0


def fresh(_: object = None) -> Iterator[Line]:
    """`make run` in a copy of the tree until the first page answers, then again, and stop."""
    with tempfile.TemporaryDirectory(prefix="bench-fresh-") as folder:
        copy = Path(folder) / "project"
        _copy_project(copy)
        first = _seconds_to_page(copy)
        second = _seconds_to_page(copy)
    yield Line(
        what="fresh machine to first page",
        target="≤ 3 min",
        measured=f"{first:.0f} s with `make run` (a second start: {second:.0f} s); pip's download cache as it was",
        verdict=judged(first <= _LIMIT),
        numbers={"first_seconds": first, "second_seconds": second},
    )


def _copy_project(target: Path) -> None:
    """What a clone would hold, and what is not committed yet: all files that git does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        raise MeasurementFailed("this is no git clone, so what belongs to the project is not known")
    for name in filter(None, listed.stdout.split("\0")):
        source = PROJECT / name
        if source.is_file():  # a file may be deleted and still be tracked
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)


def _seconds_to_page(project: Path) -> float:
    port = free_port()
    log = project.parent / "run.log"
    environment = clean_environment(PORT=str(port), PYTHON=_python())
    # How pip reaches its index on this machine is the machine's own affair.
    environment |= {
        name: value
        for name, value in os.environ.items()
        if name.startswith("PIP_")
        or name.lower() in ("http_proxy", "https_proxy", "no_proxy", "ssl_cert_file")
    }
    start = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["make", "run"],
            cwd=project,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(port, process.pid)
    try:
        while not server.answers("/"):
            if process.poll() is not None or time.perf_counter() - start > _PATIENCE:
                tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-3:]
                raise MeasurementFailed(f"`make run` gave no page: {' / '.join(tail)}")
            time.sleep(0.1)
        return time.perf_counter() - start
    finally:
        _stop(process)


def _python() -> str:
    """The Python that made our environment: in the copy a new one is made by the same."""
    return getattr(sys, "_base_executable", sys.executable)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop make and what it runs; `flask serve` then ends web and worker, which have sessions of their own."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
    process.wait(timeout=60)
