"""A big roster from csv into the register and its index: time, processor time and the most memory held."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench import register
from tests.bench.machine import peak_megabytes
from tests.bench.plan import Plan
from tests.bench.servers import FLASK, MeasurementFailed
from tests.bench.table import Line, Verdict, judged
from tests.search_index.engine_urls import ENGINES
from tests.services import PROJECT, clean_environment

_TARGET = ("tantivy", 100_000)
_SECONDS, _MEGABYTES = 120.0, 400.0
_LOOK_EVERY = 0.02  # seconds; the peak only grows, so the last look before the end is the one that counts


@dataclass(frozen=True)
class Cost:
    """What a command took."""

    seconds: float
    cpu_seconds: float
    megabytes: float


def importing(plan: Plan) -> Iterator[Line]:
    """`import institutions` and then `search rebuild`, each a process of its own, for every engine."""
    for engine, size in plan.import_sizes.items():
        what = f"import of {size:,} institutions from csv, index of {engine} included"
        judges = (engine, size) == _TARGET
        if engine not in ENGINES:
            yield Line(f"{what}: time", "≤ 120 s", verdict=Verdict.NOT_BUILT)
            yield Line(f"{what}: memory", "≤ 400 MB", verdict=Verdict.NOT_BUILT)
            continue
        rows, index = _costs(engine, size)
        seconds, most = rows.seconds + index.seconds, max(rows.megabytes, index.megabytes)
        numbers = {"rows": size, "import": vars(rows), "index": vars(index)}
        yield Line(
            what=f"{what}: time",
            target="≤ 120 s" if judges else "",
            measured=f"{seconds:.0f} s: rows {rows.seconds:.0f} s, index {index.seconds:.0f} s"
            f" (processor {rows.cpu_seconds:.0f} + {index.cpu_seconds:.0f} s)",
            verdict=judged(seconds <= _SECONDS) if judges else Verdict.NOT_JUDGED,
            numbers=numbers,
        )
        yield Line(
            what=f"{what}: memory",
            target="≤ 400 MB" if judges else "",
            measured=f"{most:.0f} MB: rows {rows.megabytes:.0f} MB, index {index.megabytes:.0f} MB",
            verdict=judged(most <= _MEGABYTES) if judges else Verdict.NOT_JUDGED,
            numbers=numbers,
        )


def _costs(engine: str, size: int) -> tuple[Cost, Cost]:
    """What the import took, and the index after it."""
    with tempfile.TemporaryDirectory(prefix="bench-import-") as folder:
        instance, roster = Path(folder) / "instance", Path(folder) / "roster.csv"
        settings = {
            "INSTANCE_PATH": str(instance),
            "SAMPLE": "no",
            "SEARCH_URL": ENGINES[engine].format(folder=instance / "search"),
        }
        register.write_roster(roster, register.generated(size))
        _measured(("setup",), settings)
        rows = _measured(("import", "institutions", str(roster)), settings)
        return rows, _measured(("search", "rebuild"), settings)


def _measured(words: tuple[str, ...], settings: dict[str, str]) -> Cost:
    """Run a command; its memory is read while it runs.

    What the kernel reports of an ended child (`ru_maxrss`) would not do: a child begins as a copy of us, and
    our own memory stays in that number.
    """
    log = Path(settings["INSTANCE_PATH"]).parent / "command.log"
    start = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*FLASK, *words],
            cwd=PROJECT,
            env=clean_environment(**settings),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        most = 0.0
        while True:
            most = max(most, peak_megabytes(process.pid))
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            time.sleep(_LOOK_EVERY)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise MeasurementFailed(f"flask {' '.join(words[:2])} ended with {process.returncode}: {_last(log)}")
    return Cost(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, most)


def _last(log: Path) -> str:
    return "".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-1:])
