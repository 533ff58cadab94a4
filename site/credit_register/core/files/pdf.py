"""PDF files that only show: none that is locked, runs something or carries other files, and written anew."""

from __future__ import annotations

import re
import subprocess
import sys
import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final

from credit_register.core.files import pdf_pages
from credit_register.core.files.errors import FileBroken, FileKindRefused, StorageUnavailable
from credit_register.core.files.models import FilePolicy

_TAIL: Final = 4096
_MOST_UNPACKED: Final = 64 * 1024**2
_MOST_STREAMS: Final = 20_000
_MOST_KEYWORDS: Final = 200_000
_MOST_ESCAPES: Final = 100_000
_TOO_INTRICATE: Final = "PDF 结构过于复杂，无法检查，请用“打印为 PDF”另存后再上传"
_UNREADABLE: Final = "PDF 无法读取，请用“打印为 PDF”另存后再上传"
_NOT_WRITTEN: Final = {
    pdf_pages.UNREADABLE: _UNREADABLE,
    pdf_pages.INTRICATE: _TOO_INTRICATE,
    pdf_pages.FORM: "PDF 是填写过的表单，填写的内容不在页面上，请用“打印为 PDF”另存后再上传",
    pdf_pages.EMPTY: "PDF 里没有页面，请用“打印为 PDF”另存后再上传",
}
_LONGEST_WAIT: Final = 60  # seconds; the program allows itself 20 of the processor's time
_STEP: Final = 8192
_ESCAPE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_OBJECT_STREAM: Final = re.compile(rb"/ObjStm\b")
_STREAM: Final = re.compile(rb"stream[ \t]*(?:\r\n|\r|\n)?")

# Long enough never to occur by chance inside compressed content.
_REASONS: Final = (
    (re.compile(rb"/Encrypt\b"), "PDF 设有密码或权限保护，请另存为不加密的 PDF 后再上传"),
    (re.compile(rb"/JavaScript\b"), "PDF 含有脚本，请用“打印为 PDF”另存后再上传"),
    (
        re.compile(rb"/(?:Launch|ImportData|SubmitForm)\b"),
        "PDF 含有启动程序或提交数据的动作，请用“打印为 PDF”另存后再上传",
    ),
    (
        re.compile(rb"/(?:EmbeddedFiles?|RichMedia|FileAttachment)\b"),
        "PDF 内嵌其他文件，请用“打印为 PDF”另存后再上传",
    ),
    (re.compile(rb"/GoTo[RE]\b"), "PDF 含有打开其他文件的动作，请用“打印为 PDF”另存后再上传"),
    (re.compile(rb"/XFA\b"), "PDF 是动态表单，请用“打印为 PDF”另存后再上传"),
)


def clean_pdf(content: bytes, policy: FilePolicy) -> bytes:
    """The pages alone, without properties, actions and what cameras wrote into pictures.

    Raises FileBroken, FileKindRefused, or StorageUnavailable where the machine has no room for the work.
    """
    check_pdf(content, policy)
    try:
        done = subprocess.run(  # noqa: S603 -- a fixed program; the file is its input
            [sys.executable, "-I", str(Path(pdf_pages.__file__))],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_LONGEST_WAIT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise FileBroken(_TOO_INTRICATE) from error
    except OSError as error:
        raise StorageUnavailable from error
    if done.returncode != pdf_pages.WRITTEN:
        # A negative status is the end that the limits of time and memory set.
        raise FileBroken(_NOT_WRITTEN.get(done.returncode, _TOO_INTRICATE))
    return done.stdout


def check_pdf(content: bytes, policy: FilePolicy) -> None:
    """Raise FileBroken or FileKindRefused; names written with #-escapes and packed objects are seen through."""
    if b"%%EOF" not in content[-_TAIL:] or b"startxref" not in content[-_TAIL:]:
        raise FileBroken("PDF 不完整，请重新生成后再上传")
    plain = _unescaped(content)
    for text in chain((plain,), _packed_objects(plain, content)):
        for pattern, reason in _REASONS:
            if pattern.search(text):
                raise FileKindRefused(reason, policy.labels)


def _unescaped(text: bytes) -> bytes:
    if b"#" not in text:
        return text
    plain, escapes = _ESCAPE.subn(lambda match: bytes([int(match[1], 16)]), text, _MOST_ESCAPES)
    if escapes == _MOST_ESCAPES:
        raise FileBroken(_TOO_INTRICATE)
    return plain


def _packed_objects(plain: bytes, content: bytes) -> Iterator[bytes]:
    """The content of the object streams, in which a PDF of today keeps most of its dictionaries."""
    if not _OBJECT_STREAM.search(plain):
        return
    left = _MOST_UNPACKED
    done = streams = 0
    for number, match in enumerate(_STREAM.finditer(content)):
        if number > _MOST_KEYWORDS:
            raise FileBroken(_TOO_INTRICATE)
        # All since the stream before, for whatever marks an end there may stand in a comment or a string.
        header = _unescaped(content[done : match.start()])
        done = match.end()
        if not _OBJECT_STREAM.search(header) or b"/Filter" not in header:
            continue  # without a filter it stands in the open and was searched with the rest
        unpacked = _inflated(content, match.end(), left)
        left -= len(unpacked)
        streams += 1
        if left <= 0 or streams > _MOST_STREAMS:
            raise FileBroken("PDF 解压后过大，请用“打印为 PDF”另存后再上传")
        yield _unescaped(unpacked)


def _inflated(content: bytes, start: int, limit: int) -> bytes:
    inflater = zlib.decompressobj()
    unpacked = bytearray()
    try:
        # In small steps: what follows the stream is copied each time, and there may be many streams.
        for at in range(start, len(content), _STEP):
            unpacked += inflater.decompress(content[at : at + _STEP], limit - len(unpacked))
            if inflater.eof or len(unpacked) >= limit:
                break
        return bytes(unpacked)
    except zlib.error:
        raise FileBroken("PDF 的压缩方式无法检查，请用“打印为 PDF”另存后再上传") from None
