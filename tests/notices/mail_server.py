"""A small real mail server on loopback, for tests: it speaks as much SMTP as a sender needs."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Inbox:
    """What the server was given, and how it answers; `answers` has the reply to a command, by its first word.

    Instead of a reply stands "hang up", or "drip" for one that comes byte by byte and never ends; the greeting is
    the answer to "".
    """

    answers: dict[str, str] = field(default_factory=dict)
    certificate: Path | None = None
    port: int = 0
    raw: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    sign_ins: list[str] = field(default_factory=list)
    connections: int = 0
    encrypted: int = 0

    @property
    def mails(self) -> list[EmailMessage]:
        """The mails as a person's program reads them."""
        return [message_from_bytes(each, policy=policy.default) for each in self.raw]  # type: ignore[misc]


@contextmanager
def mail_server(
    answers: dict[str, str] | None = None, *, certificate: Path | None = None, tls: bool = False
) -> Iterator[Inbox]:
    """Serve on a free port until the block ends; `tls` speaks TLS from the first byte."""
    inbox = Inbox(dict(answers or {}), certificate)

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            inbox.connections += 1
            if tls:
                self._encrypt()
            if inbox.answers.get("") == "drip":
                self._drip()
                return
            self._say("220 mail.example.cn")
            while line := self.rfile.readline():
                if not self._answer(line.decode().rstrip("\r\n")):
                    return

        def _answer(self, line: str) -> bool:
            word = line.split(" ", maxsplit=1)[0].split(":", maxsplit=1)[0].upper()
            if word in inbox.answers:
                reply = inbox.answers[word]
                if reply == "hang up":
                    return False
                if reply == "drip":
                    self._drip()
                    return False
                self._say(reply)
                return True
            match word:
                case "EHLO":
                    more = ["250-STARTTLS"] if certificate and not tls and not self._is_encrypted() else []
                    self._say("250-mail.example.cn", *more, "250-AUTH PLAIN", "250 8BITMIME")
                case "STARTTLS":
                    self._say("220 go on")
                    self._encrypt()
                case "AUTH":
                    inbox.sign_ins.append(base64.b64decode(line.split(" ")[2]).decode())
                    self._say("235 welcome")
                case "RCPT":
                    inbox.recipients.append(line.split(":", maxsplit=1)[1])
                    self._say("250 ok")
                case "DATA":
                    self._say("354 go on")
                    content = b""
                    while (part := self.rfile.readline()) != b".\r\n":
                        content += part
                    if "." in inbox.answers:
                        return self._answer(".")
                    inbox.raw.append(content)
                    self._say("250 taken")
                case "QUIT":
                    self._say("221 bye")
                    return False
                case _:
                    self._say("250 ok")
            return True

        def _say(self, *lines: str) -> None:
            self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

        def _drip(self) -> None:
            for _ in range(100):  # far beyond what a test waits for
                self.wfile.write(b"2")
                time.sleep(0.05)

        def _is_encrypted(self) -> bool:
            return isinstance(self.connection, ssl.SSLSocket)

        def _encrypt(self) -> None:
            assert certificate
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile = self.connection.makefile("rb")
            self.wfile = self.connection.makefile("wb", buffering=0)  # type: ignore[assignment]
            inbox.encrypted += 1

        def finish(self) -> None:
            self.rfile.close()
            self.connection.close()

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that breaks off the talk is part of what is tested."""

    with Server(("127.0.0.1", 0), Talk) as server:
        inbox.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield inbox
        finally:
            server.shutdown()
            thread.join()


def make_certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that vouches for itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    moment = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "mail.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
