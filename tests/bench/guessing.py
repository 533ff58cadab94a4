"""Somebody who tries receipts: well formed, all different, each from an address of its own, so that no count holds them.

Run as a program it tries them for a while and prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import socket
import threading
import time
from collections import Counter
from urllib.parse import urlencode

from tests.bench.filing import Citizen
from tests.bench.load import read_answer

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
RANDOM = 19  # characters; the twentieth makes the weighted sum a multiple of 31
UNKNOWN = "没有找到这个回执码".encode()


def well_formed(chance: random.Random) -> str:
    """A receipt that passes the check, as whoever guesses knows it from the published code."""
    values = [chance.randrange(31) for _ in range(RANDOM)]
    total = sum(value * pow(3, place, 31) for place, value in enumerate(values))
    values.append(-total * pow(3, -RANDOM, 31) % 31)
    return "".join(ALPHABET[value] for value in values)


class Guesser:
    """One connection with the cookie and the token that the form asks for."""

    def __init__(self, port: int, seed: int) -> None:
        browser = Citizen(port)
        self._token = browser.form("/reports/track")["csrf_token"]
        self._cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        self._chance = random.Random(seed)
        self._port = port
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def guess(self) -> int:
        """Try one receipt; the status of the answer."""
        fields = {"csrf_token": self._token, "receipt": well_formed(self._chance)}
        form = urlencode(fields).encode()
        address = ".".join(str(self._chance.randrange(1, 255)) for _ in range(3))
        head = (
            f"POST /reports/track HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
            f"X-Forwarded-For: 9.{address}\r\nCookie: {self._cookie}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n"
        )
        self._socket.sendall(head.encode() + form)
        received = b""
        while (answer := read_answer(received)) is None:
            piece = self._socket.recv(1 << 18)
            if not piece:
                raise ConnectionError
            received += piece
        # A slip in the check would be told before anything is looked up, and measure nothing.
        return answer[0] if UNKNOWN in received else -answer[0]


def run(port: int, *, connections: int, seconds: float, per_second: float) -> dict[str, object]:
    """Try receipts over so many connections; `per_second` all together, 0 for as fast as they are answered."""
    statuses: Counter[int] = Counter()
    lock = threading.Lock()
    guessers = [Guesser(port, seed) for seed in range(connections)]
    start = time.perf_counter()
    pause = connections / per_second if per_second else 0.0

    def work(number: int) -> None:
        guesser, turn = guessers[number], 0
        while time.perf_counter() < start + seconds:
            status = guesser.guess()
            with lock:
                statuses[status] += 1
            turn += 1
            if pause:
                time.sleep(max(0.0, start + turn * pause - time.perf_counter()))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - start
    return {"statuses": dict(statuses), "rate": statuses.total() / taken}


def main() -> None:
    """Read the options, try, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--per-second", type=float, default=0)
    given = parser.parse_args()
    print(
        json.dumps(
            run(
                given.port,
                connections=given.connections,
                seconds=given.seconds,
                per_second=given.per_second,
            )
        )
    )


if __name__ == "__main__":
    main()
