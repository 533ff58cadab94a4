"""What the words of a template must be, before an office writes letters with them."""

from __future__ import annotations

import re
from typing import Final

from credit_register.core.masking import find_personal_data
from credit_register.core.plain_text import one_line, paragraphs
from credit_register.letters.models import Kind
from credit_register.letters.refusals import LetterRefused
from credit_register.letters.wording import LONGEST_BODY, LONGEST_LINE, MARKS, Wording, wording_of

_BRACES: Final = re.compile(r"\{[^{}]*\}|[{}]")


def judge_wording(kind: Kind, title: str, body: str) -> Wording:
    """The words as they are kept: nothing in them but text and the known marks. Raises LetterRefused."""
    title, body = one_line(title), paragraphs(body)
    for field, text, most in (("title", title, LONGEST_LINE), ("body", body, LONGEST_BODY)):
        if not text:
            raise LetterRefused(field, "请填写")
        if len(text) > most:
            raise LetterRefused(field, f"最多 {most} 字，现在有 {len(text)} 字，请精简")
        if kinds := dict.fromkeys(finding.kind.label for finding in find_personal_data(text)):
            raise LetterRefused(field, f"文字中有{'、'.join(kinds)}，属于个人信息，请删去后再提交")
    if found := _BRACES.search(title):
        raise LetterRefused("title", f"标题中不能用“{found[0]}”，花括号的内容只能写在正文里")
    for number, line in enumerate(body.splitlines(), 1):
        for found in _BRACES.finditer(line):
            if found[0] not in MARKS:
                raise LetterRefused(
                    "body",
                    f"第 {number} 行（“{line[:20]}…”）中的“{found[0][:40]}”不能识别。可以用的有：{'、'.join(MARKS)}",
                )
    missing = [mark for mark in MARKS if mark in wording_of(kind).body and mark not in body]
    if missing:
        raise LetterRefused("body", f"正文中须有{'、'.join(missing)}，由系统按清单和时限规则填写")
    return Wording(title, body)
