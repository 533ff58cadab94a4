"""Keeping whoever reported out of every text that others read.

What names the reporter is taken out at the door: no page, file name, sheet, index or answer can show what the row does
not hold. What goes to the institution must moreover let nobody recognise the reporter: neither by quoted sentences nor
by a number that only this reporter was given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from credit_register.core.database import db
from credit_register.core.masking import find_personal_data, plain
from credit_register.reports import receipts
from credit_register.reports.models import Identity, Report

HIDDEN: Final = "【已隐去】"
QUOTED: Final = 16  # so many equal characters in a row are a quotation
_SHOWN: Final = 20
_BETWEEN_LETTERS: Final = r"[\s·]{0,2}"
_BETWEEN_DIGITS: Final = r"[ \t.\-/_()]{0,3}"
_FEWEST_DIGITS: Final = 7  # fewer are a hotline, or part of something else
_SUBSCRIBER: Final = 8  # digits of a telephone number behind the code of its place, at most
_PLACE: Final = re.compile(r"^.*[省市区县镇乡旗](?=.{4})")
# A mark that was planted: a contract, an order, a case with a number of its own, or an amount to the cent.
_SERIAL: Final = re.compile(
    r"(?<![0-9A-Za-z])(?=[0-9A-Za-z\-_/]*\d)[0-9A-Za-z][0-9A-Za-z\-_/]{5,40}(?![0-9A-Za-z])"
)
_OF_A_RECEIPT: Final = receipts.ALPHABET + "".join(
    chr(ord(each) + 0xFEE0) for each in receipts.ALPHABET
)  # full-width
# As many characters as a receipt has, with what people write between them; wherever a word begins, it is tried.
_RECEIPT: Final = re.compile(
    rf"(?<![0-9A-Za-z])"
    rf"(?=([{_OF_A_RECEIPT}](?:[\W_]{{0,3}}[{_OF_A_RECEIPT}]){{{receipts.LENGTH - 1}}})(?![0-9A-Za-z]))",
    re.IGNORECASE,
)
_AMOUNT: Final = re.compile(r"(?<![\d.])\d{2,9}\.\d{2}(?![\d.])")


@dataclass(frozen=True)
class Reporter:
    """Who must not be found in a text; an empty part is not looked for."""

    name: str = ""
    phone: str = ""
    address: str = ""


NOBODY: Final = Reporter()


def reporter_of(report_id: int) -> Reporter:
    """Who sent a report, for taking that person out of texts and for nothing else: it shows nobody anything."""
    identity = db.session.get(Identity, report_id)
    return NOBODY if identity is None else Reporter(identity.name, identity.phone, identity.address or "")


def spans(text: str, reporter: Reporter) -> list[tuple[int, int]]:
    """Where a text names the reporter or holds a receipt, in order and without overlaps."""
    folded = "".join(map(plain, text))
    found: list[tuple[int, int]] = []
    named = (
        match.span()
        for pattern in _patterns(reporter)
        for match in re.finditer(pattern, folded, re.IGNORECASE)
    )
    for first, last in (*_receipts(folded), *named):
        if all(last <= start or end <= first for start, end in found):
            found.append((first, last))
    return sorted(found)


def redact(text: str, reporter: Reporter) -> str:
    """The text without what names the reporter, and without receipts: who reads one could open the case with it."""
    parts: list[str] = []
    done = 0
    for start, end in spans(text, reporter):
        parts += text[done:start], HIDDEN
        done = end
    return "".join(parts) + text[done:]


def recognisable(report: Report, text: str) -> list[str]:
    """Why an institution could tell from this text who reported: a sentence for each reason, for the officer."""
    found = [
        f"文字中有{kind}，属于个人信息，请删去"
        for kind in dict.fromkeys(each.kind.label for each in find_personal_data(text))
    ]
    sources = [report.facts, *(message.text for message in report.messages if message.account_id is None)]
    if quotation := _quotation(text, sources):
        found.append(f"“{quotation}”与提交人的原话相同，机构会由此认出是谁反映的，请改用自己的话")
    marks = _marks(" ".join([*sources, report.subject_contract]))
    if planted := sorted(marks & _marks(text)):
        found.append(f"“{planted[0]}”出自提交人反映的内容，可能只有这位提交人才有，请不要写入")
    return found


def _receipts(folded: str) -> Iterator[tuple[int, int]]:
    for match in _RECEIPT.finditer(folded):
        if receipts.check(match[1]).ok:
            yield match.span(1)


def _patterns(reporter: Reporter) -> Iterator[str]:
    name = "".join(reporter.name.split())
    if len(name) >= 2:
        yield _BETWEEN_LETTERS.join(map(re.escape, name))
    digits = re.sub(r"\D", "", "".join(map(plain, reporter.phone)), flags=re.ASCII)
    digits = digits.removeprefix("86") if len(digits) == 13 else digits
    for number in (digits, digits[-_SUBSCRIBER:] if digits.startswith("0") else ""):
        if len(number) >= _FEWEST_DIGITS:
            yield rf"(?<!\d){_BETWEEN_DIGITS.join(number)}(?!\d)"
    address = "".join(map(plain, reporter.address))
    for part in (address, _PLACE.sub("", address)):
        letters = "".join(part.split())
        if len(letters) >= 4:
            yield _BETWEEN_LETTERS.join(map(re.escape, letters))


def _quotation(text: str, sources: Sequence[str]) -> str:
    """The beginning of a passage that stands in a source too, blanks and signs aside."""
    said = [_letters(source) for source in sources]
    letters = _letters(text)
    for start in range(len(letters) - QUOTED + 1):
        piece = letters[start : start + QUOTED]
        if any(piece in source for source in said):
            return f"{piece[:_SHOWN]}…"
    return ""


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, map(plain, text)))


def _marks(text: str) -> set[str]:
    folded = "".join(map(plain, text))
    return {match[0].upper() for pattern in (_SERIAL, _AMOUNT) for match in pattern.finditer(folded)}
