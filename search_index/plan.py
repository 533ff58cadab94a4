"""From typed words to ordered tiers of conditions that any engine can evaluate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise

from search_index import pinyin, text
from search_index.analyzer import CODE_PREFIXES, INITIAL_GRAM

LONGEST_INNER_LABEL = 4
LONGEST_LABEL = 12
_MIN_CODE = 4
_MIN_INNER_INITIALS = 4
_MAX_NAME_COUNT_TIERS = 4


@dataclass(frozen=True, slots=True)
class Has:
    """Documents that carry the term in the field."""

    field: str
    term: str


@dataclass(frozen=True, slots=True)
class Find:
    """Documents one of whose texts in `column` contains `needle`, or begins with it.

    Every such document also has all `terms` in `field`; an engine may use as many of them as it likes to
    narrow, and may leave the comparison out where the terms alone are proof.
    """

    field: str
    terms: tuple[str, ...]
    column: str
    needle: str
    begins: bool = False

    @property
    def pattern(self) -> str:
        """The substring to look for in a column whose texts stand between newlines."""
        return "\n" + self.needle if self.begins else self.needle

    @property
    def proven(self) -> bool:
        """True when the terms alone are proof: one pair of characters is the needle itself."""
        return not self.begins and self.terms == (self.needle,)


@dataclass(frozen=True, slots=True)
class Everything:
    """All documents."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The documents with these keys."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Documents that meet every condition; without conditions, none."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Documents that meet at least one condition."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Most:
    """Documents that meet all but at most `missing` of the conditions, and at least one.

    An engine may expect the rarest conditions first.
    """

    missing: int
    clauses: tuple[Clause, ...]


Clause = Everything | Has | Find | Keys | AllOf | AnyOf | Most


@dataclass(frozen=True, slots=True)
class Tier:
    """Documents of equal rank and why they were found; a document belongs to the first tier it meets.

    A tier that `covers` is met by all documents of the earlier ones too.
    """

    matched_by: str
    clause: Clause
    covers: bool = False


def all_of(clauses: list[Clause]) -> Clause:
    """The clauses joined, one of them bare."""
    return clauses[0] if len(clauses) == 1 else AllOf(tuple(clauses))


def any_of(clauses: list[Clause]) -> Clause:
    """One of the clauses, one alone bare."""
    return clauses[0] if len(clauses) == 1 else AnyOf(tuple(clauses))


def in_name(word: str, *, begins: bool = False) -> Find:
    """The word stands in the name or a short form of it, or one of them begins with it."""
    return Find("name", text.bigrams(word), "forms", word, begins)


def in_former(word: str) -> Find:
    """The word stands in a former name."""
    return Find("former", text.bigrams(word), "former", word)


def in_labels(word: str) -> Find:
    """The word stands in a category, product, fee word or place of the institution; a long word begins it."""
    word = word[:LONGEST_LABEL]
    return Find("label", text.bigrams(word), "labels", word, begins=len(word) > LONGEST_INNER_LABEL)


def in_text(word: str) -> Clause | None:
    """All of the word's own words stand in the running text; None for a single character."""
    pieces = [piece for piece in text.cut_words(word) if len(piece) > 1]
    if not pieces or len("".join(pieces)) < len(word) - 1:
        return None
    return all_of([Has("text", piece) for piece in pieces])


# The same words stand in several tiers, and a person types a word letter by letter.
_remembered = lru_cache(maxsize=2048)


@_remembered
def in_pinyin(word: str, *, begins: bool = False) -> Clause | None:
    """Typed letters are the pinyin of neighbouring characters of the name, or of its or a short form's first.

    None when they cannot be.
    """
    ways: list[Clause] = []
    for syllables, rest in pinyin.cut_typed(pinyin.fold_typed(word)):
        pairs: list[Clause] = [Has("syllables", f"^{syllables[0]}")] if begins else []
        pairs += [Has("syllables", f"{a}'{b}") for a, b in pairwise(syllables)]
        if rest:
            ends = pinyin.completions(rest)
            pairs.append(any_of([Has("syllables", f"{syllables[-1]}'{end}") for end in ends]))
        elif not pairs:
            pairs = [Has("syllables", syllables[0])]
        ways.append(all_of(pairs))
    return any_of(ways) if ways else None


def _held_down(word: str) -> bool:
    """Whether a key was held down: names from 郑州 and 自治州 would answer "zzzz"."""
    return len(word) >= _MIN_INNER_INITIALS and len(set(word)) == 1


def _initials(word: str, *, begins: bool) -> Find:
    if len(word) < INITIAL_GRAM:
        return Find("initials", (), "initials", word, begins)
    grams = tuple(dict.fromkeys(word[i : i + INITIAL_GRAM] for i in range(len(word) - INITIAL_GRAM + 1)))
    return Find("initials", grams, "initials", word, begins)


def code_clause(word: str) -> Find | None:
    """The word is the beginning of a code; None when it cannot be."""
    if (
        len(word) < _MIN_CODE
        or not text.is_latin(word)
        or not any(char.isdigit() for char in word[:_MIN_CODE])
    ):
        return None
    longest = max(length for length in CODE_PREFIXES if length <= len(word))
    return Find("code", (word[:longest],), "code", word, begins=True)


@_remembered
def name_clause(word: str) -> Clause:
    """The word is part of the name: as written, as pinyin or initials, or run by run when it is mixed."""
    ways: list[Clause] = [in_name(word)]
    runs = text.runs(word)
    if len(runs) > 1:
        ways.append(all_of([name_clause(run) for run in runs]))
    elif text.is_latin(word) and word.isalpha():
        spelled = in_pinyin(word)
        if spelled:
            ways.append(spelled)
        if len(word) >= _MIN_INNER_INITIALS and not _held_down(word):
            ways.append(_initials(word, begins=False))
    return any_of(ways)


@_remembered
def word_clause(word: str) -> Clause:
    """The word is found somewhere: name, former name, code, labels or running text."""
    ways: list[Clause] = [name_clause(word), in_former(word), in_labels(word)]
    running = in_text(word)
    if running:
        ways.append(running)
    code = code_clause(word)
    if code:
        ways.append(code)
    return any_of(ways)


def name_tiers(words: tuple[str, ...]) -> list[Tier]:
    """The tiers that concern names and codes, best first."""
    joined = "".join(words)
    words = tuple(dict.fromkeys(words))
    latin = text.is_latin(joined)
    tiers = [Tier("name", Has("exact", f"n:{joined}"))]
    code = code_clause(joined)
    if code:
        tiers.append(Tier("code", code))
    tiers += [
        Tier("short_name", Has("exact", f"s:{joined}")),
        Tier("former_name", Has("exact", f"f:{joined}")),
    ]
    letters = pinyin.fold_typed(joined)
    if latin and not letters.isdigit():
        tiers += [
            Tier("pinyin", Has("exact", f"p:{letters}")),
            Tier("initials", Has("exact", f"i:{letters}")),
            Tier("name", in_name(joined, begins=True)),
        ]
        spelled, starts = in_pinyin(joined), in_pinyin(joined, begins=True)
        if spelled and starts:
            tiers.append(Tier("pinyin", starts))
            tiers.append(Tier("name", all_of([in_name(word) for word in words])))
            tiers.append(Tier("pinyin", spelled))
        if len(letters) > 1 and not _held_down(letters):
            tiers.append(Tier("initials", _initials(letters, begins=True)))
    else:
        tiers.append(Tier("name", in_name(joined, begins=True)))
    tiers.append(Tier("name", all_of([in_name(word) for word in words])))
    tiers.append(Tier("former_name", all_of([in_former(word) for word in words])))
    if any(char.isascii() for char in joined):
        by = "pinyin" if any(not text.is_latin(word) for word in words) or not latin else "initials"
        tiers.append(Tier(by, all_of([name_clause(word) for word in words])))
    return tiers


def strict_tiers(words: tuple[str, ...]) -> list[Tier]:
    """All tiers in which every word is found; of those found elsewhere, more words in the name come first."""
    tiers = name_tiers(words)
    latin = any(char.isascii() for char in "".join(words))  # initials and codes may be found across words
    words = tuple(dict.fromkeys(words))
    if len(words) <= _MAX_NAME_COUNT_TIERS:
        tiers += [Tier("text", _in_names(words, count)) for count in range(len(words) - 1, 0, -1)]
    tiers.append(Tier("text", all_of([word_clause(word) for word in words]), covers=not latin))
    return tiers


def _in_names(words: tuple[str, ...], count: int) -> Clause:
    """All words are found, so many of them in the name."""
    ways = [
        AllOf(tuple(name_clause(word) if word in chosen else word_clause(word) for word in words))
        for chosen in combinations(words, count)
    ]
    return any_of(list(ways))


def majority(words: tuple[str, ...]) -> Tier | None:
    """One of two words, or more than half of several."""
    words = tuple(dict.fromkeys(words))
    missing = len(words) // 2 if len(words) == 2 else (len(words) - 1) // 2
    return Tier("text", Most(missing, tuple(word_clause(word) for word in words))) if missing else None
