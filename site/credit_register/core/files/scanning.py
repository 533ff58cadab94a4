"""Asking a virus scanner about content: clamd, by its command INSTREAM, within bounded time."""

from __future__ import annotations

import re
import socket
import struct
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog

from credit_register.core.files.errors import VirusFound
from credit_register.core.files.models import ScanState
from credit_register.core.settings import ClamdAddress

# The client is our own: those on PyPI are under the GPL or abandoned, and the talk is one command.
_COMMAND: Final = b"zINSTREAM\0"
_LENGTH: Final = struct.Struct("!L")
_CHUNK: Final = 256 * 1024
_LONGEST_ANSWER: Final = 4096
_ANSWER: Final = re.compile(r"stream: (?:OK|(?P<virus>.+) FOUND)")

CONNECT: Final = 2.0  # seconds; the scanner stands on this machine or next to it
UPLOAD_PATIENCE: Final = 10.0  # seconds that a person waits for the answer; after that the file waits for it
PAUSE: Final = 30.0  # seconds in which uploads do not ask a scanner that has just been silent


class NotScanned(Exception):
    """The scanner gave no verdict on this content; the text is for the log."""


class ScannerSilent(NotScanned):
    """The scanner is out of reach, has hung up or takes too long."""


class ClamdScanner:
    """One clamd, reached over TCP or a socket of this machine; each question has a connection of its own."""

    def __init__(self, address: ClamdAddress) -> None:
        self._address = address
        self._asked_again_at = 0.0

    def virus_in(self, content: bytes, *, patience: float) -> str:
        """The scanner's name of what it found, or nothing where the content is clean.

        `patience` is in seconds, for the whole talk. Raises NotScanned, or ScannerSilent.
        """
        end = time.monotonic() + patience
        try:
            with closing(self._connection(patience)) as connection:
                # It hangs up on what is larger than its limit, and the answer that says so lies here already.
                with suppress(BrokenPipeError, ConnectionResetError):
                    _send(connection, content, end)
                answer = _answer(connection, end)
        except (OSError, ValueError) as trouble:  # a name that cannot be one of a host is a ValueError
            raise ScannerSilent(type(trouble).__name__) from trouble
        if not answer:
            raise ScannerSilent("no answer")
        verdict = _ANSWER.fullmatch(answer)
        if verdict is None:
            raise NotScanned(answer[:200])
        return verdict["virus"] or ""

    def scan_upload(self, contents: Sequence[bytes], *, now: datetime) -> tuple[ScanState, datetime | None]:
        """What is to be noted of a file that is being handed in, from all its forms; raises VirusFound.

        No trouble of the scanner refuses a file. Of one that was silent a moment ago nothing is asked: a citizen
        with five files must not wait for it five times.
        """
        if time.monotonic() < self._asked_again_at:
            return ScanState.WAITING, None
        log = structlog.get_logger("files")
        try:
            for content in contents:
                virus = self.virus_in(content, patience=UPLOAD_PATIENCE)
                if virus:
                    log.warning("upload refused: virus found", virus=virus)
                    raise VirusFound
        except NotScanned as trouble:
            if isinstance(trouble, ScannerSilent):
                self._asked_again_at = time.monotonic() + PAUSE
            log.warning("upload not scanned; it waits for the scanner", reason=str(trouble))
            return ScanState.WAITING, None
        return ScanState.CLEAN, now

    def _connection(self, patience: float) -> socket.socket:
        limit = min(CONNECT, patience)
        if not isinstance(self._address, Path):
            return socket.create_connection(self._address, timeout=limit)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(limit)
            connection.connect(str(self._address))
        except BaseException:
            connection.close()
            raise
        return connection


def _send(connection: socket.socket, content: bytes, end: float) -> None:
    _limit(connection, end)
    connection.sendall(_COMMAND)
    view = memoryview(content)
    for start in range(0, len(view), _CHUNK):
        chunk = view[start : start + _CHUNK]
        _limit(connection, end)
        connection.sendall(_LENGTH.pack(len(chunk)) + chunk)
    connection.sendall(_LENGTH.pack(0))


def _answer(connection: socket.socket, end: float) -> str:
    """What the scanner says, without the zero that ends it."""
    answer = b""
    while b"\0" not in answer and len(answer) <= _LONGEST_ANSWER:
        _limit(connection, end)
        part = connection.recv(_LONGEST_ANSWER)
        if not part:
            break
        answer += part
    return answer.partition(b"\0")[0].decode(errors="replace").strip()


def _limit(connection: socket.socket, end: float) -> None:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    connection.settimeout(left)
