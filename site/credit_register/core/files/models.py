"""What is known of a stored file, and what may be stored for a purpose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from credit_register.core.database import Model


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


class StoredFile(Model):
    """A file as it was handed in (sealed) and as it is handed out (cleaned); the bytes are in the file store."""

    __tablename__ = "stored_file"
    __table_args__ = (
        CheckConstraint("size > 0", name="size_positive"),
        CheckConstraint("clean_size > 0", name="clean_size_positive"),
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

    @property
    def is_picture(self) -> bool:
        return self.media_type in {kind.media_type for kind in PICTURES}
