"""How a name or code that was given differs from one of the register."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher

from credit_register.core import uscc
from search_index import Segment

_MOST_SAID = 4


def _comparable(text: str) -> str:
    """The text with every character in the form in which it is compared; the length stays."""
    folded = ((unicodedata.normalize("NFKC", char).casefold(), char) for char in text)
    return "".join(one if len(one) == 1 else char for one, char in folded)


def compared(typed: str, registered: str) -> tuple[tuple[Segment, ...], tuple[Segment, ...], tuple[str, ...]]:
    """Both texts cut where they differ, and each difference in words."""
    left: list[Segment] = []
    right: list[Segment] = []
    said: list[str] = []
    matcher = SequenceMatcher(None, _comparable(typed), _comparable(registered), autojunk=False)
    for kind, from_left, to_left, from_right, to_right in matcher.get_opcodes():
        before, after = typed[from_left:to_left], registered[from_right:to_right]
        if before:
            left.append(Segment(before, kind != "equal"))
        if after:
            right.append(Segment(after, kind != "equal"))
        if kind == "replace":
            said.append(f"您提供的是“{before}”，登记的是“{after}”")
        elif kind == "delete":
            said.append(f"您提供的多出“{before}”")
        elif kind == "insert":
            said.append(f"您提供的缺少“{after}”")
    if len(said) > _MOST_SAID:
        said = [f"有 {len(said)} 处不同，见上面标出的字"]
    return tuple(left), tuple(right), tuple(said)


def compared_codes(
    typed: str, registered: str
) -> tuple[tuple[Segment, ...], tuple[Segment, ...], tuple[str, ...]]:
    """As `compared`, with positions; codes of equal length are held against each other place by place."""
    if len(typed) != len(registered):
        left, right, said = compared(typed, registered)
        return left, right, (f"您提供的代码有 {len(typed)} 位，登记的代码有 {len(registered)} 位", *said)
    places = [at for at, (one, other) in enumerate(zip(typed, registered, strict=True)) if one != other]
    said = tuple(f"第 {at + 1} 位：您提供的是“{typed[at]}”，登记的是“{registered[at]}”" for at in places)
    return _marked(typed, places), _marked(registered, places), said


def _marked(text: str, places: Iterable[int]) -> tuple[Segment, ...]:
    marked = set(places)
    return tuple(
        Segment(piece, on) for piece, on in _grouped((char, at in marked) for at, char in enumerate(text))
    )


def _grouped(pairs: Iterable[tuple[str, bool]]) -> list[tuple[str, bool]]:
    groups: list[tuple[str, bool]] = []
    for char, on in pairs:
        if groups and groups[-1][1] == on:
            groups[-1] = (groups[-1][0] + char, on)
        else:
            groups.append((char, on))
    return groups


def codes_one_slip_away(code: str) -> list[str]:
    """All codes that differ from this one by a wrong, missing or extra character or two swapped neighbours."""
    found: dict[str, None] = {}
    if len(code) == uscc.LENGTH:
        for at in range(uscc.LENGTH):
            for char in uscc.ALPHABET:
                found[code[:at] + char + code[at + 1 :]] = None
        for at in range(uscc.LENGTH - 1):
            found[code[:at] + code[at + 1] + code[at] + code[at + 2 :]] = None
        found[_without_look_alikes(code)] = None
    elif len(code) == uscc.LENGTH - 1:
        for at in range(uscc.LENGTH):
            for char in uscc.ALPHABET:
                found[code[:at] + char + code[at:]] = None
    elif len(code) == uscc.LENGTH + 1:
        for at in range(len(code)):
            found[code[:at] + code[at + 1 :]] = None
    found.pop(code, None)
    return list(found)


def _without_look_alikes(code: str) -> str:
    """The code with the letters that no code uses read as the characters they are taken for."""
    return code.translate(str.maketrans("IOSVZ", "105U2"))
