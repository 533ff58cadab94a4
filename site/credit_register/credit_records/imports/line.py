"""One good row, whatever the file: which record it speaks of and what it says, as plain data."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Final

REPAIR: Final = "repair"  # the kind of a row that brings no record but takes one off

_LONGEST_KEY: Final = 240
_BRACKETS: Final = str.maketrans("[【﹝(<《", "〔〔〔〔〔〔") | str.maketrans("]】﹞)>》", "〕〕〕〕〕〕")
_BLANKS: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Line:
    """`kind` is a RecordKind or REPAIR; `content` holds columns of the record, days and amounts as text."""

    kind: str
    key: str
    uscc: str
    name: str
    content: dict[str, Any]

    @property
    def digest(self) -> str:
        """By which the same row is known when it comes again, hexadecimal SHA-256."""
        plain = json.dumps(
            [self.kind, self.key, self.content], ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        return hashlib.sha256(plain.encode()).hexdigest()

    def dump(self) -> dict[str, Any]:
        """The row as JSON."""
        return {
            "kind": self.kind,
            "key": self.key,
            "uscc": self.uscc,
            "name": self.name,
            "content": self.content,
        }

    @classmethod
    def load(cls, data: dict[str, Any]) -> Line:
        """The row of `dump`."""
        return cls(data["kind"], data["key"], data["uscc"], data["name"], data["content"])


def folded(text: str) -> str:
    """A number or name without what clerks vary: width, blanks, the shape of brackets."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text)).translate(_BRACKETS).upper()


def key_of(*parts: str) -> str:
    """The key of a record; one that is too long for its column ends in a digest of the whole."""
    key = "|".join(folded(part) for part in parts)
    if len(key) <= _LONGEST_KEY:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"{key[: _LONGEST_KEY - len(digest) - 1]}#{digest}"
