"""A program of its own: reads a PDF from standard input and writes one anew that holds what its pages show.

What is not named here does not come along: properties, XMP, actions, scripts, attachments, forms, outlines, earlier
revisions. It imports nothing of the register, so that it starts fast, and bounds its own time and memory, because
what a hostile file costs cannot be foreseen. `pdf.py` runs it.
"""

from __future__ import annotations

import io
import logging
import re
import resource
import sys
from collections import deque
from contextlib import suppress
from typing import Any, Final

from pypdf import PdfReader
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    EncodedStreamObject,
    IndirectObject,
    NameObject,
    NullObject,
    NumberObject,
    PdfObject,
    StreamObject,
    TextStringObject,
)


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


WRITTEN, UNREADABLE, INTRICATE, FORM, EMPTY = 0, 3, 4, 5, 6  # exit statuses

_MOST_SECONDS: Final = 20
_MOST_MEMORY: Final = 1024**3
_MOST_PAGES: Final = 2_000
_MOST_OBJECTS: Final = 200_000
_DEEPEST: Final = 60
_CATALOG, _PAGES = 1, 2  # numbers of the first two objects
_INHERITED: Final = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
_OF_A_PAGE: Final = frozenset(
    {*_INHERITED, "/BleedBox", "/TrimBox", "/ArtBox", "/UserUnit", "/Contents", "/Group"}
)
_OF_A_MARK: Final = _names(
    "/Rect /AP /AS /F /Border /BS /BE /C /IC /CA /ca /BM /QuadPoints /InkList /Vertices /L /LE /CL /RD /DA /Q "
    "/Contents /Name /OC /Path"
)
_MARKS: Final = _names(
    "/Text /FreeText /Line /Square /Circle /Polygon /PolyLine /Highlight /Underline /Squiggly /StrikeOut /Caret "
    "/Stamp /Ink /Watermark"
)
# Keys that tell of people and times, or lead away from the page. They are long enough to be no name that a producer
# gives a font or a glyph, which are keys of such dictionaries, too.
_UNWANTED: Final = _names(
    "/Metadata /PieceInfo /LastModified /StructParent /StructParents /SpiderInfo /CreatorInfo /Creator /Author "
    "/Producer /CreationDate /ModDate /Parent"
)
_ELSEWHERE: Final = _names(
    "/Catalog /Pages /Page /Annot /Action /Filespec /EmbeddedFile /Metadata /StructElem /StructTreeRoot /Sig"
)
_UNWANTED_OF_A_STREAM: Final = _UNWANTED | _names(
    "/Length /F /FFilter /FDecodeParms /DL /AF /Ref /OPI /Thumb"
)
_LINK: Final = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_SCAN, _END, _ADOBE, _COMMENT = 0xDA, 0xD9, 0xEE, 0xFE
_APPLICATIONS: Final = range(0xE0, 0xF0)
_WITHOUT_LENGTH: Final = frozenset({0x01, 0xD8})
_SHOWN_BOXES: Final = frozenset({b"jP  ", b"ftyp", b"jp2h", b"jp2c"})


class Refused(Exception):
    """The file is not written; the status says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.exit_status = status


def pages_only(content: bytes) -> bytes:
    """The pages of a PDF as a PDF of its own; raises Refused, or nearly anything for a malformed one."""
    reader = PdfReader(io.BytesIO(content), strict=False)
    if reader.is_encrypted:
        raise Refused(UNREADABLE)
    return _Copy(reader).written()


class _Copy:
    """Objects are numbered as they are met and written in that order."""

    def __init__(self, reader: PdfReader) -> None:
        self._reader = reader
        self._numbers: dict[tuple[int, int], int] = {}
        self._waiting: deque[tuple[int, IndirectObject]] = deque()
        self._last = _PAGES
        self._target = io.BytesIO()
        self._offsets: dict[int, int] = {}

    def written(self) -> bytes:
        self._target.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        root = self._reader.root_object
        kids = ArrayObject()
        for page in _leaves(root):
            kids.append(self._write_page(page))
        if not kids:
            raise Refused(EMPTY)
        self._write(_PAGES, _dictionary(Type="/Pages", Count=NumberObject(len(kids)), Kids=kids))
        catalog = _dictionary(Type="/Catalog", Pages=self._reference(_PAGES))
        layers = _resolved(root.get("/OCProperties"))
        if isinstance(layers, DictionaryObject):
            kept = {key: value for key, value in layers.items() if key in ("/OCGs", "/D")}
            catalog[NameObject("/OCProperties")] = self._copied(DictionaryObject(kept))
        self._write(_CATALOG, catalog)
        while self._waiting:
            number, reference = self._waiting.popleft()
            self._write(number, self._copied(_resolved(reference)))
        return self._ended()

    def _write_page(self, page: DictionaryObject) -> IndirectObject:
        kept = {key: value for key, value in page.items() if key in _OF_A_PAGE}
        copy = self._copied(DictionaryObject(kept))
        copy.update(_dictionary(Type="/Page", Parent=self._reference(_PAGES)))
        marks = ArrayObject()
        annotations = _resolved(page.get("/Annots"))
        for annotation in annotations if isinstance(annotations, ArrayObject) else ():
            resolved = _resolved(annotation)
            mark = _mark(resolved) if isinstance(resolved, DictionaryObject) else None
            if mark is not None:
                marks.append(self._copied(mark))
        if marks:
            copy[NameObject("/Annots")] = marks
        number = self._next_number()
        self._write(number, copy)
        return self._reference(number)

    def _copied(self, found: Any, depth: int = 0) -> Any:
        if depth > _DEEPEST:
            raise Refused(INTRICATE)
        if isinstance(found, IndirectObject):
            return self._renumbered(found)
        if isinstance(found, ArrayObject):
            return ArrayObject([self._copied(one, depth + 1) for one in found])
        if isinstance(found, DictionaryObject):
            return self._copied_dictionary(found, depth)
        if isinstance(found, TextStringObject):  # as the bytes it was: it may be a table of colours
            return ByteStringObject(found.original_bytes)
        return found if isinstance(found, PdfObject) else NullObject()

    def _copied_dictionary(self, found: DictionaryObject, depth: int) -> PdfObject:
        kind = _resolved(found.get("/Type"))
        if kind in _ELSEWHERE:
            return NullObject()
        unwanted = _UNWANTED
        if isinstance(found, StreamObject):
            found = _stripped(found)
            unwanted = _UNWANTED_OF_A_STREAM
        entries = {key: self._copied(value, depth + 1) for key, value in found.items() if key not in unwanted}
        if kind == "/OCG":
            entries[NameObject("/Name")] = TextStringObject("Layer")
        copy = StreamObject() if isinstance(found, StreamObject) else DictionaryObject()
        copy.update(entries)
        if isinstance(found, StreamObject) and isinstance(copy, StreamObject):
            copy._data = found._data
        return copy

    def _renumbered(self, found: IndirectObject) -> IndirectObject:
        key = (found.idnum, found.generation)
        if key not in self._numbers:
            self._numbers[key] = self._next_number()
            self._waiting.append((self._numbers[key], found))
        return self._reference(self._numbers[key])

    def _next_number(self) -> int:
        self._last += 1
        if self._last > _MOST_OBJECTS:
            raise Refused(INTRICATE)
        return self._last

    def _reference(self, number: int) -> IndirectObject:
        return IndirectObject(number, 0, self._reader)

    def _write(self, number: int, copy: PdfObject) -> None:
        self._offsets[number] = self._target.tell()
        self._target.write(b"%d 0 obj\n" % number)
        copy.write_to_stream(self._target)
        self._target.write(b"\nendobj\n")

    def _ended(self) -> bytes:
        start = self._target.tell()
        self._target.write(b"xref\n0 %d\n0000000000 65535 f \n" % (self._last + 1))
        for number in range(1, self._last + 1):
            self._target.write(b"%010d 00000 n \n" % self._offsets[number])
        self._target.write(b"trailer\n<</Size %d/Root %d 0 R>>\n" % (self._last + 1, _CATALOG))
        self._target.write(b"startxref\n%d\n%%%%EOF\n" % start)
        return self._target.getvalue()


def _dictionary(**entries: str | PdfObject) -> DictionaryObject:
    return DictionaryObject(
        {
            NameObject(f"/{key}"): value if isinstance(value, PdfObject) else NameObject(value)
            for key, value in entries.items()
        }
    )


def _resolved(found: Any) -> Any:
    return found.get_object() if isinstance(found, IndirectObject) else found


def _leaves(root: DictionaryObject) -> list[DictionaryObject]:
    """The pages in their order, each with what it inherits."""
    pages: list[DictionaryObject] = []
    seen: set[int] = set()
    waiting: list[tuple[Any, dict[str, Any]]] = [(root.get("/Pages"), {})]
    while waiting:
        node, inherited = waiting.pop()
        node = _resolved(node)
        if not isinstance(node, DictionaryObject):
            continue
        inherited = inherited | {key: node.get(key) for key in _INHERITED if key in node}
        if isinstance(kids := _resolved(node.get("/Kids")), ArrayObject):
            if id(node) in seen:
                raise Refused(UNREADABLE)
            seen.add(id(node))
            waiting += [(kid, inherited) for kid in reversed(kids)]
        elif _resolved(node.get("/Type")) != "/Pages":
            page = DictionaryObject(node)
            page.update({NameObject(key): value for key, value in inherited.items()})
            pages.append(page)
        if len(pages) + len(waiting) > _MOST_PAGES:
            raise Refused(INTRICATE)
    return pages


def _mark(annotation: DictionaryObject) -> DictionaryObject | None:
    """What an annotation shows on the page, without who made it and when; None where it shows nothing."""
    kind = _resolved(annotation.get("/Subtype"))
    mark = DictionaryObject({key: value for key, value in annotation.items() if key in _OF_A_MARK})
    if kind == "/Link":
        action = _resolved(annotation.get("/A"))
        address = _resolved(action.get("/URI")) if isinstance(action, DictionaryObject) else None
        if not isinstance(address, str | bytes):
            return None
        address = address.decode("latin-1") if isinstance(address, bytes) else str(address)
        if not _LINK.match(address):
            return None
        mark[NameObject("/A")] = _dictionary(S="/URI", URI=TextStringObject(address))
    elif kind == "/Widget":
        appearance = _resolved(annotation.get("/AP"))
        if not (isinstance(appearance, DictionaryObject) and "/N" in appearance):
            if _is_filled_in(annotation):
                raise Refused(FORM)  # each program would draw the answer itself, and here nobody would
            return None
        kind = "/Stamp"  # a field of no form; its appearance stays
    elif kind not in _MARKS:
        return None
    mark.update(_dictionary(Subtype=str(kind)))
    return mark


def _is_filled_in(field: DictionaryObject) -> bool:
    kind = value = None
    node: Any = field
    for _ in range(_DEEPEST):
        if not isinstance(node, DictionaryObject):
            break
        kind = kind or _resolved(node.get("/FT"))
        value = value or _resolved(node.get("/V"))
        node = _resolved(node.get("/Parent"))
    return kind in ("/Tx", "/Ch") and bool(value) and not isinstance(value, NullObject)


def _stripped(stream: StreamObject) -> StreamObject:
    """A photograph within the document without what the camera wrote into it; any other stream as it is."""
    filters = _resolved(stream.get("/Filter"))
    names = [_resolved(one) for one in (filters if isinstance(filters, ArrayObject) else [filters])]
    if not names or names[-1] not in ("/DCTDecode", "/DCT", "/JPXDecode"):
        return stream
    parameters = _resolved(stream.get("/DecodeParms"))
    listed = list(parameters) if isinstance(parameters, ArrayObject) else [parameters]
    data = stream._data
    if len(names) > 1:
        outer = EncodedStreamObject()
        outer._data = data
        outer[NameObject("/Filter")] = ArrayObject([NameObject(name) for name in names[:-1]])
        before = [_resolved(one) or NullObject() for one in listed[: len(names) - 1]]
        if len(before) == len(names) - 1:
            outer[NameObject("/DecodeParms")] = ArrayObject(before)
        data = outer.get_data()
    bare = StreamObject()
    bare.update({key: value for key, value in stream.items() if key not in ("/Filter", "/DecodeParms")})
    bare[NameObject("/Filter")] = NameObject("/JPXDecode" if names[-1] == "/JPXDecode" else "/DCTDecode")
    own = _resolved(listed[-1]) if len(listed) == len(names) else None
    if isinstance(own, DictionaryObject):
        bare[NameObject("/DecodeParms")] = own
    bare._data = bare_jpeg_2000(data) if names[-1] == "/JPXDecode" else bare_jpeg(data)
    return bare


def bare_jpeg(content: bytes) -> bytes:
    """A JPEG without comments and application segments, and without what follows its end; raises Refused.

    Phones keep a second picture, with a place of its own, behind the end of the first. The Adobe segment stays: it
    says how the colours are meant.
    """
    start = content.find(b"\xff\xd8\xff")
    kept = [b"\xff\xd8"]
    at = start + 2
    drawn = False
    while start >= 0 and (match := _MARKER.search(content, at)):
        kept.append(content[at : match.start()])  # the picture itself, after the start of a scan
        marker, at = match[0][1], match.end()
        if marker == _END:
            return b"".join([*kept, match[0]])
        if marker in _WITHOUT_LENGTH:
            continue
        at += int.from_bytes(content[match.end() : match.end() + 2], "big")
        if marker == _ADOBE or not (marker == _COMMENT or marker in _APPLICATIONS):
            kept.append(content[match.start() : at])
        drawn = drawn or marker == _SCAN
    if not drawn:
        raise Refused(UNREADABLE)
    return b"".join([*kept, content[at:], b"\xff\xd9"])  # some scanners leave the end out


def bare_jpeg_2000(content: bytes) -> bytes:
    """A JPEG 2000 file without the boxes that hold EXIF and XMP; a bare stream of codes as it is; raises Refused."""
    if content.startswith(b"\xff\x4f"):
        return content
    kept = []
    at = 0
    while at + 8 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        if length == 1:
            length = int.from_bytes(content[at + 8 : at + 16], "big")
        end = at + length if length else len(content)
        if end > len(content) or end < at + 8:
            break
        if content[at + 4 : at + 8] in _SHOWN_BOXES:
            kept.append(content[at:end])
        at = end
    if at != len(content) or not kept:
        raise Refused(UNREADABLE)
    return b"".join(kept)


def main() -> int:
    """Bound this process, read, write; gives the exit status."""
    for what, most in ((resource.RLIMIT_CPU, _MOST_SECONDS), (resource.RLIMIT_AS, _MOST_MEMORY)):
        with suppress(ValueError, OSError):  # a lower limit is set already
            resource.setrlimit(what, (most, most))
    logging.disable()  # the library tells of every oddity
    try:
        written = pages_only(sys.stdin.buffer.read())
    except Refused as refused:
        return refused.exit_status
    except (MemoryError, RecursionError):
        return INTRICATE
    except Exception:  # noqa: BLE001 - a malformed file makes the library raise nearly anything
        return UNREADABLE
    sys.stdout.buffer.write(written)
    sys.stdout.buffer.flush()
    return WRITTEN


if __name__ == "__main__":
    sys.exit(main())
