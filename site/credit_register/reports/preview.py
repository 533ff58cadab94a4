"""What a report will look like to those who handle it, shown to its author before it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from credit_register.core.masking import find_personal_data
from credit_register.reports.redaction import Reporter, spans


class Mark(StrEnum):
    """What is said of a part of the text."""

    NONE = ""
    TAKEN_OUT = "taken_out"  # names the reporter: nobody reads it
    PERSONAL = "personal"  # stays, and may be the author's own


@dataclass(frozen=True)
class Piece:
    """A part of a text; `what` is the kind of personal data in words."""

    text: str
    mark: Mark = Mark.NONE
    what: str = ""


def pieces(text: str, reporter: Reporter) -> list[Piece]:
    """The text in parts: what is taken out at the door, what stays and looks like personal data, and the rest."""
    marked = [(start, end, Mark.TAKEN_OUT, "") for start, end in spans(text, reporter)]
    for found in find_personal_data(text):
        if all(found.end <= start or end <= found.start for start, end, _, _ in marked):
            marked.append((found.start, found.end, Mark.PERSONAL, found.kind.label))
    parts: list[Piece] = []
    done = 0
    for start, end, mark, what in sorted(marked):
        parts += Piece(text[done:start]), Piece(text[start:end], mark, what)
        done = end
    return [part for part in (*parts, Piece(text[done:])) if part.text]
