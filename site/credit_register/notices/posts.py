"""Ways for a mail to leave: a mail server, or a folder where there is none."""

from __future__ import annotations

import io
import os
import secrets
import smtplib
import socket
import ssl
import time
from contextlib import suppress
from email import policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from credit_register.core.settings import MailServer

ANSWER_WITHIN = 20.0  # seconds, for each step of the talk with the server
LONGEST_TALK = 30.0  # seconds, for all steps together: the worker has other things to do
_PERMANENT = 500  # from here on a server's answer is final (RFC 5321, 4.2.1)
_CLOSING = 421  # the server says goodbye with it


class NotSent(Exception):
    """A mail did not leave: `final` when trying again is useless, `stop` when others would fail as well.

    `reason` is for the log: the kind of trouble and the number of the server's answer, never its text, in which
    servers repeat the address.
    """

    def __init__(self, reason: str, *, final: bool = False, stop: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final
        self.stop = stop


class _Answers(io.RawIOBase):
    """The bytes of a server's answers. Waiting for them ends with the talk, in however small drops they come."""

    def __init__(self, talk: _Talk) -> None:
        self._talk = talk

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._talk.hurried().recv_into(buffer)


class _Talk(smtplib.SMTP):
    """A talk with a mail server that is over after `LONGEST_TALK`, also when the server is never quite silent."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._end = time.monotonic() + LONGEST_TALK  # first, because the library connects while it is made
        super().__init__(*arguments, **options)

    def hurried(self) -> socket.socket:
        """The connection, which waits no longer than the talk may last; raises TimeoutError when that is over."""
        left = self._end - time.monotonic()
        if left <= 0 or self.sock is None:
            raise TimeoutError("the talk with the mail server has lasted too long")
        self.sock.settimeout(min(left, ANSWER_WITHIN))
        return self.sock

    def getreply(self) -> tuple[int, bytes]:
        """As the library's own, through a file that looks at the clock."""
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Answers(self))
        return super().getreply()

    def send(self, s: Any) -> None:
        """As the library's own; a server that takes nothing is not waited for beyond the end either."""
        if self.sock is not None:
            self.hurried()
        super().send(s)


class _TlsTalk(_Talk, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


class SmtpPost:
    """Hands mail to a server, all of one round through one connection that is opened when it is needed."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            try:
                self._connection.quit()
            except (smtplib.SMTPException, OSError):
                self._connection.close()

    def send(self, message: EmailMessage, name: str) -> None:
        """Give one mail to the server; raises NotSent."""
        try:
            if self._connection is None:
                self._connection = self._connect()
        except (smtplib.SMTPException, OSError, ValueError) as trouble:
            raise NotSent(_reason(trouble), stop=True) from None
        try:
            self._connection.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            code = max(answer[0] for answer in refused.recipients.values())
            raise NotSent(
                f"recipient refused {code}", final=code >= _PERMANENT, stop=code == _CLOSING
            ) from None
        except smtplib.SMTPDataError as refused:
            raise NotSent(
                _reason(refused), final=refused.smtp_code >= _PERMANENT, stop=refused.smtp_code == _CLOSING
            ) from None
        except (smtplib.SMTPNotSupportedError, ValueError) as trouble:  # the address is not plain ASCII
            raise NotSent(_reason(trouble), final=True) from None
        except (smtplib.SMTPException, OSError) as trouble:
            # The server is gone, or it refuses the sender: no fault of this mail, and others fare no better.
            raise NotSent(_reason(trouble), stop=True) from None

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        context = ssl.create_default_context()
        if server.security == "tls":
            connection: smtplib.SMTP = _TlsTalk(
                server.host, server.port, timeout=ANSWER_WITHIN, context=context
            )
        else:
            connection = _Talk(server.host, server.port, timeout=ANSWER_WITHIN)
        try:
            if server.security == "starttls":
                connection.starttls(context=context)
            if server.user:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection


class FolderPost:
    """Puts mail as .eml files into a folder that only the owner reads; sending one again replaces its file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: EmailMessage, name: str) -> None:
        """Write one mail; raises NotSent."""
        fresh = self._folder / f".{name}.{secrets.token_hex(4)}"
        try:
            content = message.as_bytes(policy=policy.SMTP)
            self._folder.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
            fresh.replace(self._folder / name)
        except ValueError as trouble:
            raise NotSent(_reason(trouble), final=True) from None
        except OSError as trouble:
            with suppress(OSError):
                fresh.unlink()
            raise NotSent(_reason(trouble), stop=True) from None

    def remove(self, name: str) -> None:
        """Delete the file of an old mail, where there is one."""
        (self._folder / name).unlink(missing_ok=True)


def _reason(trouble: Exception) -> str:
    code = trouble.smtp_code if isinstance(trouble, smtplib.SMTPResponseException) else None
    return type(trouble).__name__ if code is None else f"{type(trouble).__name__} {code}"
