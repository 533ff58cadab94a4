"""What gives an Office file away that carries macros: the parts of its archive, and the types it declares."""

from __future__ import annotations

from collections.abc import Iterable

_PARTS = ("vbaproject", "vbadata", "macrosheets/")
_TYPES = ("macroenabled", "vbaproject")


def has_macro_part(names: Iterable[str]) -> bool:
    """Whether one of the archive's parts holds macros, whatever the file itself is called."""
    return any(part in name.lower() for name in names for part in _PARTS)


def declares_macros(content_types: str) -> bool:
    """Whether a content type, or all of them as one text, announces macros."""
    return any(word in content_types.lower() for word in _TYPES)
