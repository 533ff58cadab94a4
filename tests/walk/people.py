"""People who use the site with a client that knows nothing but HTTP: cookies, forms, redirects."""

from __future__ import annotations

import http.cookiejar
import re
import struct
import urllib.error
import urllib.request
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from urllib.parse import urljoin
from uuid import uuid4

from passlib.totp import TOTP

Fields = Mapping[str, str | Sequence[str]]
Files = Mapping[str, tuple[str, bytes, str]]


@dataclass(frozen=True)
class Answer:
    """The page at the end of all redirects."""

    status: int
    url: str
    text: str

    def attribute(self, name: str) -> str:
        """The value of the first attribute of this name."""
        found = re.search(rf'\b{name}="([^"]*)"', self.text)
        assert found, f"{self.url}: no {name}\n{self.main}"
        return unescape(found[1])

    def hidden(self, name: str) -> str:
        """The value of the first field of this name."""
        for tag in re.findall(r"<input[^>]*>", self.text):
            if f'name="{name}"' in tag:
                value = re.search(r'value="([^"]*)"', tag)
                return unescape(value[1]) if value else ""
        raise AssertionError(f"{self.url}: no field {name}\n{self.main}")

    def link(self, pattern: str) -> str:
        """The first address in the page that matches."""
        found = re.search(rf'(?:href|action|formaction)="([^"]*{pattern}[^"]*)"', self.text)
        assert found, f"{self.url}: no address like {pattern}\n{self.main}"
        return unescape(found[1])

    @property
    def main(self) -> str:
        """What a person reads."""
        body = self.text.partition("<main")[2] or self.text
        return re.sub(r"\n\s*\n+", "\n", unescape(re.sub(r"<[^>]+>", " ", body)))


class Person:
    """One browser without scripts."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )

    def get(self, path: str) -> Answer:
        """Open a page."""
        return self._open(urllib.request.Request(urljoin(self._address, path)))

    def download(self, path: str) -> bytes:
        """A file as it comes; raises HTTPError for anything but success."""
        with self._opener.open(urljoin(self._address, path)) as answer:
            content: bytes = answer.read()
            return content

    def send(
        self, path: str, fields: Fields, *, page: str | None = None, files: Files | None = None
    ) -> Answer:
        """Fill in the form of a page (by default the one at the same address) and send it."""
        token = self.get(page or path).hidden("csrf_token")
        pairs = [("csrf_token", token)]
        for name, value in fields.items():
            pairs += [(name, value)] if isinstance(value, str) else [(name, each) for each in value]
        boundary = uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in pairs
        ]
        for name, (filename, content, kind) in (files or {}).items():
            head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
            parts.append(f"{head}Content-Type: {kind}\r\n\r\n".encode() + content + b"\r\n")
        body = b"".join(parts) + f"--{boundary}--\r\n".encode()
        request = urllib.request.Request(
            urljoin(self._address, path),
            data=body,
            headers={
                "Content-Type": f"multipart/form-data; boundary={boundary}",
                "Referer": urljoin(self._address, page or path),
            },
        )
        return self._open(request)

    def sign_in(self, email: str, password: str, totp_secret: str | None = None) -> Answer:
        """Enter with password and, where the account has one, the code of the authenticator."""
        answer = self.send("/account/login", {"email": email, "password": password})
        if totp_secret:
            code = TOTP(key=totp_secret).generate().token
            answer = self.send(answer.url, {"code": code})
        assert answer.status == 200, answer.main
        assert "/account/login" not in answer.url, answer.main
        return answer

    def _open(self, request: urllib.request.Request) -> Answer:
        try:
            with self._opener.open(request, timeout=30) as response:
                return Answer(response.status, response.url, response.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.url or "", error.read().decode(errors="replace"))


def picture() -> bytes:
    """A small real PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\x00" + bytes([200, 210, 230]) * 40 for _ in range(30))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 40, 30, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
