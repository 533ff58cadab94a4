"""One normal form for every text, so that what is typed and what is stored meet."""

from __future__ import annotations

import re
import unicodedata

import rjieba
from opencc import OpenCC

# A query is read this far; what follows cannot change which institution is meant.
MAX_QUERY = 200
MAX_WORDS = 12
MAX_WORD = 60
MAX_TEXT = 20_000

_IDEOGRAPHS = ((0x3400, 0x4DC0), (0x4E00, 0xA000))  # the two blocks that names are written with

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_GAP = re.compile(r"[\s,、;。/|+&!?…]+")
_RUN = re.compile(r"[a-z]+|[0-9]+|[^a-z0-9]+")


def _simplified() -> dict[int, str]:
    """Each traditional character with the simplified one, by OpenCC's table; words are not looked at."""
    characters = [chr(code) for first, end in _IDEOGRAPHS for code in range(first, end)]
    folded = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    return {ord(old): new for old, new in zip(characters, folded, strict=True) if old != new}


_FOLD = _simplified()


def normalise(text: str) -> str:
    """NFKC, case folded, simplified, without control and invisible characters; punctuation is kept."""
    text = _INVISIBLE.sub("", text)
    text = _CONTROL.sub(" ", text)
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text).casefold()).translate(_FOLD)


def compact(text: str) -> str:
    """The normal form with nothing but letters, digits and characters: how names are compared."""
    if text.isalnum():  # nothing invisible in it; most names are, and this is a third of the work
        text = unicodedata.normalize("NFKC", text).casefold().translate(_FOLD)
        if text.isalnum():
            return text
    return "".join(filter(str.isalnum, normalise(text)))


def split_words(text: str) -> tuple[str, ...]:
    """The words of a query in order, each compact; at most 12 of at most 60 characters."""
    words: list[str] = []
    for piece in _GAP.split(normalise(text[:MAX_QUERY])[:MAX_QUERY]):
        word = "".join(char for char in piece if char.isalnum())[:MAX_WORD]
        if word:
            words.append(word)
    return tuple(words[:MAX_WORDS])


def runs(word: str) -> list[str]:
    """A compact word cut between letters, digits and characters: "26zhong诚信" is "26", "zhong", "诚信"."""
    return _RUN.findall(word)


def is_latin(word: str) -> bool:
    """True when the word is made of a-z and 0-9 alone."""
    return word.isascii()


def bigrams(word: str) -> tuple[str, ...]:
    """Neighbouring pairs of characters of a compact word; a single character stands for itself."""
    if len(word) < 2:
        return (word,) if word else ()
    return tuple(dict.fromkeys(word[i : i + 2] for i in range(len(word) - 1)))


def grams(word: str) -> set[str]:
    """Pairs and single characters of a compact word, for indexing."""
    return {*bigrams(word), *word}


def indexed_words(text: str) -> set[str]:
    """The words of a running text, long ones with the words inside them; single characters are left out."""
    cut = rjieba.cut_for_search(normalise(text[:MAX_TEXT]))
    return {word for word in cut if len(word) > 1 and word.isalnum()}


def cut_words(word: str) -> tuple[str, ...]:
    """A compact query word as jieba reads it."""
    return tuple(piece for piece in rjieba.cut(word) if piece.isalnum())
