"""The running site as a browser test sees it."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.services import PROJECT, clean_environment, end, free_port, wait_until


@dataclass(frozen=True)
class Account:
    email: str
    password: str
    role: str
    region: str | None
    uscc: str | None


@dataclass(frozen=True)
class LiveSite:
    """The site as `make run` serves it: its address, the folder it writes to, and what it logs."""

    address: str
    instance: Path
    log: Path

    def account(self, role: str, uscc: str | None = None) -> Account:
        """The first sample account in this role, or the one of an institution."""
        return next(each for each in self.accounts(role) if uscc in (None, each.uscc))

    def accounts(self, role: str) -> list[Account]:
        """Every sample account in this role."""
        rows = json.loads((self.instance / "sample-accounts.json").read_text(encoding="utf-8"))
        names = ("email", "password", "role", "region", "uscc")
        return [Account(**{name: row.get(name) for name in names}) for row in rows if row["role"] == role]

    def answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(self.address + path, timeout=5) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False


@contextmanager
def running_site(instance: Path, **settings: str) -> Iterator[LiveSite]:
    """Set up the register in a folder and serve it, web and worker, until the block ends; with the sample, unless
    the settings say otherwise."""
    port = free_port()
    values = {"SAMPLE": "yes", **settings, "INSTANCE_PATH": str(instance), "PORT": str(port)}
    environment = clean_environment(**values)
    flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
    setup = subprocess.run(
        [*flask, "setup"], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert setup.returncode == 0, setup.stdout + setup.stderr
    log = instance.parent / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*flask, "serve"],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    site = LiveSite(f"http://127.0.0.1:{port}", instance, log)
    try:
        wait_until(lambda: site.answers("/readyz"), process, log)
        yield site
    finally:
        end(process)
