"""The XML of Word and Excel files written anew without who wrote, who corrected, when, and on which machine."""

from __future__ import annotations

import io
import re
from typing import Final, Protocol
from xml.parsers import expat

_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ESCAPES_IN_QUOTES: Final = _ESCAPES | str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})
_MOST_PARTS: Final = 10_000  # short texts that wait to be put together
_DEEPEST: Final = 1_000
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_DROPPED: Final = frozenset(
    {
        "rsids",  # which editing sessions the file has seen: equal numbers tie files to one another
        "docVars",
        "docId",
        "absPath",  # the folder it was saved in, with the name of the user
        "fileSharing",
        # These point to parts that are left out.
        "printerSettings",
        "embedRegular",
        "embedBold",
        "embedItalic",
        "embedBoldItalic",
    }
)
_NAMES: Final = frozenset({"author", "ed", "refreshedBy", "lastEditedBy"})
_NAMES_OF_A_PERSON: Final = frozenset({"displayName", "userId"})
_TIMES: Final = frozenset({"dateUtc", "dT", "refreshedDate", "refreshedDateIso"})
_PICTURES: Final = frozenset({"cNvPr", "docPr", "imagedata", "shape"})
_ABOUT_A_PICTURE: Final = frozenset({"descr", "title", "alt", "href"})
_CALLED: Final = re.compile(r"([^:：]{1,200})[:：]")
_FILE_NAME: Final = re.compile(r"[\\/]|\.\w{3,4}$")


class Malformed(Exception):
    """The XML cannot be read, declares entities, or is nested without end."""


class Editor(Protocol):
    """What is to become of each element and each text."""

    def element(self, name: str, attributes: dict[str, str]) -> bool:
        """Change the attributes in place; False leaves out the element and all that is in it."""

    def text(self, name: str, text: str) -> str:
        """The text that stands instead; `name` is that of the element around it, without its prefix."""


class Pseudonyms:
    """One name for one author throughout a document, so that who answered whom stays to be seen."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        """The author's number; nothing stays nothing."""
        return self._known.setdefault(name, f"作者{len(self._known) + 1}") if name else name

    def called(self, text: str) -> str:
        """A text that begins with a known name and a colon, as Excel's comments do, with the number instead."""
        match = _CALLED.match(text)
        known = match and self._known.get(match[1])
        return known + text[len(match[1]) :] if match and known else text


class Anonymiser:
    """Authors become numbers; dates of corrections, file names of pictures and marks of machines go."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms

    def element(self, name: str, attributes: dict[str, str]) -> bool:
        own = _local(name)
        if own in _DROPPED:
            return False
        if attributes:
            signed = any(_local(key) == "author" for key in attributes)
            for key in tuple(attributes):
                local = _local(key)
                if local in _NAMES or (own == "person" and local in _NAMES_OF_A_PERSON):
                    attributes[key] = self._pseudonyms(attributes[key])
                elif local == "initials" or (own == "person" and local == "providerId"):
                    attributes[key] = ""
                elif own == "cNvPr" and local == "name" and _FILE_NAME.search(attributes[key]):
                    attributes[key] = "图片"
                elif _tells(own, local) or (signed and local == "date"):
                    del attributes[key]
        return True

    def text(self, name: str, text: str) -> str:
        return text


class NotesAnonymiser(Anonymiser):
    """The comments of a worksheet, which name their authors in texts."""

    def text(self, name: str, text: str) -> str:
        if name == "author":  # one that begins like this names a thread, no person
            return text if text.startswith("tc=") else self._pseudonyms(text)
        return self._pseudonyms.called(text) if name == "t" else text


def rewritten(xml: bytes, editor: Editor) -> bytes:
    """The XML in UTF-8 with what the editor makes of it, without comments and instructions; raises Malformed."""
    parser = expat.ParserCreate()
    writer = _Writer(editor)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = writer.start
    parser.EndElementHandler = writer.end
    parser.CharacterDataHandler = writer.characters
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError) as error:
        raise Malformed from error
    return writer.written()


class _Writer:
    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._target = io.BytesIO()
        self._parts = [_DECLARATION]
        self._open: list[str] = []
        self._text: list[str] = []
        self._left_out = 0  # how deep within what is left out
        self._unclosed = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._left_out or not self._editor.element(name, attributes):
            self._left_out += 1
            return
        self._flush()
        written = "".join(
            f' {key}="{value.translate(_ESCAPES_IN_QUOTES)}"' for key, value in attributes.items()
        )
        self._parts.append(f"<{name}{written}")
        self._open.append(name)
        if len(self._open) > _DEEPEST:
            raise Malformed
        self._unclosed = True

    def end(self, name: str) -> None:
        if self._left_out:
            self._left_out -= 1
            return
        self._flush(ending=True)
        self._parts.append("/>" if self._unclosed else f"</{name}>")
        self._unclosed = False
        self._open.pop()
        if len(self._parts) > _MOST_PARTS:
            self._spill()

    def characters(self, text: str) -> None:
        if not self._left_out:
            self._text.append(text)

    def written(self) -> bytes:
        self._spill()
        return self._target.getvalue()

    def _spill(self) -> None:
        self._target.write("".join(self._parts).encode())
        self._parts.clear()

    def _flush(self, *, ending: bool = False) -> None:
        if self._unclosed and (self._text or not ending):
            self._parts.append(">")
            self._unclosed = False
        if self._text:
            text = "".join(self._text)
            self._text.clear()
            self._parts.append(self._editor.text(_local(self._open[-1]), text).translate(_ESCAPES))


def _tells(element: str, attribute: str) -> bool:
    """Whether an attribute says when, in which session, from which file or for which printer."""
    return (
        attribute in _TIMES
        or attribute.startswith("rsid")
        or (element in _PICTURES and attribute in _ABOUT_A_PICTURE)
        or (element == "pageSetup" and attribute == "id")
    )


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _refuse_doctype(*_: object) -> None:
    raise Malformed
