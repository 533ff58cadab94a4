"""Many citizens who file a report at the same moment, each with a browser of their own.

Run as a program it files so many reports, opens each receipt, and prints one JSON object.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlencode

_FIELD = re.compile(r'name="(csrf_token|idempotency_key)"[^>]*value="([^"]+)"')
_RECEIPT = re.compile(r'data-receipt="([^"]+)"')
_STATE = re.compile(r'data-state="([^"]+)"')


@dataclass
class Citizen:
    """One browser: a connection and its cookies."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def request(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, address of a redirect, body."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if fields is not None:
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": f"http://127.0.0.1:{self.port}",
            }
        body = None if fields is None else urlencode(fields)
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionResetError):
            if method != "GET":
                raise  # a report that was lost on the way counts as a failure
            # A server may close an idle connection at any time.
            self._connection.close()
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers.get("Location", ""), text

    def refresh(self) -> None:
        """Connect anew, as a browser does that has waited."""
        self._connection.close()

    def form(self, path: str) -> dict[str, str]:
        """The hidden fields of a form."""
        status, _, text = self.request("GET", path)
        if status != 200:
            raise RuntimeError(f"GET {path} gave {status}")
        return dict(_FIELD.findall(text))

    def file(self, number: int, hidden: dict[str, str], timed: Callable[[float], None]) -> str:
        """File a report without files; gives the receipt."""
        fields = {
            **hidden,
            "kind": "report",
            "subject_name": f"示例被举报机构{number}",
            "facts": f"第 {number} 件：公示的收费标准与实际收费不一致，请核查。",
            "anonymous": "1",
        }
        start = time.perf_counter()
        status, location, text = self.request("POST", "/reports/new", fields)
        timed(time.perf_counter() - start)
        if status not in (302, 303):
            raise RuntimeError(f"POST /reports/new gave {status}: {text[:200]}")
        _, _, page = self.request("GET", location)
        found = _RECEIPT.search(page)
        if found is None:
            raise RuntimeError("no receipt")
        return found[1]

    def opens(self, receipt: str) -> bool:
        """Whether a receipt leads to its case."""
        hidden = self.form("/reports/track")
        status, location, text = self.request("POST", "/reports/track", {**hidden, "receipt": receipt})
        if status in (302, 303):
            _, _, text = self.request("GET", location)
        found = _STATE.search(text)
        return found is not None and found[1] == "received"


def run(port: int, *, reports: int, at_a_time: int) -> dict[str, object]:
    """File so many reports with so many citizens at a time, then open each in a fresh browser."""
    times: list[float] = []
    failures: list[str] = []
    receipts: list[str] = []
    lock = threading.Lock()
    # All have the form open before the first presses the button, and then they press together.
    crowd = [Citizen(port) for _ in range(at_a_time)]

    def timed(seconds: float) -> None:
        with lock:
            times.append(seconds)

    def files(place: int) -> None:
        for number in range(place, reports, at_a_time):
            try:
                receipt = crowd[place].file(number, crowd[place].form("/reports/new"), timed)
                with lock:
                    receipts.append(receipt)
            except (OSError, http.client.HTTPException, RuntimeError) as error:
                crowd[place].refresh()
                with lock:
                    failures.append(f"{type(error).__name__}: {error}")

    def opens(receipt: str) -> bool:
        return Citizen(port).opens(receipt)

    started = time.perf_counter()
    with ThreadPoolExecutor(at_a_time) as pool:
        list(pool.map(files, range(at_a_time)))
        taken = time.perf_counter() - started
        opened = list(pool.map(opens, receipts))
    times.sort()
    return {
        "filed": len(receipts),
        "different": len(set(receipts)),
        "opened": sum(opened),
        "failures": failures,
        "p50": times[len(times) // 2],
        "p95": times[int(len(times) * 0.95)],
        "slowest": times[-1],
        "seconds": taken,
    }


def main() -> None:
    """Read the options, file, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--reports", type=int, default=200)
    parser.add_argument("--at-a-time", type=int, default=32)
    given = parser.parse_args()
    print(json.dumps(run(given.port, reports=given.reports, at_a_time=given.at_a_time)))


if __name__ == "__main__":
    main()
