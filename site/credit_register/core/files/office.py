"""Word and Excel files of the open format that only hold text and figures, freed from the author's name."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element
from zipfile import ZIP_DEFLATED, ZipFile

from defusedxml.ElementTree import fromstring

from credit_register.core.files.errors import FileBroken, FileKindRefused, FileRefused
from credit_register.core.files.models import FileKind, FilePolicy
from credit_register.core.macros import declares_macros, has_macro_part

_MOST_PARTS: Final = 5000
_MOST_UNPACKED: Final = 100 * 1024**2
_MOST_XML: Final = 4 * 1024**2  # of a part that is parsed as a tree
_RATIO: Final = 200
_FREE_OF_RATIO: Final = 20 * 1024**2
_ENCRYPTED: Final = 0x1
_MAIN: Final = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": FileKind.DOCX,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": FileKind.XLSX,
}
_LINK: Final = re.compile(r"(?:https?://|mailto:|#)", re.IGNORECASE)
_OTHER_SOURCE: Final = re.compile(r"/externallinks/|/querytables/|/connections\.xml$")
_FIELD: Final = re.compile(rb'<w:instrText[^<>]*>([^<]*)</w:instrText>|<w:fldSimple[^<>]*w:instr="([^"<]*)"')
_RUNS: Final = re.compile(rb"\b(?:DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE)\b", re.IGNORECASE)
_ANONYMOUS: Final = {
    "docprops/core.xml": b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><cp:coreProperties '
    b'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>',
    "docprops/app.xml": b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Properties '
    b'xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>',
    "docprops/custom.xml": b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Properties '
    b'xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"/>',
}


def office_kind(content: bytes) -> FileKind | None:
    """Which Office format a zip archive declares itself to be, or None for any other archive."""
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            info = archive.getinfo("[Content_Types].xml")
            if info.file_size > _MOST_XML:
                return None
            types = fromstring(archive.read(info))
    except Exception:  # noqa: BLE001 - whatever is wrong with it, it is no Office file
        return None
    kinds = {_MAIN[name] for name in _declared(types) if name in _MAIN}
    return kinds.pop() if len(kinds) == 1 else None


def clean_office(content: bytes, policy: FilePolicy) -> bytes:
    """The document without its properties (author, company); raises FileBroken or FileKindRefused."""
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            _check(archive, policy)
            target = io.BytesIO()
            with ZipFile(target, "w", ZIP_DEFLATED) as copy:
                for info in archive.infolist():
                    anonymous = _ANONYMOUS.get(info.filename.lower())
                    copy.writestr(info.filename, archive.read(info) if anonymous is None else anonymous)
            return target.getvalue()
    except FileRefused:
        raise
    except Exception as error:  # a malformed archive makes the libraries raise nearly anything
        raise FileBroken from error


def _declared(types: Element) -> Iterator[str]:
    for element in types:
        yield element.get("ContentType", "")


def _check(archive: ZipFile, policy: FilePolicy) -> None:
    def refuse(reason: str) -> FileKindRefused:
        return FileKindRefused(reason, policy.labels)

    parts = archive.infolist()
    names = [part.filename for part in parts]
    folded = {name.lower() for name in names}
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise refuse("文件设有密码，请取消密码后再上传")
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if len(parts) > _MOST_PARTS or unpacked > _MOST_UNPACKED:
        raise FileBroken("文件解压后过大，请拆分后再上传")
    if unpacked > _FREE_OF_RATIO and unpacked > packed * _RATIO:
        raise FileBroken("文件的压缩方式异常，请用 WPS 或 Office 另存后再上传")
    if len(folded) != len(names) or any(_wanders(name) for name in names):
        raise FileBroken("文件结构异常，请用 WPS 或 Office 另存后再上传")
    if has_macro_part(folded):
        raise refuse("文件含有宏，请另存为不含宏的文件后再上传")
    if any("/embeddings/" in name or "/activex/" in name for name in folded):
        raise refuse("文件内嵌其他文件或控件，请删除后再上传")
    if any(_OTHER_SOURCE.search(name) for name in folded):
        raise refuse("文件链接了其他文件，请断开外部链接后再上传")
    for declared in _declared(_tree(archive, "[Content_Types].xml")):
        if declares_macros(declared):
            raise refuse("文件含有宏，请另存为不含宏的文件后再上传")
    for name in names:
        if name.lower().endswith(".rels"):
            for relation in _tree(archive, name):
                if _reaches_out(relation):
                    raise refuse("文件引用了外部内容，请断开外部链接后再上传")
        elif name.lower().startswith("word/") and name.lower().endswith(".xml"):
            # Word may split an instruction over several runs.
            fields = b"".join(first or second for first, second in _FIELD.findall(archive.read(name)))
            if _RUNS.search(fields):
                raise refuse("文件含有自动取数的域，请将其转为普通文字后再上传")


def _wanders(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in re.split(r"[\\/]", name) or "\x00" in name


def _tree(archive: ZipFile, name: str) -> Element:
    if archive.getinfo(name).file_size > _MOST_XML:
        raise FileBroken("文件结构异常，请用 WPS 或 Office 另存后再上传")
    return fromstring(archive.read(name), forbid_dtd=True)


def _reaches_out(relation: Element) -> bool:
    """An address one may click is harmless; whatever is fetched on opening is not."""
    target = relation.get("Target", "")
    if relation.get("TargetMode", "").lower() != "external":
        return "://" in target or target.startswith("\\\\")
    return not (relation.get("Type", "").endswith("/hyperlink") and _LINK.match(target))
