"""What of a person may be seen in public, and where a text names more than that."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from credit_register.core.plain_text import is_hidden

_FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_MIDDLE_DOTS: Final = frozenset("·‧•∙⋅・･●。｡․")

# Between the groups in which people write such numbers: blanks, hyphens, dots, slashes, three at most ("139 / 0000").
# Not so for cards: "4000/4500/5000/5500" is a list of fees, and one of ten such lists passes for a card.
_GAP: Final = r"[ \t.\-/_]{0,3}"
_IDENTITY: Final = re.compile(
    rf"(?<![0-9A-Za-z])[1-9]\d{{5}}{_GAP}(?:18|19|20)\d{{2}}{_GAP}\d{{2}}{_GAP}\d{{2}}{_GAP}\d{{3}}[\dXx]"
    r"(?![0-9A-Za-z])",
    re.ASCII,
)
_MOBILE: Final = re.compile(
    rf"(?<!\d)(?<!\d\.)(?:(?:\+|00)?86{_GAP})?(1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}})(?!\d)", re.ASCII
)
_BANK_CARD: Final = re.compile(
    r"(?<!\d)(?<!\d\.)[3-69]\d{3}(?:[ -]?\d{4}){3}(?:[ -]?\d{1,3})?(?!\d)", re.ASCII
)
_EMAIL: Final = re.compile(
    r"(?<![\w.%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])",
    re.ASCII,
)
_GAPS: Final = re.compile(r"[ \t.\-/_]")
_MOBILE_ONLY: Final = re.compile(r"(?:(?:\+|00)?86)?(1[3-9]\d{9})", re.ASCII)

# Words for a number and up to twelve characters; another code that is named in between has its own name.
_BETWEEN: Final = r"(?:(?!代码)[^0-9\n;]){0,12}?(?=[0-9])"
_IDENTITY_WORDS: Final = re.compile(rf"(?:身份证|证件号){_BETWEEN}")
_ACCOUNT_WORDS: Final = re.compile(rf"(?:账号|帐号|账户|卡号|银行卡){_BETWEEN}")
_NAMED_IDENTITY: Final = re.compile(r"[0-9](?:[ -]?[0-9]){13,16}[ -]?[0-9Xx](?![0-9A-Za-z])")
_NAMED_ACCOUNT: Final = re.compile(r"[0-9](?:[ -]?[0-9]){11,29}(?![0-9])")
_AND: Final = re.compile("[ ]?[、,及和与/][ ]?")

_IDENTITY_WEIGHTS: Final = tuple(pow(2, 17 - place, 11) for place in range(17))
_IDENTITY_CHECKS: Final = "10X98765432"
_FREE_LENGTHS: Final = (16, 19)  # of bank cards; 17 and 18 digits only under the national prefix 62


class PersonalData(Enum):
    """Kinds of personal data that a text is searched for."""

    IDENTITY = "identity"
    BANK_CARD = "bank_card"
    MOBILE = "mobile"
    EMAIL = "email"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS: Final = {
    PersonalData.IDENTITY: "身份证号",
    PersonalData.BANK_CARD: "银行卡号",
    PersonalData.MOBILE: "手机号",
    PersonalData.EMAIL: "电子邮箱",
}


@dataclass(frozen=True)
class Finding:
    """Where a text holds personal data: `text[start:end]`."""

    kind: PersonalData
    start: int
    end: int


def mask_person(name: str) -> str:
    """张** for every name of a natural person; the number of stars tells nothing of its length."""
    name = name.strip()
    return f"{name[0]}**" if name else ""


def mask_phone(number: str) -> str:
    """138****5678 for a mobile number; of any other number only the last two digits stay."""
    folded = number.translate(_FULL_WIDTH)
    digits = re.sub(r"[^\d+]", "", folded, flags=re.ASCII)
    if match := _MOBILE_ONLY.fullmatch(digits):
        return f"{match[1][:3]}****{match[1][-4:]}"
    digits = digits.lstrip("+")
    return "****" + (digits[-2:] if len(digits) >= 7 else "") if number.strip() else ""


def mask_identity(number: str) -> str:
    """The first and the last character of an identity number, of whatever kind."""
    number = "".join(number.split())
    if len(number) <= 2:
        return "*" * len(number)
    return f"{number[0]}{'*' * (len(number) - 2)}{number[-1]}"


def mask_email(address: str) -> str:
    """z***@example.cn; a text that is no address is hidden whole."""
    address = address.strip().replace("＠", "@")
    local, at, domain = address.rpartition("@")
    if not address:
        return ""
    return f"{local[0]}***@{domain}" if at and local and domain else "***"


def mask_bank_card(number: str) -> str:
    """The last four digits of a card number."""
    digits = re.sub(r"\D", "", number.translate(_FULL_WIDTH), flags=re.ASCII)
    return f"**** {digits[-4:]}" if len(digits) > 8 else "*" * len(digits)


_NAMED: Final = (
    (_IDENTITY_WORDS, _NAMED_IDENTITY, mask_identity),
    (_ACCOUNT_WORDS, _NAMED_ACCOUNT, mask_bank_card),
)


def find_personal_data(text: str) -> list[Finding]:
    """Identity numbers (check digit right), bank cards (Luhn), mobile numbers and e-mail addresses, in order.

    Digits of every script, hidden characters and groups parted by blanks, hyphens, dots or slashes are seen
    through; what overlaps is told once.
    """
    folded, places = _folded(text)
    found: list[Finding] = []
    for kind, pattern in (
        (PersonalData.IDENTITY, _IDENTITY),
        (PersonalData.BANK_CARD, _BANK_CARD),
        (PersonalData.MOBILE, _MOBILE),
        (PersonalData.EMAIL, _EMAIL),
    ):
        for match in pattern.finditer(folded):
            start, end = places[match.start()], places[match.end() - 1] + 1
            written = _GAPS.sub("", match[0])
            if kind is PersonalData.IDENTITY and not _is_identity(written):
                continue
            if kind is PersonalData.BANK_CARD and not _is_bank_card(written):
                continue
            if all(end <= other.start or other.end <= start for other in found):
                found.append(Finding(kind, start, end))
    return sorted(found, key=lambda finding: finding.start)


def mask_personal_data(text: str) -> str:
    """The text with everything that `find_personal_data` finds masked."""
    masks = {
        PersonalData.IDENTITY: lambda found: mask_identity(_GAPS.sub("", found)),
        PersonalData.BANK_CARD: mask_bank_card,
        PersonalData.MOBILE: mask_phone,
        PersonalData.EMAIL: mask_email,
    }
    parts: list[str] = []
    done = 0
    for finding in find_personal_data(text):
        seen, _ = _folded(text[finding.start : finding.end])
        parts += text[done : finding.start], masks[finding.kind](seen)
        done = finding.end
    return "".join(parts) + text[done:]


def mask_named_numbers(text: str) -> str:
    """The text with the numbers masked that stand behind the words for them, be their check digit right or wrong."""
    folded, places = _folded(text)
    found = sorted(
        (places[start], places[end - 1] + 1, mask)
        for words, number, mask in _NAMED
        for start, end in _numbers_behind(folded, words, number)
    )
    parts: list[str] = []
    done = 0
    for start, end, mask in found:
        if start >= done:
            seen, _ = _folded(text[start:end])
            parts += text[done:start], mask(_GAPS.sub("", seen))
            done = end
    return "".join(parts) + text[done:]


def _numbers_behind(
    folded: str, words: re.Pattern[str], number: re.Pattern[str]
) -> Iterator[tuple[int, int]]:
    """Where the first number behind the words stands, and those that are listed with it."""
    for named in words.finditer(folded):
        match = number.match(folded, named.end())
        while match:
            yield match.span()
            comma = _AND.match(folded, match.end())
            match = number.match(folded, comma.end()) if comma else None


def _folded(text: str) -> tuple[str, list[int]]:
    """What a reader takes the text for, in plain ASCII where there is such, and the place of each character."""
    shown = [(plain(each), place) for place, each in enumerate(text) if not is_hidden(each)]
    return "".join(each for each, _ in shown), [place for _, place in shown]


def plain(character: str) -> str:
    """One character for one: digits of every script, blanks, dashes and dots as they stand on a keyboard."""
    if character.isascii():
        return character
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    if character in _MIDDLE_DOTS:
        return "."
    match unicodedata.category(character):
        case "Zs":
            return " "
        case "Pd":
            return "-"
    return "-" if character == "\u2212" else character.translate(_FULL_WIDTH)


def _is_identity(number: str) -> bool:
    """GB 11643: a real birthday and the check character of ISO 7064 MOD 11-2."""
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _IDENTITY_WEIGHTS, strict=True))
    return _IDENTITY_CHECKS[total % 11] == number[17].upper()


def _is_bank_card(number: str) -> bool:
    if len(number) not in _FREE_LENGTHS and not number.startswith("62"):
        return False
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
