"""What people typed, without what nobody can see: such characters hide words, turn them round or feign a text."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Ends of lines of every kind become the one that is kept; two that are one to Windows stay one.
_LINE_ENDS: Final = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Blank although no category says so: Unicode's Default_Ignorable_Code_Point (fillers of Hangul, joiners, selectors of
# variants, tags), and three that fonts draw as nothing (Braille blank, null note head, object replacement).
_UNSEEN: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\u2800\ufffc\U00016fe4\U0001d159"
)
_BLANKS: Final = re.compile(f"[{_UNSEEN}]")
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs"})  # controls, format characters, halves of characters


def is_hidden(character: str) -> bool:
    """Whether a character shows nothing and parts nothing: neither a letter nor a blank nor the end of a line."""
    return (unicodedata.category(character) in _HIDDEN and character not in "\n\t") or _BLANKS.match(
        character
    ) is not None


def visible(text: str) -> str:
    r"""The text in NFC without hidden characters and direction marks; every end of a line is \n.

    Pictures joined of several come apart, and what only hidden characters feigned is empty.
    """
    plain = _BLANKS.sub("", _LINE_ENDS.sub("\n", text))
    if not plain.isprintable():
        plain = "".join(each for each in plain if not is_hidden(each))
    return unicodedata.normalize("NFC", plain)


def one_line(text: str | None) -> str:
    """What can be seen of a text, on one line: blanks at the ends and doubled blanks mean nothing."""
    return " ".join(visible(text or "").split())


def paragraphs(text: str | None) -> str:
    """What can be seen of a text of several lines, without blanks at its ends."""
    return visible(text or "").strip()
