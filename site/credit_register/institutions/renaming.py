"""What a new name of an institution takes with it: the old one is kept, the short name follows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from search_index import derive_short_name

SHORT_NAME_LENGTH: Final = 60


def short_name_for(name: str) -> str:
    """What people call the institution, as far as its name tells."""
    return derive_short_name(name)[:SHORT_NAME_LENGTH]


def short_name_after(old: str, new: str, short: str) -> str:
    """The short name after a renaming: one that only followed from the old name now follows from the new."""
    return short_name_for(new) if short in ("", short_name_for(old)) else short


def former_names_after(old: str, new: str, known: Iterable[str], told: Iterable[str] = ()) -> list[str]:
    """The former names after a renaming, the latest last: those known, the old name, those told besides."""
    left = (old,) if old != new else ()
    return [each for each in dict.fromkeys((*known, *left, *told)) if each != new]
