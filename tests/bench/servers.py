"""The servers that are measured: the site as `flask serve` runs it, bare Flask beside it, and Datasette."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.machine import command_line, cpu_seconds, process_tree
from tests.services import PROJECT, clean_environment, end, free_port, wait_until

FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")
CONNECTIONS = 8


class MeasurementFailed(Exception):
    """A number could not be had; the text says why."""


@dataclass(frozen=True)
class Server:
    """A running server and the process that all of its others descend from."""

    port: int
    pid: int

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of one answer; OSError when there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def answers(self, path: str) -> bool:
        """Whether an address gives 200."""
        try:
            return self.get(path)[0] == 200
        except (OSError, http.client.HTTPException):
            return False


@contextmanager
def running(command: Sequence[str], port: int, alive: str, folder: Path, **settings: str) -> Iterator[Server]:
    """Start a server, wait until it answers at `alive`, and end it by its own process number."""
    log = folder / f"server-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=clean_environment(**settings),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(port, process.pid)
    try:
        wait_until(lambda: server.answers(alive), process, log)
        yield server
    finally:
        end(process)


@contextmanager
def site(instance: Path, **more: str) -> Iterator[Server]:
    """The site with web and worker, over an instance that is set up; `more` are settings."""
    port = free_port()
    settings = {"INSTANCE_PATH": str(instance), "PORT": str(port), "SAMPLE": "no", **more}
    with running([*FLASK, "serve"], port, "/healthz", instance.parent, **settings) as server:
        yield server


@contextmanager
def bare_flask(beside: Server, folder: Path) -> Iterator[Server]:
    """Bare Flask under the very command that runs the site, but for the application and the port."""
    command = next(
        (line for pid in process_tree(beside.pid) if "gunicorn" in (line := command_line(pid))), None
    )
    if command is None:
        raise MeasurementFailed("the site does not run under gunicorn")
    port = free_port()
    changed = {"wsgi:app": "tests.bench.bare:app", f"127.0.0.1:{beside.port}": f"127.0.0.1:{port}"}
    with running([changed.get(word, word) for word in command], port, "/hello", folder) as server:
        yield server


@contextmanager
def datasette(database: Path) -> Iterator[Server]:
    """Datasette at its best for data that do not change: `--immutable` spares it counting rows anew.

    It has no option for more processes; it is one uvicorn loop with its own threads for SQL.
    """
    port = free_port()
    command = [sys.executable, "-m", "datasette", "serve", "--immutable", str(database)]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    with running(command, port, "/-/versions.json", database.parent) as server:
        yield server


@dataclass
class Paths:
    """Addresses for one server; different ones are handed out once, so that no answer was given before."""

    lines: list[str]
    repeat: bool = False

    def take(self, count: int) -> list[str]:
        """The next so many; all of them when they may repeat."""
        if self.repeat:
            return self.lines
        taken, self.lines = self.lines[:count], self.lines[count:]
        return taken


def load(server: Server, paths: Paths, folder: Path, *, warm: float, seconds: float) -> dict[str, Any]:
    """Put load on a server from a process of its own; MeasurementFailed when an answer was not 200."""
    limit = int(1500 * (warm + seconds))  # more than any page here gives on such a machine
    asked = paths.take(limit)
    if not asked:
        raise MeasurementFailed("too few different addresses for so fast a server")
    file = folder / f"paths-{server.port}"
    file.write_text("\n".join(asked), encoding="ascii")
    before = cpu_seconds(server.pid)
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load", "--port", str(server.port)]
        + ["--connections", str(CONNECTIONS), "--warm", str(warm), "--seconds", str(seconds)]
        + (["--repeat"] if paths.repeat else [])
        + [str(file)],
        cwd=PROJECT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=warm + seconds + 60,
    )
    if done.returncode:
        raise MeasurementFailed(done.stderr.strip().splitlines()[-1])
    result: dict[str, Any] = json.loads(done.stdout)
    result["server_cpu_ms_each"] = (cpu_seconds(server.pid) - before) / max(1, result["answered"]) * 1000
    if not paths.repeat:
        paths.lines = asked[result["answered"] + CONNECTIONS :] + paths.lines
    if set(result["statuses"]) != {"200"}:
        raise MeasurementFailed(f"answers with status {result['statuses'] or 'none in the counted time'}")
    return result
