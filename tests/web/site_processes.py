"""The programs of the site as processes of their own over one instance folder, to be ended at any moment."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.bench.machine import process_tree
from tests.services import PROJECT, clean_environment, end, free_port, wait_until

FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")


@dataclass
class Running:
    """A process and where it writes what it says."""

    process: subprocess.Popen[bytes]
    log: Path

    def says(self, words: str) -> bool:
        return words in self.log.read_text(encoding="utf-8", errors="replace")

    def kill(self) -> int:
        """End it as a power cut would, at whatever it is doing; gives its exit status."""
        self.process.send_signal(signal.SIGKILL)
        return self.process.wait(timeout=30)

    def kill_all(self) -> list[int]:
        """End it and all that it started, as a power cut would; gives the numbers of the processes."""
        found = process_tree(self.process.pid)
        for one in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        self.process.wait(timeout=30)
        return found

    def stop(self) -> None:
        """Ask it to end."""
        if self.process.poll() is None:
            end(self.process)


class SiteProcesses:
    """Commands, workers and web servers over one instance folder, one database and one index."""

    def __init__(self, instance: Path, database_url: str, search_url: str) -> None:
        self._folder = instance.parent
        self._started: list[Running] = []
        self._environment = clean_environment(
            INSTANCE_PATH=str(instance), DATABASE_URL=database_url, SEARCH_URL=search_url, SAMPLE="no"
        )

    def command(self, *words: str) -> dict[str, Any]:
        """Run one command to its end; gives its JSON object."""
        done = subprocess.run(
            [*FLASK, *words, "--json"],
            cwd=PROJECT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def start(self, *command: str, **settings: str) -> Running:
        """Start a program that goes on until it is ended; `settings` stand in its environment too."""
        log = self._folder / f"process-{len(self._started)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=PROJECT,
                env=self._environment | settings,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        running = Running(process, log)
        self._started.append(running)
        return running

    def start_worker(self) -> Running:
        """The worker, without waiting for it."""
        return self.start(*FLASK, "worker")

    def wait_for_worker(self, worker: Running) -> Running:
        """Return when a worker has begun to look into the outbox."""
        wait_until(lambda: worker.says("index keeper started"), worker.process, worker.log)
        return worker

    def start_web(self) -> Callable[..., Any]:
        """A web server with one process; gives a function that reads one of its JSON addresses."""
        port = free_port()

        def read(path: str, **query: str) -> Any:
            address = f"http://127.0.0.1:{port}{path}?{urlencode(query)}"
            with urllib.request.urlopen(address, timeout=30) as answer:
                return json.load(answer)

        web = self.start(
            *(sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}"),
            *("--workers", "1", "--threads", "4", "--log-level", "warning"),
        )
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/healthz"), web.process, web.log)
        return read

    def start_site(self, port: int) -> Running:
        """Web and worker as `make run` starts them; returns when the site answers."""
        running = self.start(*FLASK, "serve", PORT=str(port))
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/healthz"), running.process, running.log)
        return running

    def stop_all(self) -> None:
        for running in self._started:
            running.stop()


def answers(address: str) -> bool:
    """Whether a server says yes at an address."""
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return bool(answer.status == 200)
    except (OSError, http.client.HTTPException):
        return False


@contextmanager
def site_processes(instance: Path, database_url: str, search_url: str) -> Iterator[SiteProcesses]:
    """The processes of one test; whatever still runs is ended with it."""
    processes = SiteProcesses(instance, database_url, search_url)
    try:
        yield processes
    finally:
        processes.stop_all()


def wait_for(condition: Callable[[], bool], *, seconds: float) -> float:
    """Return when a condition holds, with the seconds that it took; AssertionError after so many."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds, f"not within {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - start
