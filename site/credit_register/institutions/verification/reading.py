"""Reading codes and names out of what a person pasted."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from credit_register.core import uscc

_CODE_CHARACTERS = "[0-9A-Za-z]"
_UNBROKEN = re.compile(rf"(?<!{_CODE_CHARACTERS}){_CODE_CHARACTERS}{{15,21}}(?!{_CODE_CHARACTERS})")
_SPACED = re.compile(
    rf"(?<!{_CODE_CHARACTERS}){_CODE_CHARACTERS}(?:[ \t\-–—]{{0,2}}{_CODE_CHARACTERS}){{16,18}}(?!{_CODE_CHARACTERS})"
)
_ONLY_CODE = re.compile(r"[0-9A-Za-z \t\-–—]{6,40}")
# Letters alone are pinyin; a code has at least its six digits of division.
_LEAST_DIGITS = 6
_MOST_CODES = 3

_LABELS = re.compile(
    r"(?:统一社会信用代码|社会信用代码|信用代码|机构代码|代码|机构全称|企业全称|公司全称|机构名称|企业名称|公司名称|单位名称|全称|名称)"
    r"\s*[:是为]?"
)
_BREAK = re.compile(r"[,，.。;；:：!！?？、\n\r\t\"'“”‘’《》【】\[\]<>|/\\]+")
_LEGAL_FORM = re.compile(
    r"股份有限公司|有限责任公司|有限公司|股份公司|集团公司|总公司|合伙企业|事务所|合作社|研究院|研究所|工作室"
    r"|经营部|服务部|商行|中心|协会|学会|联合会|促进会|集团|公司"
)
STRONG_FORM = re.compile(
    r"(?:股份有限公司|有限责任公司|有限公司|股份公司|集团公司|合伙企业|事务所|协会|研究院)"
)
LONGEST_NAME = 40
_MOST_NAMES = 800


@dataclass(frozen=True)
class Reading:
    """Codes in their normal form, and the phrases that are left when they are taken out."""

    codes: tuple[str, ...]
    phrases: tuple[str, ...]

    @property
    def name(self) -> str:
        """The phrase that most likely is the name: one with a legal form, else the longest."""
        with_form = [phrase for phrase in self.phrases if STRONG_FORM.search(phrase)]
        return max(with_form or self.phrases, key=len, default="")


def fold(text: str) -> str:
    """The form in which names are compared: NFKC (so （） is ()), case folded, without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def read(text: str) -> Reading:
    """Take codes and phrases out of a text."""
    plain = unicodedata.normalize(
        "NFKC", "".join(char if char.isprintable() or char in "\n\t" else " " for char in text)
    )
    codes, rest = _codes(plain)
    phrases = []
    for piece in _BREAK.split(_LABELS.sub("\n", rest)):
        phrase = "".join(piece.split())
        if len(phrase) >= 2 and any(char.isalpha() for char in phrase):
            phrases.append(phrase)
    return Reading(tuple(codes), tuple(dict.fromkeys(phrases)))


def _codes(plain: str) -> tuple[list[str], str]:
    """The codes, and the text without them. A text that is nothing but code characters is one code."""
    spans = [match.span() for match in _UNBROKEN.finditer(plain) if _like_a_code(match[0])]
    if not spans:
        spans = [match.span() for match in _SPACED.finditer(plain) if _like_a_code(match[0])]
    if not spans and _ONLY_CODE.fullmatch(plain.strip()) and _like_a_code(plain):
        spans = [(0, len(plain))]
    codes = dict.fromkeys(uscc.normalise(plain[start:end]) for start, end in spans[:_MOST_CODES])
    rest = plain
    for start, end in reversed(spans):
        rest = f"{rest[:start]}\n{rest[end:]}"
    return list(codes), rest


def _like_a_code(text: str) -> bool:
    return sum(char.isdigit() for char in text) >= _LEAST_DIGITS


def possible_names(phrases: tuple[str, ...]) -> list[str]:
    """Every spelling under which a name that stands in the phrases may be stored.

    A name inside a sentence ends with its legal form, so all beginnings before each legal form are tried.
    """
    names: dict[str, None] = {}
    for phrase in phrases:
        pieces = [phrase] if len(phrase) <= LONGEST_NAME * 3 else []
        for form in _LEGAL_FORM.finditer(phrase):
            pieces += [
                phrase[start : form.end()]
                for start in range(max(0, form.start() - LONGEST_NAME), form.start())
            ]
        for piece in pieces:
            for spelling in (piece, piece.replace("(", "（").replace(")", "）")):
                names[spelling] = None
    return list(names)[:_MOST_NAMES]


# What may stand between a sentence and the name in it; anything else before a name is a part of another name.
_LEAD = (
    r"(?:是|叫|为|到|自|称|的|了|在|由|与|和|跟|问|询|于|给|向|查|找|对|过|请|让|被|把|来电|电话|短信|一下|核验|核实|核对|查询"
    r"|[()（）]|\d)"
)
_ENDS_AS_LEAD = re.compile(rf"{_LEAD}$")
_LONGEST_LEAD = 12
_BRANCH = re.compile(r"^.{0,12}?(?:分公司|子公司|办事处|营业部|代表处|集团|分部)")


def beside(name: str, phrase: str) -> tuple[str, str] | None:
    """What makes a phrase another name than the one that it contains: text before and after; None if nothing."""
    at = fold(phrase).find(fold(name))
    before, after = fold(phrase)[:at], fold(phrase)[at + len(fold(name)) :]
    if before and not _ENDS_AS_LEAD.search(before):
        return before, after if _BRANCH.search(after) else ""
    branch = _BRANCH.search(after)
    return ("", branch[0]) if branch else None


def without_lead(phrase: str) -> str:
    """The phrase from behind the last word that leads up to a name; the whole phrase where there is none."""
    starts = [match.end() for match in re.finditer(_LEAD, phrase[:_LONGEST_LEAD])]
    return phrase[starts[-1] :] if starts else phrase
