"""What is known of a stored file, and what may be stored for a purpose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Final

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from credit_register.core.database import Model, one_of


class FileKind(Enum):
    """A kind of content: its media type, the extensions it may bear (the first is its own), its Chinese name."""

    JPEG = ("image/jpeg", (".jpg", ".jpeg", ".jpe", ".jfif"), "JPEG 图片")
    PNG = ("image/png", (".png",), "PNG 图片")
    WEBP = ("image/webp", (".webp",), "WebP 图片")
    PDF = ("application/pdf", (".pdf",), "PDF 文档")
    DOCX = (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        (".docx",),
        "Word 文档（.docx）",
    )
    XLSX = (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        (".xlsx",),
        "Excel 表格（.xlsx）",
    )
    TEXT = ("text/plain", (".txt",), "纯文本（.txt）")
    CSV = ("text/csv", (".csv",), "CSV 表格")

    def __init__(self, media_type: str, extensions: tuple[str, ...], label: str) -> None:
        self.media_type = media_type
        self.extensions = extensions
        self.label = label


PICTURES: Final = frozenset({FileKind.JPEG, FileKind.PNG, FileKind.WEBP})
DOCUMENTS: Final = frozenset({FileKind.PDF, FileKind.DOCX})
SHEETS: Final = frozenset({FileKind.XLSX, FileKind.CSV})


@dataclass(frozen=True)
class FilePolicy:
    """What one purpose takes: bytes of each file, number of files, kinds of content."""

    max_bytes: int
    max_count: int
    kinds: frozenset[FileKind]

    @property
    def labels(self) -> list[str]:
        """The kinds in Chinese, in a fixed order, for messages and for the hint beside a file field."""
        return [kind.label for kind in FileKind if kind in self.kinds]

    @property
    def extensions(self) -> list[str]:
        """The extensions of the kinds, for the `accept` attribute of a file field."""
        return [extension for kind in FileKind if kind in self.kinds for extension in kind.extensions]


class ScanState(StrEnum):
    """What the virus scanner has said of a file."""

    NONE = "none"  # no scanner was configured when the file came
    WAITING = "waiting"  # the scanner could not be asked, or gave no verdict
    CLEAN = "clean"
    INFECTED = "infected"

    @property
    def word(self) -> str:
        """What staff read beside the file."""
        return {
            ScanState.NONE: "未启用查毒",
            ScanState.WAITING: "待查毒，打开请谨慎",
            ScanState.CLEAN: "已查毒",
            ScanState.INFECTED: "发现病毒，不能打开",
        }[self]


UNSCANNED: Final = (ScanState.NONE.value, ScanState.WAITING.value)


class StoredFile(Model):
    """A file as it was handed in (sealed) and as it is handed out (cleaned); the bytes are in the file store."""

    __tablename__ = "stored_file"
    __table_args__ = (
        CheckConstraint("size > 0", name="size_positive"),
        CheckConstraint("clean_size > 0", name="clean_size_positive"),
        one_of("scan", ScanState),
        CheckConstraint("(scanned_at IS NOT NULL) = (scan IN ('clean', 'infected'))", name="scan_has_a_date"),
        Index(
            "ix_stored_file_unscanned",
            "scan",
            sqlite_where=text("scan IN ('none', 'waiting')"),
            postgresql_where=text("scan IN ('none', 'waiting')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(22), unique=True)
    purpose: Mapped[str] = mapped_column(String(40))
    original_name: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    clean_size: Mapped[int]
    clean_sha256: Mapped[str] = mapped_column(String(64))
    stored_at: Mapped[datetime]
    stored_by: Mapped[int | None]
    scan: Mapped[str] = mapped_column(String(10), default=ScanState.NONE.value)
    scanned_at: Mapped[datetime | None]

    @property
    def is_picture(self) -> bool:
        return self.media_type in {kind.media_type for kind in PICTURES}

    @property
    def is_infected(self) -> bool:
        return self.scan == ScanState.INFECTED.value

    @property
    def scan_word(self) -> str:
        return ScanState(self.scan).word
