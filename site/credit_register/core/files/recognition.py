"""What a file is by its content, and whether its name admits it."""

from __future__ import annotations

import re
from threading import BoundedSemaphore
from typing import Final

from credit_register.core.files.errors import FileBroken, FileKindRefused, NameContradictsContent
from credit_register.core.files.models import PICTURES, FileKind, FilePolicy
from credit_register.core.files.names import extension_of
from credit_register.core.files.office import clean_office, office_kind
from credit_register.core.files.pdf import clean_pdf
from credit_register.core.files.pictures import clean_picture
from credit_register.core.sheets import ENCODINGS

_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_ARCHIVES: Final = (
    b"PK",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
    b"MSCF",
)
_PROGRAMS: Final = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"#!")
_OTHER_PICTURES: Final = (b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"8BPS")
_HEIF: Final = frozenset({b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"avif"})
_MARKUP: Final = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*<[!?/a-z]|<(?:script|html|svg|iframe|object|embed|body|head)[\s/>]",
    re.IGNORECASE,
)
_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\r\f")) + b"\x7f"
_TEXT: Final = frozenset({FileKind.TEXT, FileKind.CSV})
_PLAIN: Final = "utf-8-sig"
_TURNS: Final = BoundedSemaphore(
    2
)  # a large picture takes some hundred megabytes, and a process has many threads


def recognise(content: bytes, filename: str, policy: FilePolicy) -> FileKind:
    """The kind of a file that the policy takes; raises FileKindRefused, FileBroken or NameContradictsContent."""
    if not content:
        raise FileBroken("文件是空的，请确认选对了文件")
    extension = extension_of(filename)
    kind = _by_magic(content)
    if kind is None:
        kind = _text_kind(content, extension, policy)
    elif extension and not _fits(extension, kind):
        raise NameContradictsContent(extension, kind.label)
    if kind not in policy.kinds:
        raise FileKindRefused(f"这里不接受{kind.label}", policy.labels)
    return kind


def cleaned(content: bytes, kind: FileKind, policy: FilePolicy) -> bytes:
    """The copy that is handed out; raises FileBroken, FileKindRefused, or StorageUnavailable."""
    with _TURNS:
        if kind in PICTURES:
            return clean_picture(content, kind)
        if kind is FileKind.PDF:
            return clean_pdf(content, policy)
        if kind in (FileKind.DOCX, FileKind.XLSX):
            return clean_office(content, policy)
    if kind is FileKind.CSV:  # handed out as what its header says it is
        text = _decoded(content, kind)
        return content if content.endswith(text.encode()) else text.encode(_PLAIN)
    return content


def _by_magic(content: bytes) -> FileKind | None:
    if content.startswith(b"\xff\xd8\xff"):
        return FileKind.JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind.PNG
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return FileKind.WEBP
    if content.startswith(b"%PDF-"):
        return FileKind.PDF
    return office_kind(content) if content.startswith(b"PK\x03\x04") else None


def _fits(extension: str, kind: FileKind) -> bool:
    if kind in PICTURES:  # chat programs name every picture .jpg; it is encoded again whatever it is
        return any(extension in picture.extensions for picture in PICTURES)
    return extension in kind.extensions


def _text_kind(content: bytes, extension: str, policy: FilePolicy) -> FileKind:
    what = _foreign(content)
    if what:
        raise FileKindRefused(what, policy.labels)
    if len(content.translate(None, _CONTROLS)) != len(content):
        raise FileKindRefused("无法识别的文件类型", policy.labels)
    kind = next((kind for kind in _TEXT if extension in kind.extensions), None)
    text = _decoded(content, kind)
    if kind is None or not text.strip():
        raise FileKindRefused("这里不接受这种文件" if text.strip() else "文件没有内容", policy.labels)
    return kind


def _decoded(content: bytes, kind: FileKind | None) -> str:
    """The text; of a table in any encoding that the import reads, for spreadsheet programs write GB18030."""
    for encoding in ENCODINGS if kind is FileKind.CSV else (_PLAIN,):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileBroken("文本不是 UTF-8 编码。请用记事本另存为 UTF-8 编码后再上传")


def _foreign(content: bytes) -> str:
    """What a file is that is taken nowhere, or nothing where it may be text."""
    if content.startswith(_OLE):
        return "这是旧版 Office 文件或带密码的文件，请另存为 .docx、.xlsx 或 PDF 后再上传"
    if content.startswith(_ARCHIVES) or content[257:262] == b"ustar":
        return "不接受压缩包或含宏的文件，请解压后逐个上传"
    if content[4:8] == b"ftyp":
        heif = content[8:12] in _HEIF
        return "手机的 HEIC 图片请先转为 JPEG 再上传" if heif else "不接受音频、视频文件"
    if content.startswith(_PROGRAMS):
        return "不接受程序或脚本"
    if content.startswith(_OTHER_PICTURES) and b"\x00" in content[:64]:
        return "这种图片请先转为 JPEG 或 PNG 再上传"
    if _MARKUP.search(content):
        return "不接受网页、SVG 或其他标记语言的文件"
    return ""
