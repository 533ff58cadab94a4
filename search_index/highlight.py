"""Which stretch of a text the query found, as segments and never as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from search_index import pinyin, text
from search_index.analyzer import Body
from search_index.model import Segment

_BEFORE = 20
_SNIPPET = 90


_compact_char = lru_cache(maxsize=16384)(text.compact)


@lru_cache(maxsize=8192)  # institutions share their labels, and a name is shown again and again
def _mapped(source: str) -> tuple[str, list[int]]:
    """The compact form and, for each of its characters, where in the source it comes from."""
    chars: list[str] = []
    places: list[int] = []
    for at, char in enumerate(source):
        for one in _compact_char(char):
            chars.append(one)
            places.append(at)
    return "".join(chars), places


def _segments(source: str, marked: Iterable[int]) -> tuple[Segment, ...]:
    on = set(marked)
    pieces: list[Segment] = []
    start = 0
    for at in range(1, len(source) + 1):
        if at == len(source) or (at in on) != (start in on):
            pieces.append(Segment(source[start:at], start in on))
            start = at
    return tuple(pieces)


def _occurrences(compacted: str, words: Sequence[str]) -> set[int]:
    found: set[int] = set()
    for word in words:
        at = compacted.find(word)
        while at >= 0:
            found.update(range(at, at + len(word)))
            at = compacted.find(word, at + 1)
    return found


def _sounds_until(syllables: Sequence[Sequence[str]], start: int, letters: str) -> int:
    """Where the characters end whose pinyin from `start` on is the letters, the last perhaps unfinished; 0 if none."""
    if not letters:
        return start
    if start == len(syllables):
        return 0
    for option in syllables[start]:
        if option.startswith(letters):
            return start + 1
        if letters.startswith(option):
            end = _sounds_until(syllables, start + 1, letters[len(option) :])
            if end:
                return end
    return 0


def _by_sound(compacted: str, word: str) -> range:
    """The characters whose pinyin, or else whose initials, are the typed letters."""
    syllables = pinyin.readings(compacted)
    for start in range(len(syllables)):
        end = _sounds_until(syllables, start, word)
        if end - start > 1 or (end and len(word) > 1):
            return range(start, end)
    for start in range(len(syllables) - len(word) + 1):
        part = syllables[start : start + len(word)]
        if all(any(one[0] == letter for one in options) for letter, options in zip(word, part, strict=True)):
            return range(start, start + len(word))
    return range(0)


def mark_name(name: str, words: Sequence[str], matched_by: str) -> tuple[Segment, ...]:
    """The name with what was found in it marked; a near match marks the characters that agree."""
    compacted, places = _mapped(name)
    joined = "".join(words)
    found = _occurrences(compacted, [joined]) or _occurrences(compacted, words)
    if matched_by in ("pinyin", "initials"):
        for run in (
            run for word in ([joined] if text.is_latin(joined) else words) for run in text.runs(word)
        ):
            if run.isascii() and run.isalpha():
                found.update(_by_sound(compacted, pinyin.fold_typed(run)))
    elif not found:
        blocks = SequenceMatcher(None, joined, compacted, autojunk=False).get_matching_blocks()
        found = {
            at
            for block in blocks
            if block.size > 1 or matched_by == "fuzzy"
            for at in range(block.b, block.b + block.size)
        }
    return _segments(name, (places[at] for at in found))


def snippet(body: Body, words: Sequence[str], matched_by: str) -> tuple[Segment, ...]:
    """The former name, product or stretch of text that explains the hit, or nothing; about 90 characters."""
    wanted = list(words) + ([] if len(words) > 1 else list(text.cut_words("".join(words))))
    wanted = [word for word in wanted if len(word) > 1]
    sources = list(body.formers) if matched_by == "former_name" else []
    sources += [*body.labels, body.text, *body.formers]
    best: tuple[int, str, set[int], list[int]] | None = None
    for source in sources:
        if not any(word in text.compact(source) for word in wanted):
            continue
        compacted, places = _mapped(source)
        found = _occurrences(compacted, wanted)
        if found and (best is None or len(found) > best[0]):
            best = (len(found), source, found, places)
            if matched_by == "former_name":
                break
    if best is None:
        return ()
    _, source, found, places = best
    marked = [places[at] for at in found]
    start = max(0, min(marked) - _BEFORE) if len(source) > _SNIPPET else 0
    piece = source[start : start + _SNIPPET]
    return _segments(piece, (at - start for at in marked))
