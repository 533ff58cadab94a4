"""Lines of the table, what became of each target, and how they are printed and kept."""

from __future__ import annotations

import json
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Verdict(StrEnum):
    """What became of a target."""

    REACHED = "reached"
    MISSED = "NOT REACHED"
    NOT_BUILT = "not built yet"
    NOT_JUDGED = "not judged"  # measured on less than the target names, or there is no target
    FAILED = "NOT MEASURED"  # the measurement itself broke; the reason stands beside it


def judged(is_reached: bool) -> Verdict:
    """The verdict of a comparison."""
    return Verdict.REACHED if is_reached else Verdict.MISSED


@dataclass(frozen=True)
class Line:
    """One line of the table; `numbers` holds what was measured, for programs."""

    what: str
    target: str
    measured: str = ""
    peer: str = ""
    verdict: Verdict = Verdict.NOT_JUDGED
    numbers: Mapping[str, Any] = field(default_factory=dict)


HEAD = ("what", "target", "measured", "peer in the same run", "verdict")
WIDTHS = (36, 26, 36, 36, 13)


def text_table(lines: Iterable[Line]) -> str:
    """The table for a terminal; long cells are wrapped."""
    out = [_row(HEAD), _rule()]
    for line in lines:
        cells = (line.what, line.target, line.measured, line.peer, line.verdict.value)
        wrapped = [_wrap(cell, width) for cell, width in zip(cells, WIDTHS, strict=True)]
        height = max(map(len, wrapped))
        out += [_row([(cell + [""] * height)[at] for cell in wrapped]) for at in range(height)]
        out.append(_rule())
    return "\n".join(out)


def markdown_table(lines: Iterable[Line]) -> str:
    """The table for `docs/benchmarks.md`."""
    out = ["| " + " | ".join(HEAD) + " |", "|" + " --- |" * len(HEAD)]
    for line in lines:
        cells = (line.what, line.target, line.measured, line.peer, line.verdict.value)
        out.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(out)


def document(page: Path, facts: Mapping[str, Any], took: str, lines: Sequence[Line], *, whole: bool) -> None:
    """Put the table into the documentation, between its two marks.

    A run of some measurements replaces their lines alone, and says so beside the facts of the whole run.
    """
    before, begin, rest = page.read_text(encoding="utf-8").partition("<!-- table -->")
    present, end, after = rest.partition("<!-- end of table -->")
    said = f"{took} {described(facts)}"
    fresh = markdown_table(lines).splitlines()
    if not whole:
        earlier = [line for line in present.splitlines() if not line.startswith("|")]
        head = "\n".join(filter(None, (line for line in earlier if not line.startswith("Later, "))))
        names = "; ".join(line.what for line in lines)
        said = f"{head}\nLater, by themselves ({names}): {said}"
        replaced = {_first_cell(line): line for line in fresh[2:]}
        fresh = [
            replaced.pop(_first_cell(line), line) for line in present.splitlines() if line.startswith("|")
        ]
        fresh += replaced.values()
    middle = f"\n{said}\n\n" + "\n".join(fresh) + "\n"
    page.write_text(before + begin + middle + end + after, encoding="utf-8")


def described(facts: Mapping[str, Any]) -> str:
    """On what it was measured, as a sentence."""
    measured_on = "; ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items())
    return f"Measured on: {measured_on}."


def _first_cell(line: str) -> str:
    return line.split("|")[1].strip()


def write_json(path: Path, facts: Mapping[str, Any], lines: Sequence[Line]) -> None:
    """Write facts and lines for a program to compare with the next run."""
    content = {"machine": dict(facts), "lines": [asdict(line) for line in lines]}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")


def _wrap(cell: str, width: int) -> list[str]:
    return textwrap.wrap(cell, width) or [""]


def _row(cells: Sequence[str]) -> str:
    return " | ".join(_padded(cell, width) for cell, width in zip(cells, WIDTHS, strict=True)).rstrip()


def _padded(cell: str, width: int) -> str:
    # A Chinese character takes two places of a terminal.
    taken = sum(2 if unicodedata.east_asian_width(char) in "FW" else 1 for char in cell)
    return cell + " " * (width - taken)


def _rule() -> str:
    return "-+-".join("-" * width for width in WIDTHS)
