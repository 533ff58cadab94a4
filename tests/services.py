"""The programs that tests need beside Python: are they there, and throwaway servers made from them."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, Self

import psycopg
import pytest
import redis

PROJECT = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0
# All that a program of the site needs from the person's own environment.
HARMLESS = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ", "USER")


def clean_environment(**settings: str) -> dict[str, str]:
    """An environment with these settings and none of the developer's own."""
    return {name: os.environ[name] for name in HARMLESS if name in os.environ} | settings


def find_program(name: str) -> str | None:
    """A program's path. Debian keeps PostgreSQL's server programs off PATH; the newest version wins."""
    versioned = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"),
        key=lambda path: [int(part) for part in path.parts[4].split(".")],
    )
    return str(versioned[-1]) if versioned else shutil.which(name)


def program(name: str) -> str:
    found = find_program(name)
    if found is None:
        raise FileNotFoundError(f"{name} is not installed; {installation_command()}")
    return found


def has_chinese_font() -> bool:
    lister = shutil.which("fc-list")
    if lister is None:
        return False
    return bool(subprocess.run([lister, ":lang=zh-cn"], capture_output=True, check=False).stdout.strip())


# Debian package → is what we need from it present?
PACKAGES: dict[str, Callable[[], bool]] = {
    "postgresql": lambda: find_program("initdb") is not None and find_program("postgres") is not None,
    "redis-server": lambda: find_program("redis-server") is not None,
    "chromium": lambda: find_program("chromium") is not None,
    "fontconfig": lambda: find_program("fc-list") is not None,
    "fonts-noto-cjk": has_chinese_font,
}


def missing_packages() -> list[str]:
    return [package for package, is_present in PACKAGES.items() if not is_present()]


def installation_command() -> str:
    return "sudo apt-get install --yes --no-install-recommends " + " ".join(PACKAGES)


def require_binaries() -> None:
    """Stop the whole run when a program is missing: a skipped test would look like a passed one."""
    missing = missing_packages()
    if missing:
        pytest.exit(f"Missing: {', '.join(missing)}. Please type:\n  {installation_command()}", returncode=3)


def install_missing_packages() -> None:
    """What `make test` runs first: apt-get where we may, otherwise the one command to type."""
    missing = missing_packages()
    if not missing:
        return
    prefix = _administrator_prefix()
    if prefix is None or shutil.which("apt-get") is None:
        _stop(missing)
    print(f"正在安装测试所需的系统软件 / installing for the tests: {' '.join(missing)}", flush=True)
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    subprocess.run([*apt, "update"], stdin=subprocess.DEVNULL, check=False)
    subprocess.run(
        [*apt, "install", "--yes", "--no-install-recommends", *missing], stdin=subprocess.DEVNULL, check=False
    )
    still_missing = missing_packages()
    if still_missing:
        _stop(still_missing)


def _administrator_prefix() -> list[str] | None:
    """Words before a command that needs root, or None when we may not."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    allowed = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    return ["sudo", "-n"] if allowed else None


def _stop(missing: list[str]) -> NoReturn:
    sys.exit(
        f"测试还需要 / the tests also need: {', '.join(missing)}\n"
        f"请执行 / please type:\n  {installation_command()}"
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until(is_ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when a server answers; raise with its log when it ended or stayed silent for a minute."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended at once:\n{log.read_text()}")
        if is_ready():
            return
        time.sleep(0.05)
    raise TimeoutError(f"no answer after {START_SECONDS:.0f} s:\n{log.read_text()}")


def end(process: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> None:
    """End one server that we started, by its own process number; it may take a minute to end its children."""
    process.send_signal(number)
    try:
        process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class PostgresServer:
    """A throwaway PostgreSQL: it trusts whoever may enter its folder, and fears no power cut unless `durable`."""

    def __init__(self, *, durable: bool = False) -> None:
        self._durable = durable
        # Short and outside pytest's own folders: a socket's path may have 107 bytes, and pytest's folders
        # are closed to the other account that PostgreSQL runs as when we are root.
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        # PostgreSQL refuses to run as root; Debian's package brings the account.
        self.account: int | None = None
        self.group: int | None = None
        if os.geteuid() == 0:
            entry = pwd.getpwnam("postgres")
            self.account, self.group = entry.pw_uid, entry.pw_gid
            os.chown(self.folder, self.account, self.group)

    def __enter__(self) -> Self:
        data = self.folder / "data"
        log = self.folder / "log"
        self._run(
            program("initdb"), "--pgdata", str(data), "--username", "postgres", "--auth", "trust",
            "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions",
        )  # fmt: skip
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "max_connections": "100",
        }
        if not self._durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [program("postgres"), "-D", str(data)]
                + [word for name, value in settings.items() for word in ("-c", f"{name}={value}")],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                start_new_session=True,  # Ctrl-C reaches pytest, which then ends this server in good order
                user=self.account,
                group=self.group,
                extra_groups=None if self.account is None else [],
            )
        wait_until(self._answers, self.process, log)
        return self

    def __exit__(self, *_: object) -> None:
        end(self.process, signal.SIGINT)  # PostgreSQL's fast shutdown
        shutil.rmtree(self.folder)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def execute(self, *statements: str) -> None:
        """Run statements such as CREATE DATABASE, which allow no transaction around them."""
        with psycopg.connect(
            host=str(self.folder), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            user=self.account,
            group=self.group,
            extra_groups=None if self.account is None else [],
        )
        if done.returncode:
            raise RuntimeError(f"{shlex.join(command)}\n{done.stdout}{done.stderr}")


class RedisServer:
    """A throwaway Redis on a free loopback port that writes nothing to disk."""

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="redis-"))
        self.port = free_port()
        words = shlex.split(
            f"--port {self.port} --bind 127.0.0.1 --save '' --appendonly no --dir {self.folder}"
        )
        log = self.folder / "log"
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [program("redis-server"), *words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(self._answers, self.process, log)
        return self

    def __exit__(self, *_: object) -> None:
        end(self.process)
        shutil.rmtree(self.folder)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def _answers(self) -> bool:
        with redis.Redis(port=self.port) as connection:
            try:
                return bool(connection.ping())
            except redis.ConnectionError:
                return False


if __name__ == "__main__":
    install_missing_packages()
