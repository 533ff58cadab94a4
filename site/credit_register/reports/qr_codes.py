"""A QR code as one path that a template draws."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Final

import segno

BORDER: Final = 4  # modules of quiet around the code; readers need them
# Every mask can be read. Trying all eight for the evenest takes four times as long, while others wait for the receipt.
MASK: Final = 3


@dataclass(frozen=True)
class QrCode:
    """The side of the square in modules, its border included, and the dark modules as an SVG path."""

    side: int
    path: str


def qr_code(text: str) -> QrCode:
    """The code of a text, legible with up to a seventh of it lost."""
    code = segno.make(text, error="m", micro=False, mask=MASK)
    path = []
    for row, modules in enumerate(code.matrix, start=BORDER):
        column = BORDER
        for dark, run in groupby(modules):
            length = len(list(run))
            if dark:
                path.append(f"M{column} {row}h{length}v1h-{length}z")
            column += length
    return QrCode(len(code.matrix) + 2 * BORDER, "".join(path))
