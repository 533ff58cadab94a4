"""Word and Excel files of the open format that only hold text, figures and pictures, freed from who made them."""

from __future__ import annotations

import io
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote
from xml.etree.ElementTree import Element
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from defusedxml.ElementTree import fromstring

from credit_register.core.files.errors import FileBroken, FileKindRefused, FileRefused
from credit_register.core.files.models import FileKind, FilePolicy
from credit_register.core.files.office_xml import Anonymiser, NotesAnonymiser, Pseudonyms, rewritten
from credit_register.core.files.pictures import clean_inner_picture
from credit_register.core.files.word_fields import FieldWatch
from credit_register.core.macros import declares_macros, has_macro_part

_MOST_PARTS: Final = 5000
_MOST_UNPACKED: Final = 100 * 1024**2
_MOST_XML: Final = 4 * 1024**2  # of a part that is parsed as a tree
_MOST_REWRITTEN: Final = 32 * 1024**2
_MOST_PIXELS: Final = 200_000_000  # of all pictures together
_RATIO: Final = 200
_FREE_OF_RATIO: Final = 20 * 1024**2
_ENCRYPTED: Final = 0x1
_MAIN: Final = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": FileKind.DOCX,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": FileKind.XLSX,
}
_LINK: Final = re.compile(r"(?:https?://|mailto:|#)", re.IGNORECASE)
_OTHER_SOURCE: Final = re.compile(r"/externallinks/|/querytables/|/connections\.xml$")
# What is left out: properties, preview, people, printers, fonts, signatures that do not hold for a copy.
_LEFT_OUT: Final = re.compile(
    r"docprops/|docmetadata/|customxml/|_xmlsignatures/|xl/revisions/|xl/printersettings/|word/fonts/"
    r"|word/people\.xml|xl/usernames\.xml|word/customizations\.xml|word/attachedtoolbars\.bin"
)
_LEFT_OUT_RELATIONS: Final = re.compile(
    r"(?:core|extended|custom)-properties|thumbnail|classificationlabels|customxml|origin|people|printersettings"
    r"|font|revisionheaders|usernames|keymapcustomizations|attachedtoolbars"
)
_CARRYING_RELATIONS: Final = re.compile(
    r"afchunk|subdocument|oleobject|package|control|activexcontrolbinary|webextension(?:taskpanes)?"
    r"|attachedtemplate|media|video|audio"
)
_XML: Final = (".xml", ".rels", ".vml")
_IN_MEDIA: Final = re.compile(r"(?:^|/)media/")
_NOTES: Final = re.compile(r"xl/comments")
# The bulk of a workbook, which names nobody; the sheets only point to settings of a printer.
_AS_IT_IS: Final = re.compile(r"xl/(?:sharedstrings\.xml|calcchain\.xml|pivotcache/pivotcacherecords)")
_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml")
_PAGE_SETUP: Final = re.compile(rb"<(?:\w+:)?pageSetup\b[^<>]*>")
_RELATION_ID: Final = re.compile(rb"""\s\w+:id\s*=\s*(?:"[^"]*"|'[^']*')""")
_CARRIES: Final = "文件内嵌其他文件或控件，请删除后再上传"


@dataclass
class _Effort:
    """What may still be spent on one document."""

    xml: int = _MOST_REWRITTEN
    pixels: int = _MOST_PIXELS


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
    """The document without its properties, authors and what cameras wrote into its pictures.

    Raises FileBroken or FileKindRefused.
    """
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            _check(archive, policy)
            return _copied(archive, policy)
    except FileRefused:
        raise
    except Exception as error:  # a malformed archive makes the libraries raise nearly anything
        raise FileBroken from error


def _copied(archive: ZipFile, policy: FilePolicy) -> bytes:
    left_out = _left_out(archive)
    types = set(_declared(_tree(archive, "[Content_Types].xml")))
    is_word = any(_MAIN.get(name) is FileKind.DOCX for name in types)
    pseudonyms, effort = Pseudonyms(), _Effort()
    target = io.BytesIO()
    with ZipFile(target, "w") as copy:
        for name in archive.namelist():
            if name.endswith("/") or name.lower() in left_out:
                continue
            cleaned = _cleaned(
                name, archive.read(name), left_out, pseudonyms, effort, policy, is_word=is_word
            )
            part = ZipInfo(name)  # with no time of its own
            part.compress_type = ZIP_DEFLATED
            copy.writestr(part, cleaned)
    return target.getvalue()


def _left_out(archive: ZipFile) -> set[str]:
    """The names in lower case of the parts that do not come along, wherever a relation says they lie."""
    names = {name.lower() for name in archive.namelist()}
    left_out = {name for name in names if _LEFT_OUT.match(name)}
    for relations in (name for name in archive.namelist() if name.lower().endswith(".rels")):
        for relation in _tree(archive, relations):
            if _LEFT_OUT_RELATIONS.fullmatch(_kind(relation)):
                left_out.add(_part(relations, relation.get("Target", "")))
    for name in tuple(left_out):
        folder, _, own = name.rpartition("/")
        left_out.add(f"{folder}/_rels/{own}.rels".lstrip("/"))
    return left_out


def _cleaned(
    name: str,
    content: bytes,
    left_out: set[str],
    pseudonyms: Pseudonyms,
    effort: _Effort,
    policy: FilePolicy,
    *,
    is_word: bool,
) -> bytes:
    folded = name.lower()
    if not folded.endswith(_XML) or _IN_MEDIA.search(folded):
        picture = clean_inner_picture(content, effort.pixels)
        if picture is None:
            raise FileKindRefused(_not_a_picture(folded), policy.labels)
        effort.pixels -= picture[1]
        return picture[0]
    # A part of Word may lie under any name.
    if _AS_IT_IS.match(folded) and not is_word:
        return content
    if _SHEET.fullmatch(folded) and not is_word:
        return _PAGE_SETUP.sub(lambda match: _RELATION_ID.sub(b"", match[0]), content)
    effort.xml -= len(content)
    if effort.xml < 0:
        raise FileBroken("文件解压后过大，请拆分后再上传")
    if folded.endswith(".rels"):
        return rewritten(content, _Relations(name, left_out))
    if folded == "[content_types].xml":
        return rewritten(content, _ContentTypes(left_out))
    anonymiser = (NotesAnonymiser if _NOTES.match(folded) else Anonymiser)(pseudonyms)
    if not is_word:
        return rewritten(content, anonymiser)
    fields = FieldWatch(anonymiser)
    clean = rewritten(content, fields)
    if fields.found:
        raise FileKindRefused("文件含有自动取数的域，请将其转为普通文字后再上传", policy.labels)
    return clean


def _not_a_picture(folded: str) -> str:
    if _IN_MEDIA.search(folded):
        return "文件里有不能检查的图片（例如 EMF、WMF、SVG），请换成 JPEG 或 PNG 图片，或把文件另存为 PDF 后再上传"
    return _CARRIES


class _Relations:
    """Relations without those to what is left out."""

    def __init__(self, name: str, left_out: set[str]) -> None:
        self._name, self._left_out = name, left_out

    def element(self, name: str, attributes: dict[str, str]) -> bool:
        if "Target" not in attributes or attributes.get("TargetMode", "").lower() == "external":
            return True
        return _part(self._name, attributes["Target"]) not in self._left_out

    def text(self, name: str, text: str) -> str:
        return text


class _ContentTypes:
    """The list of types without what is left out."""

    def __init__(self, left_out: set[str]) -> None:
        self._left_out = left_out

    def element(self, name: str, attributes: dict[str, str]) -> bool:
        return _part("_rels/.rels", attributes.get("PartName", "/")) not in self._left_out

    def text(self, name: str, text: str) -> str:
        return text


def _kind(relation: Element) -> str:
    return relation.get("Type", "").rpartition("/")[2].lower()


def _part(relations: str, target: str) -> str:
    """The name in lower case of the part that a relation leads to."""
    folder = posixpath.dirname(posixpath.dirname(relations))
    return posixpath.normpath(posixpath.join("/", folder, unquote(target))).lstrip("/").lower()


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
        raise refuse(_CARRIES)
    if any(_OTHER_SOURCE.search(name) for name in folded):
        raise refuse("文件链接了其他文件，请断开外部链接后再上传")
    for declared in _declared(_tree(archive, "[Content_Types].xml")):
        if declares_macros(declared):
            raise refuse("文件含有宏，请另存为不含宏的文件后再上传")
    for name in names:
        if name.lower().endswith(".rels"):
            for relation in _tree(archive, name):
                if _CARRYING_RELATIONS.fullmatch(_kind(relation)) and not _is_external(relation):
                    raise refuse(_CARRIES)
                if _reaches_out(relation):
                    raise refuse("文件引用了外部内容，请断开外部链接后再上传")


def _wanders(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in re.split(r"[\\/]", name) or "\x00" in name


def _tree(archive: ZipFile, name: str) -> Element:
    if archive.getinfo(name).file_size > _MOST_XML:
        raise FileBroken("文件结构异常，请用 WPS 或 Office 另存后再上传")
    return fromstring(archive.read(name), forbid_dtd=True)


def _reaches_out(relation: Element) -> bool:
    """An address one may click is harmless; whatever is fetched on opening is not."""
    target = relation.get("Target", "")
    if not _is_external(relation):
        return "://" in target or target.startswith("\\\\")
    return not (relation.get("Type", "").endswith("/hyperlink") and _LINK.match(target))


def _is_external(relation: Element) -> bool:
    return relation.get("TargetMode", "").lower() == "external"
