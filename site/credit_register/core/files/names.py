"""File names that people sent, made fit to be shown and to be sent back."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from urllib.parse import quote

from credit_register.core.files.models import FileKind

LONGEST_NAME: Final = 100

_UNSAFE: Final = re.compile(r'[<>:"|?*;\\/%\x00-\x1f]')


def extension_of(filename: str) -> str:
    """The last extension in lower case with its dot, or nothing."""
    stem, dot, extension = _bare(filename).rpartition(".")
    return f".{extension.lower()}" if dot and stem and re.fullmatch(r"\w{1,10}", extension, re.ASCII) else ""


def display_name(filename: str, kind: FileKind) -> str:
    """The name to show: no folders, no control or direction marks, at most 100 characters, the extension true."""
    name = _bare(filename)
    extension = extension_of(filename)
    stem = name.removesuffix(name[-len(extension) :]) if extension else name
    if extension not in kind.extensions:
        extension = kind.extensions[0]
    stem = _UNSAFE.sub("_", stem).strip(" .") or "文件"
    return stem[: LONGEST_NAME - len(extension)].rstrip(" .") + extension


def content_disposition(name: str) -> str:
    """An attachment with its name as RFC 6266 and RFC 5987 want it; old clients get an ASCII name."""
    extension = extension_of(name)
    stem = (
        unicodedata.normalize("NFKD", name.removesuffix(extension)).encode("ascii", "ignore").decode("ascii")
    )
    plain = (_UNSAFE.sub("_", stem).strip(" .") or "file") + extension
    encoded = quote(name, safe="", encoding="utf-8")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"


def _bare(filename: str) -> str:
    """The name without folders and without invisible characters."""
    visible = "".join(
        character
        for character in unicodedata.normalize("NFC", filename[-1000:])
        if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    )
    return " ".join(re.split(r"[\\/]", visible)[-1].split())
