"""Finding a person in anything: a page, a file, a row, a cookie, however the words are written there."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from urllib.parse import quote

_BETWEEN = r"[\W_]{0,3}"
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_DEEPEST = 4  # archives in archives


class Traces:
    """What must not be found, by the name under which a find is told."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._texts = {name: re.compile("|".join(_written(text))) for name, text in secrets.items()}
        self._bytes = {name: _as_bytes(text) for name, text in secrets.items()}

    def in_text(self, text: str) -> set[str]:
        """The names of what stands in a text."""
        return {name for name, pattern in self._texts.items() if pattern.search(text)}

    def in_bytes(self, content: bytes) -> set[str]:
        """The names of what stands in a file, in the members of an archive and in packed streams."""
        found: set[str] = set()
        for piece in _unpacked(content):
            found |= {name for name, written in self._bytes.items() if any(each in piece for each in written)}
            found |= self.in_text(piece.decode("utf-8", "replace"))
        return found

    def in_cookie(self, value: str) -> set[str]:
        """The names of what stands in a cookie; that of a session is read without its key."""
        found = self.in_text(value)
        packed, _, rest = value.removeprefix(".").partition(".")
        with suppress(ValueError, zlib.error):
            content = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
            found |= self.in_bytes(zlib.decompress(content) if value.startswith(".") else content)
        return found | self.in_text(rest)


def _written(text: str) -> Iterator[str]:
    """Patterns of one secret: letter by letter with blanks and dashes between, and encoded."""
    for plain in dict.fromkeys((text, text.lower())):
        yield "(?i:" + _BETWEEN.join(map(re.escape, filter(str.isalnum, plain))) + ")"
        raw = plain.encode()
        if not plain.isascii():
            escaped = json.dumps(plain)[1:-1]
            yield "(?i:" + re.escape(escaped) + ")"
            yield "(?i:" + re.escape(quote(plain)) + ")"
            yield "(?i:" + "".join(f"&#(?:{ord(each)}|x{ord(each):x});" for each in plain) + ")"
            yield "(?i:" + re.escape(plain.encode("unicode_escape").decode()) + ")"
        yield "(?i:" + raw.hex() + ")"
        yield "(?i:" + plain.encode("utf-16-be").hex() + ")"
        for encoded in _base64(raw):
            yield re.escape(encoded)


def _base64(raw: bytes) -> Iterable[str]:
    """The characters that stand for it wherever it begins within a longer content, in both alphabets."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + raw).decode().rstrip("=")
        first = (before * 8 + 5) // 6  # characters that the bytes before it have a part in
        last = (before + len(raw)) * 8 // 6
        sure = whole[first:last]
        yield sure
        yield sure.translate(str.maketrans("+/", "-_"))


def _as_bytes(text: str) -> tuple[bytes, ...]:
    found = [
        plain.encode(code) for plain in (text, text.lower()) for code in ("utf-8", "utf-16-le", "utf-16-be")
    ]
    return (*found, *([] if text.isascii() else [text.encode("gb18030")]))


def _unpacked(content: bytes, depth: int = 0) -> Iterator[bytes]:
    yield content
    if depth >= _DEEPEST:
        return
    if content.startswith(b"PK"):
        with suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                yield member.filename.encode()
                yield from _unpacked(archive.read(member), depth + 1)
    for match in _STREAM.finditer(content):
        with suppress(zlib.error):
            yield zlib.decompress(match[1])
