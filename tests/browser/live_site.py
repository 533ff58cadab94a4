"""The running site as a browser test sees it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path


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

    def account(self, role: str) -> Account:
        """The first sample account in this role."""
        rows = json.loads((self.instance / "sample-accounts.json").read_text(encoding="utf-8"))
        row = next(row for row in rows if row["role"] == role)
        return Account(**{name: row.get(name) for name in ("email", "password", "role", "region", "uscc")})

    def answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(self.address + path, timeout=5) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
