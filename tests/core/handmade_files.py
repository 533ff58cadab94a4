"""Files made by hand, sound and hostile, and how one is taken in."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from PIL import Image

from credit_register.core.files import FileKind, FilePolicy
from credit_register.core.files.recognition import cleaned, recognise

ALL = FilePolicy(max_bytes=10**7, max_count=5, kinds=frozenset(FileKind))
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
)
GPS_LATITUDE = 2
GPS_BLOCK = 0x8825


def take(content: bytes, name: str, policy: FilePolicy = ALL) -> bytes:
    """The copy that is handed out."""
    return cleaned(content, recognise(content, name, policy), policy)


def picture(kind: str, mode: str = "RGB", size: tuple[int, int] = (40, 20), **options: object) -> bytes:
    target = io.BytesIO()
    Image.new(mode, size, 1).save(target, kind, **options)
    return target.getvalue()


def photograph(kind: str) -> bytes:
    """A picture lying on its side that tells where, when and by whom it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    exif[0x010F] = "SecretPhone"
    exif.get_ifd(GPS_BLOCK)[GPS_LATITUDE] = (39.0, 54.0, 26.0)
    options: dict[str, object] = {"exif": exif, "icc_profile": b"SecretProfile", "xmp": b"<x:SecretXmp/>"}
    if kind == "PNG":
        options.pop("xmp")
    if kind == "JPEG":
        options["comment"] = b"SecretComment"
    return picture(kind, **options)


def document(extra: dict[str, bytes] | None = None, main: str = WORD_TYPE) -> bytes:
    parts = {
        "[Content_Types].xml": f'<Types><Override PartName="/word/document.xml" ContentType="{main}"/></Types>'.encode(),
        "_rels/.rels": RELATIONS.format("").encode(),
        "word/document.xml": '<w:document xmlns:w="w">正文</w:document>'.encode(),
        "docProps/core.xml": "<x>作者张三</x>".encode(),
    }
    target = io.BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for name, content in (parts | (extra or {})).items():
            archive.writestr(name, content)
    return target.getvalue()


def relation(kind: str, target: str, mode: str = "External") -> dict[str, bytes]:
    line = f'<Relationship Id="r1" Type="http://x/{kind}" Target="{target}" TargetMode="{mode}"/>'
    return {"word/_rels/document.xml.rels": RELATIONS.format(line).encode()}


def workbook() -> bytes:
    target = io.BytesIO()
    book = Workbook()
    book.properties.creator = "张三"
    assert book.active is not None
    book.active.append(["机构名称"])
    book.save(target)
    return target.getvalue()


def stream(dictionary: bytes, body: bytes) -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (dictionary, len(body), body)


def pdf(
    *more: bytes,
    catalog: bytes = b"",
    pages: bytes = b"/Kids[3 0 R]/Count 1",
    page: bytes = b"",
    drawn: bytes = b"0 0 50 50 re f",
    trailer: bytes = b"",
) -> bytes:
    """A PDF of one page (object 3) with what is given within its dictionaries; `more` are the objects from 5 on."""
    return _numbered(
        [
            b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog,
            b"<</Type/Pages%s>>" % pages,
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R%s>>" % page,
            stream(b"", drawn),
            *more,
        ],
        trailer,
    )


def _numbered(bodies: Sequence[bytes], trailer: bytes) -> bytes:
    text = bytearray(b"%PDF-1.7\n")
    table = bytearray(b"0000000000 65535 f \n")
    for number, body in enumerate(bodies, start=1):
        table += b"%010d 00000 n \n" % len(text)
        text += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    size = len(bodies) + 1
    end = b"trailer<</Root 1 0 R/Size %d%s>>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, len(text))
    return bytes(text) + b"xref\n0 %d\n" % size + table + end


def objects(hidden: bytes, filters: bytes = b"/Filter/FlateDecode") -> bytes:
    """A PDF with a stream of objects."""
    body = zlib.compress(hidden) if filters else hidden
    return pdf(stream(b"/Type/ObjStm/N 1/First 4" + filters, body))


PDF = pdf()
