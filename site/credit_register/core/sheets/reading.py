"""One way in for every tabular file: the content decides how it is read, never its name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from credit_register.core.sheets.csv_reader import read_csv
from credit_register.core.sheets.errors import (
    EmptySheet,
    EncryptedWorkbook,
    LegacyWorkbook,
    SheetTooLarge,
    UnreadableFile,
    WrongFileType,
)
from credit_register.core.sheets.model import DEFAULT_LIMITS, HeaderSpec, Sheet, SheetLimits
from credit_register.core.sheets.xlsx_reader import read_xlsx

_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_FOREIGN: Final = (
    (b"\xff\xd8\xff", "图片"),
    (b"\x89PNG", "图片"),
    (b"GIF8", "图片"),
    (b"BM", "图片"),
    (b"%PDF-", "PDF 文档"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"\x1f\x8b", "压缩包"),
    (b"MZ", "程序"),
    (b"\x7fELF", "程序"),
)
_MARKUP: Final = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head", b"<div", b"<style")


def read_sheet(path: Path | str, header: HeaderSpec, *, limits: SheetLimits = DEFAULT_LIMITS) -> Sheet:
    """Open a csv or xlsx file at its header; raises a SheetError that says what to do.

    A damaged place further down the file raises while the rows are iterated.
    """
    file = Path(path)
    try:
        size = file.stat().st_size
        with file.open("rb") as stream:
            start = stream.read(512)
    except OSError:
        raise UnreadableFile(file.name) from None
    if not start:
        raise EmptySheet
    if size > limits.file_bytes:
        raise SheetTooLarge(f"超过 {limits.file_bytes // 1024**2} MB")
    if start.startswith(_OLE):
        raise EncryptedWorkbook if _contains(file, _ENCRYPTED) else LegacyWorkbook
    if start.startswith(b"PK"):
        return read_xlsx(file, header, limits)
    for magic, name in _FOREIGN:
        if start.startswith(magic) and (len(magic) > 2 or b"\x00" in start):
            raise WrongFileType(name)
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_MARKUP):
        raise WrongFileType("网页")  # what many systems export under the name .xls
    return read_csv(file, header, limits)


def _contains(file: Path, needle: bytes) -> bool:
    tail = b""
    with file.open("rb") as stream:
        while chunk := stream.read(1024**2):
            if needle in tail + chunk:
                return True
            tail = chunk[-len(needle) :]
    return False
