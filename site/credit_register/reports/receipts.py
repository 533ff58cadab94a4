"""The receipt of a report: made so that it survives paper and telephone, and kept by nobody but its owner."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from credit_register.core.encryption import keyed_hash

ALPHABET: Final = (
    "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # 31 characters; 0, 1, I, L and O are taken for one another
)
RANDOM: Final = 19  # characters, 94 bits: nobody guesses one
LENGTH: Final = RANDOM + 1
GROUP: Final = 4
LONGEST_TYPED: Final = 200  # more is no receipt and not worth folding

_PRIME: Final = len(ALPHABET)
_VALUE: Final = {character: value for value, character in enumerate(ALPHABET)}
# 3 generates all residues of 31, so that the twenty weights differ from one another: a sum that must be zero then
# shows every single wrong character and every two that changed places, the check character included.
_WEIGHTS: Final = tuple(pow(3, place, _PRIME) for place in range(LENGTH))
_LOOK_ALIKE: Final = frozenset("01ILO")
_IGNORED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Pd", "Zl", "Zp", "Zs"})
_IGNORED: Final = frozenset("\u2212_.\u00b7\u3002\u3001,\u2022\u30fb")  # minus sign and dots of all kinds


@dataclass(frozen=True)
class ReceiptCheck:
    """A receipt as it was read, and in Chinese what is wrong with it; an empty message means well formed."""

    receipt: str
    message: str = ""

    @property
    def ok(self) -> bool:
        """Whether it can be a receipt; whether a report belongs to it is another question."""
        return not self.message


def derive(idempotency_key: str, content_hash: str) -> str:
    """The receipt of one content sent under one key: the same form sent twice shows the same one."""
    number = int(keyed_hash("report receipt derivation", f"{idempotency_key}\x00{content_hash}"), 16)
    values = []
    for _ in range(RANDOM):
        number, value = divmod(number, _PRIME)
        values.append(value)
    body = "".join(ALPHABET[value] for value in values)
    return body + check_character(body)


def check_character(body: str) -> str:
    """The last character for the first nineteen: with it the weighted sum is a multiple of 31."""
    total = sum(_VALUE[character] * weight for character, weight in zip(body, _WEIGHTS, strict=False))
    return ALPHABET[-total * pow(_WEIGHTS[RANDOM], -1, _PRIME) % _PRIME]


def receipt_hash(receipt: str) -> str:
    """What the database keeps of a receipt, and finds its report by."""
    return keyed_hash("report receipt", receipt)


def key_hash(idempotency_key: str) -> str:
    """What the database keeps of the key of a form, and knows a form by that was sent before."""
    return keyed_hash("report idempotency key", idempotency_key)


def grouped(receipt: str) -> str:
    """As people read it: five groups of four."""
    return "-".join(receipt[start : start + GROUP] for start in range(0, len(receipt), GROUP))


def normalise(text: str) -> str:
    """Half-width, upper case, without blanks, hyphens and dots."""
    folded = unicodedata.normalize("NFKC", text[:LONGEST_TYPED])
    return "".join(
        character
        for character in folded
        if character not in _IGNORED and unicodedata.category(character) not in _IGNORED_CATEGORIES
    ).upper()


def check(text: str) -> ReceiptCheck:
    """Read a receipt as it was typed; the first thing wrong is told."""
    receipt = normalise(text)
    return ReceiptCheck(receipt, _problem(receipt))


def _problem(receipt: str) -> str:
    if not receipt:
        return "请填写回执码，共 20 个字符，例如提交后页面显示的 5 组、每组 4 个。"
    if len(receipt) != LENGTH:
        difference = len(receipt) - LENGTH
        amount = f"多了 {difference} 个" if difference > 0 else f"少了 {-difference} 个"
        return f"回执码共 {LENGTH} 个字符，现在读到 {len(receipt)} 个，{amount}。请对照原件核对。"
    for number, character in enumerate(receipt, start=1):
        if character not in _VALUE:
            return _foreign(number, character)
    if sum(_VALUE[character] * weight for character, weight in zip(receipt, _WEIGHTS, strict=True)) % _PRIME:
        return "有一个字符抄错或两个字符颠倒，请对照原件逐组核对。"
    return ""


def _foreign(number: int, character: str) -> str:
    group, place = divmod(number - 1, GROUP)
    where = f"第 {group + 1} 组第 {place + 1} 个字符“{character}”"
    if character in _LOOK_ALIKE:
        return f"{where}不会出现在回执码中：回执码不用数字 0、1 和字母 I、L、O。请对照原件核对。"
    return f"{where}不会出现在回执码中：回执码只用数字和大写字母。请对照原件核对。"
