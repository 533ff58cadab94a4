"""A form that came without a sign-in or with an old token: its content is handed back to be sent again."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import request


@dataclass(frozen=True)
class Resubmission:
    """The fields of the form as they were typed; chosen files cannot be handed back."""

    url: str
    fields: tuple[tuple[str, str], ...]
    had_files: bool


def resubmission() -> Resubmission | None:
    """What the person may send again with one click; None where that would not be safe.

    Only for a form of this very site: another site could otherwise post a deed here and let the person
    confirm it with a button that carries a valid token. Sign-in forms are typed anew: they hold passwords.
    """
    if request.method != "POST" or request.path.startswith("/account") or not _from_this_site():
        return None
    fields = tuple((name, value) for name, value in request.form.items(multi=True) if name != "csrf_token")
    if any("password" in name for name, _ in fields):
        return None
    had_files = any(file.filename for file in request.files.values())
    return Resubmission(request.full_path.rstrip("?"), fields, had_files)


def _from_this_site() -> bool:
    fetched = request.headers.get("Sec-Fetch-Site")
    if fetched is not None:
        return fetched == "same-origin"
    origin = request.headers.get("Origin", "")
    return bool(origin) and urlsplit(origin).netloc == request.host
