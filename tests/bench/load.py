"""A load generator so light that it leaves the cores to the server: one thread, raw sockets, no parsing.

Run as a program it reads the addresses to ask for from a file and prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

_SILENCE = 20.0  # seconds without any answer after which the server counts as dead


class Exchange:
    """One connection that asks for one address after the other."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._buffer = bytearray()
        self._request = b""
        self.asked_at = 0.0
        self.socket = self._connect()

    def _connect(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self._port), timeout=_SILENCE)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def ask(self, path: str) -> None:
        """Send a request; the answer is collected by `receive`."""
        self._request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nAccept: */*\r\n\r\n".encode()
        self.asked_at = time.perf_counter()
        self.socket.sendall(self._request)

    def receive(self) -> tuple[int, int] | None:
        """Status and size of the answer once it is whole; ConnectionError when the server hung up."""
        piece = self.socket.recv(1 << 18)
        if not piece:
            raise ConnectionError
        self._buffer += piece
        found = read_answer(bytes(self._buffer))
        if found is not None:
            self._buffer.clear()
        return found

    def again(self) -> None:
        """Connect anew and repeat the request: a server may close an idle connection at any time."""
        self.socket.close()
        self.socket = self._connect()
        self._buffer.clear()
        self.socket.sendall(self._request)


def read_answer(received: bytes) -> tuple[int, int] | None:
    """Status and number of bytes of a whole answer, None while some of it is missing."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = received[:end].lower()
    status = int(head[9:12])
    at = head.find(b"content-length:")
    if at >= 0:
        length = int(head[at + 15 :].split(b"\r\n", 1)[0])
        return (status, len(received)) if len(received) >= end + 4 + length else None
    if b"transfer-encoding: chunked" not in head:
        raise ValueError("an answer without a length")
    at = end + 4
    while (line := received.find(b"\r\n", at)) >= 0:
        size = int(received[at:line], 16)
        at = line + 2 + size + 2
        if at > len(received):
            return None
        if not size:
            return status, len(received)
    return None


class Tally:
    """What came back in the measured time."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.bytes = 0
        self.broken = 0


def run(
    port: int, paths: Iterator[str], *, connections: int, warm: float, seconds: float
) -> dict[str, object]:
    """Ask without pause over so many connections; answers after `warm` seconds are counted."""
    tally = Tally()
    selector = selectors.DefaultSelector()
    start = time.perf_counter()
    counted_from, until = start + warm, start + warm + seconds
    answered = 0
    cpu_before = 0.0
    for path, _ in zip(paths, range(connections), strict=False):
        exchange = Exchange(port)
        exchange.ask(path)
        selector.register(exchange.socket, selectors.EVENT_READ, exchange)
    now = time.perf_counter()
    while now < until and selector.get_map():
        ready = selector.select(_SILENCE)
        if not ready:
            raise TimeoutError(f"no answer within {_SILENCE:.0f} s")
        for key, _ in ready:
            exchange = key.data
            try:
                answer = exchange.receive()
            except ConnectionError:
                selector.unregister(key.fileobj)
                exchange.again()
                selector.register(exchange.socket, selectors.EVENT_READ, exchange)
                tally.broken += 1
                continue
            if answer is None:
                continue
            now = time.perf_counter()
            answered += 1
            if now < counted_from:
                cpu_before = time.process_time()
            else:
                tally.times.append(now - exchange.asked_at)
                tally.statuses[answer[0]] += 1
                tally.bytes += answer[1]
            path = next(paths, "")
            if path:
                exchange.ask(path)
            else:
                selector.unregister(key.fileobj)
        now = time.perf_counter()
    for key in list(selector.get_map().values()):
        key.data.socket.close()
    return _result(tally, taken=now - counted_from, answered=answered, cpu=time.process_time() - cpu_before)


def _result(tally: Tally, *, taken: float, answered: int, cpu: float) -> dict[str, object]:
    times = sorted(tally.times)
    counted = len(times)
    return {
        "answered": answered,
        "counted": counted,
        "seconds": taken,
        "rate": counted / taken if taken > 0 else 0.0,
        "p50_ms": times[counted // 2] * 1000 if times else None,
        "p95_ms": times[int(counted * 0.95)] * 1000 if times else None,
        "bytes_each": tally.bytes // max(1, counted),
        "statuses": {str(status): count for status, count in tally.statuses.items()},
        "reconnected": tally.broken,
        "client_cpu_share": cpu / taken if taken > 0 else 0.0,
    }


def main() -> None:
    """Read the options, run, print the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--warm", type=float, default=2.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--repeat", action="store_true", help="begin again at the end of the file")
    parser.add_argument("paths", type=Path, help="one address (path and query) in each line")
    given = parser.parse_args()
    lines = given.paths.read_text(encoding="ascii").split()
    paths = cycle(lines) if given.repeat else iter(lines)
    print(
        json.dumps(
            run(given.port, paths, connections=given.connections, warm=given.warm, seconds=given.seconds)
        )
    )


if __name__ == "__main__":
    main()
