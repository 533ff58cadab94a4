"""A small real scanner on loopback, for tests: it speaks INSTREAM as clamd does, and has every bad habit on request."""

from __future__ import annotations

import socketserver
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

MARK = b"TEST-VIRUS"  # what a test means to be a virus; the real test file would alarm the scanners of developers


@dataclass
class Scanner:
    """What the scanner was given, and how it answers.

    `answer` is said in place of the verdict. Instead of a sentence stands "hang up", "silence", or "drip" for an
    answer that comes byte by byte and never ends.
    """

    address: tuple[str, int] | Path = ("", 0)
    answer: str = ""
    infected: Callable[[bytes], bool] = lambda content: MARK in content
    limit: int = 25 * 1024 * 1024
    scanned: list[bytes] = field(default_factory=list)
    questions: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """The address as CLAMAV_URL."""
        if isinstance(self.address, Path):
            return f"unix://{self.address}"
        return f"tcp://{self.address[0]}:{self.address[1]}"


@contextmanager
def clamd(*, unix: bool = False, answer: str = "") -> Iterator[Scanner]:
    """Serve on a free port, or on a socket in a folder of its own, until the block ends."""
    scanner = Scanner(answer=answer)

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            scanner.questions += 1
            if scanner.answer == "hang up":
                return
            assert self.rfile.read(10) == b"zINSTREAM\0"
            content = b""
            while length := struct.unpack("!L", self.rfile.read(4))[0]:
                if len(content) + length > scanner.limit:
                    self._say("INSTREAM size limit exceeded. ERROR")
                    return
                chunk = self.rfile.read(length)
                assert len(chunk) == length
                content += chunk
            scanner.scanned.append(content)
            if scanner.answer == "silence":
                scanner.ended.wait(30)
            elif scanner.answer == "drip":
                self._drip()
            elif scanner.answer:
                self._say(scanner.answer)
            else:
                self._say("stream: Test-Signature FOUND" if scanner.infected(content) else "stream: OK")

        def _say(self, sentence: str) -> None:
            self.wfile.write(sentence.encode() + b"\0")

        def _drip(self) -> None:
            while not scanner.ended.is_set():
                self.wfile.write(b"s")
                time.sleep(0.05)

    class Quiet:
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that breaks off the talk is part of what is tested."""

    class TcpServer(Quiet, socketserver.ThreadingTCPServer):
        allow_reuse_address = True

    class UnixServer(Quiet, socketserver.ThreadingUnixStreamServer):
        pass

    # The path of a socket may have 107 bytes only, which a folder of pytest can exceed.
    with tempfile.TemporaryDirectory(prefix="clamd") as folder:
        path = Path(folder) / "clamd.ctl"
        with UnixServer(str(path), Talk) if unix else TcpServer(("127.0.0.1", 0), Talk) as server:
            scanner.address = path if unix else ("127.0.0.1", server.server_address[1])
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            try:
                yield scanner
            finally:
                scanner.ended.set()
                server.shutdown()
                thread.join()
