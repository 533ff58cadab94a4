"""What a draft says: its words, its clues, and what it still lacks; nothing here commits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.audit.moves import NotPermitted
from credit_register.core import uscc
from credit_register.core.database import db
from credit_register.core.deadlines.queries import rule_for
from credit_register.core.deadlines.rules import Rule, Unit
from credit_register.core.masking import find_personal_data
from credit_register.core.plain_text import one_line, paragraphs
from credit_register.letters.models import Kind, Letter, LetterClue
from credit_register.letters.refusals import LetterRefused
from credit_register.letters.steps import record_deed
from credit_register.letters.templates import words_in_force
from credit_register.letters.wording import (
    ADDRESSEE,
    CONTACT_NAME,
    CONTACT_PHONE,
    LONGEST_BODY,
    LONGEST_LINE,
    MARKS,
    MOST_CLUES,
    OFFICE,
    filled,
)

_MARK = re.compile(r"\{[^{}]{0,40}\}")  # also one that was mistyped and would go out as it stands
LONGEST_CONTACT = 60
LONGEST_DESCRIPTION = 600


@dataclass(frozen=True)
class Source:
    """What a clue comes from, in another domain: ("report", 12)."""

    kind: str
    id: int


@dataclass(frozen=True)
class Clue:
    """One line of the annex; `id` is that of the row which it rewrites."""

    name: str
    description: str
    uscc: str = ""
    source: Source | None = None
    id: int | None = None


@dataclass(frozen=True)
class Words:
    """What the office writes; a title or body that is empty becomes that of the kind."""

    addressee: str = ""
    title: str = ""
    body: str = ""
    office: str = ""
    contact_name: str = ""
    contact_phone: str = ""


# Of these the contact is the office's own: its name and telephone are meant to be read.
_LABELS = {
    "addressee": "主送机关",
    "title": "标题",
    "body": "正文",
    "office": "落款单位",
    "contact_name": "联系人",
    "contact_phone": "联系电话",
}
_FREE_OF_PERSONAL_DATA = ("addressee", "title", "body", "office")


def draft_letter(
    kind: Kind,
    *,
    region: str,
    clues: Sequence[Clue],
    addressee: str = "",
    title: str = "",
    body: str = "",
    office: str = "",
    contact_name: str = "",
    contact_phone: str = "",
    actor: Actor,
    now: datetime,
) -> Letter:
    """Draft a letter of the office of a region; what is left out is asked for before it is submitted.

    The caller has checked that the actor may see what the clues come from, and commits.
    Raises LetterRefused or NotPermitted.
    """
    if not actor.can(Permission.LETTER_DRAFT) or not actor.sees_region(region) or actor.account_id is None:
        raise NotPermitted
    words = Words(addressee, title, body, office, contact_name, contact_phone)
    letter = Letter(kind=kind.value, region_code=region, drafted_by_id=actor.account_id, drafted_at=now)
    write_words(letter, words)
    write_clues(letter, clues)
    db.session.add(letter)
    db.session.flush()
    record_deed("draft", letter, actor, now)
    return letter


def completed(kind: Kind, words: Words, *, region: str) -> Words:
    """What the office wrote, as it can be seen, with the title and body that hold for it where it wrote none."""
    wording = words_in_force(kind, region=region)
    seen = {
        field.name: (paragraphs if field.name == "body" else one_line)(getattr(words, field.name))
        for field in fields(words)
    }
    return Words(**{**seen, "title": seen["title"] or wording.title, "body": seen["body"] or wording.body})


def write_words(letter: Letter, words: Words) -> None:
    """Take over what the office wrote. Raises LetterRefused."""
    words = completed(Kind(letter.kind), words, region=letter.region_code)
    for field in fields(words):
        text: str = getattr(words, field.name)
        most = {"body": LONGEST_BODY, "contact_name": LONGEST_CONTACT, "contact_phone": LONGEST_CONTACT}
        if len(text) > (limit := most.get(field.name, LONGEST_LINE)):
            raise LetterRefused(field.name, f"最多 {limit} 字，现在有 {len(text)} 字，请精简")
        if field.name in _FREE_OF_PERSONAL_DATA:
            refuse_personal_data(text, field.name)
        setattr(letter, field.name, text)


def write_clues(letter: Letter, clues: Sequence[Clue]) -> None:
    """Make the annex of a draft these clues. A row keeps where it came from. Raises LetterRefused."""
    if len(clues) > MOST_CLUES:
        raise LetterRefused("clues", f"一件函最多列 {MOST_CLUES} 条线索，其余请另行发函")
    by_id = {row.id: row for row in letter.clues}
    by_source = {(row.source_kind, row.source_id): row for row in letter.clues if row.source_kind}
    kept: list[LetterClue] = []
    for place, clue in enumerate(clues):
        source = (clue.source.kind, clue.source.id) if clue.source else ("", None)
        row = by_id.get(clue.id) if clue.id is not None else None
        row = row or by_source.get(source)
        if row is None or row in kept:
            row = LetterClue(source_kind=source[0], source_id=source[1])
        if row.source_kind and any(row is not other and _same_source(row, other) for other in kept):
            raise LetterRefused("clues", "同一来源的线索在清单中出现了两次，请删去一条")
        _write_clue(row, clue, place)
        kept.append(row)
    letter.clues = kept


def _same_source(one: LetterClue, other: LetterClue) -> bool:
    return (one.source_kind, one.source_id) == (other.source_kind, other.source_id)


def _write_clue(row: LetterClue, clue: Clue, place: int) -> None:
    where = f"clues-{place}"
    name, description = one_line(clue.name), paragraphs(clue.description)
    code = uscc.normalise(one_line(clue.uscc))
    if not name:
        raise LetterRefused(where, f"第 {place + 1} 条线索没有写治理对象的名称")
    if not description:
        raise LetterRefused(where, f"第 {place + 1} 条线索没有写情况")
    if len(name) > LONGEST_LINE or len(description) > LONGEST_DESCRIPTION:
        raise LetterRefused(
            where,
            f"第 {place + 1} 条线索过长：名称最多 {LONGEST_LINE} 字，情况最多 {LONGEST_DESCRIPTION} 字",
        )
    if len(code) > uscc.LENGTH:
        raise LetterRefused(
            where, f"第 {place + 1} 条线索的统一社会信用代码超过 18 位，请核对；没有代码的请留空"
        )
    for text in (name, description):
        refuse_personal_data(text, where)
    row.name, row.uscc, row.description = name, code, description


def missing_parts(letter: Letter) -> list[str]:
    """What a draft lacks before it can be submitted, by its Chinese names."""
    known = filled(letter.body, clues=0, entities=0, period="")
    unknown = [f"正文中“{mark}”处的内容" for mark in dict.fromkeys(_MARK.findall(known))]
    return [*_empty_words(letter), *unknown, *([] if letter.clues else ["至少一条线索"])]


def _empty_words(letter: Letter) -> Iterator[str]:
    return (label for name, label in _LABELS.items() if not getattr(letter, name))


def refuse_personal_data(text: str, field: str) -> None:
    """Raises LetterRefused where a text that leaves the office holds somebody's numbers or address."""
    if kinds := dict.fromkeys(finding.kind.label for finding in find_personal_data(text)):
        raise LetterRefused(field, f"文字中有{'、'.join(kinds)}，属于个人信息，请删去后再提交")


def body_as_read(letter: Letter, *, on: date) -> str:
    """The body without marks; of a draft as it would be issued on a day. Raises UnknownRule."""
    if not any(mark in letter.body for mark in MARKS):
        return letter.body
    rule = rule_for(Rule.LETTER_FEEDBACK, on)
    return filled(
        letter.body,
        clues=letter.clue_count,
        entities=letter.entity_count,
        period=f"{rule.amount}{Unit(rule.unit).label}",
        names={
            ADDRESSEE: letter.addressee,
            OFFICE: letter.office,
            CONTACT_NAME: letter.contact_name,
            CONTACT_PHONE: letter.contact_phone,
        },
    )
