"""The fields of Word's XML that fetch or run something when the file is opened."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from credit_register.core.files.office_xml import Editor

_RUNS: Final = re.compile(
    r"\b(?:DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE)\b|\A\W*(?:LINK|IMPORT|DATABASE)\b", re.IGNORECASE
)
_INSTRUCTIONS: Final = frozenset({"instrText", "delInstrText"})
_NESTED: Final = "\x00"  # stands in no XML


@dataclass
class _Field:
    """One field while it is read: first its instruction, then what it showed last."""

    words: list[str] = field(default_factory=list)
    in_instruction: bool = True

    @property
    def runs(self) -> bool:
        """Word may put nothing or something in the place of a nested field."""
        instruction = "".join(self.words)
        return any(_RUNS.search(instruction.replace(_NESTED, between)) for between in ("", " "))


class FieldWatch:
    """Looks at each field and leaves the rest to another editor.

    Elements are known by their names without prefix, in whichever namespace, because Word knows two of them. An
    instruction may be split over runs, and what stands as text within one is read by Word as well.
    """

    def __init__(self, editor: Editor) -> None:
        self._editor = editor
        self._stray = _Field()  # instructions outside of every field
        self._open: list[_Field] = []
        self._found = False

    @property
    def found(self) -> bool:
        """Whether there was a field that fetches or runs; asked after the whole part was read."""
        return self._found or any(one.runs for one in (self._stray, *self._open))

    def element(self, name: str, attributes: dict[str, str]) -> bool:
        """Note where fields begin and end."""
        own = _local(name)
        if own == "fldSimple":
            simple = _Field([value for key, value in attributes.items() if _local(key) == "instr"])
            self._found = self._found or simple.runs
        elif own == "fldChar":
            self._turn(next((value for key, value in attributes.items() if _local(key) == "fldCharType"), ""))
        return self._editor.element(name, attributes)

    def text(self, name: str, text: str) -> str:
        """Note what belongs to an instruction."""
        reading = next((one for one in reversed(self._open) if one.in_instruction), None)
        if name in _INSTRUCTIONS:
            (reading or self._stray).words.append(text)
        elif name == "t" and reading is not None:
            reading.words.append(text)
        return self._editor.text(name, text)

    def _turn(self, kind: str) -> None:
        if kind == "begin":
            if self._open:
                self._open[-1].words.append(_NESTED)
            self._open.append(_Field())
        elif kind == "separate" and self._open:
            self._open[-1].in_instruction = False
        elif kind == "end" and self._open:
            self._found = self._open.pop().runs or self._found


def _local(name: str) -> str:
    return name.rpartition(":")[2]
