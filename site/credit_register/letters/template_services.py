"""How an office puts words and a layout of its own in the place of the program's, and letters in that layout."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy.exc import IntegrityError

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.audit import services as audit
from credit_register.audit.labels import ACTION_LABELS, SUBJECT_LABELS
from credit_register.audit.moves import NotPermitted
from credit_register.core.database import db, read_first
from credit_register.core.files import read_clean
from credit_register.institutions.entries import Upload
from credit_register.letters.attachments import LAYOUT_FILES, bring_files
from credit_register.letters.layout import LayoutRefused, check_layout, filled_layout, sample_sheet
from credit_register.letters.models import Kind, LetterTemplate, TemplatePart
from credit_register.letters.official import Sheet, docx_of
from credit_register.letters.refusals import LetterRefused
from credit_register.letters.template_words import judge_wording
from credit_register.letters.templates import in_force
from credit_register.letters.wording import MOST_CLUES

KIND: Final = "letter_template"
LONGEST_REASON: Final = 400
_UNUSABLE: Final = "本单位使用的版式文件（第 {number} 版）不能使用：{why}。请在“函的模板”中换一个文件，或者换回系统自带的版式。"

SUBJECT_LABELS[KIND] = "函的模板"
ACTION_LABELS[f"{KIND}.replace"] = "函的模板：替换"
ACTION_LABELS[f"{KIND}.take_back"] = "函的模板：停用本单位的"


class TemplateChanged(Exception):
    """Somebody else of the office changed the same template after the page was opened."""

    def __init__(self, row: LetterTemplate) -> None:
        super().__init__(
            f"打开页面以后，{row.made_by}已经更改了{TemplatePart(row.part).label}（第 {row.number} 版）。"
            "您填写的内容还在，请看过新的版本再提交"
        )


class LayoutUnusable(Exception):
    """The layout in force cannot be filled in; the text says what to do."""


def document_of(kind: Kind, sheet: Sheet, *, region: str) -> tuple[bytes, LetterTemplate | None]:
    """The letter as a Word file in the layout of the office, and which that was. Raises LayoutUnusable or a FileError."""
    row = in_force(kind, TemplatePart.LAYOUT, region=region).row
    if row is None or row.file is None:
        return docx_of(sheet), None
    try:
        return filled_layout(read_clean(row.file), sheet), row
    except LayoutRefused as refused:
        raise LayoutUnusable(_UNUSABLE.format(number=row.number, why=refused)) from refused


def replace_words(
    kind: Kind, *, title: str, body: str, reason: str, seen: int, actor: Actor, now: datetime
) -> LetterTemplate:
    """Put words of the office in the place of those that hold so far.

    The same once more changes nothing. Raises LetterRefused, TemplateChanged or NotPermitted. Commits.
    """
    wording = judge_wording(kind, title, body)
    return _add(
        kind,
        TemplatePart.WORDS,
        values={"title": wording.title, "body": wording.body},
        same=lambda row: (row.title, row.body) == (wording.title, wording.body),
        reason=reason,
        seen=seen,
        actor=actor,
        now=now,
    )


def replace_layout(
    kind: Kind, *, upload: Upload, reason: str, seen: int, actor: Actor, now: datetime
) -> LetterTemplate:
    """Put a Word file in the place of the layout that holds so far, once invented letters could be filled in.

    Sent twice it is kept once. Raises LetterRefused, TemplateChanged or NotPermitted. Commits.
    """
    _region(actor)
    read_first()  # a file is cleaned and tried before anything is locked
    (stored,) = bring_files(
        [upload], LAYOUT_FILES, field="file", purpose="letter_layout", actor=actor, now=now
    )
    content = read_clean(stored)
    try:
        check_layout(content)
        for clues in (0, 1, MOST_CLUES):
            filled_layout(content, sample_sheet(clues))
    except LayoutRefused as refused:
        raise LetterRefused("file", str(refused)) from refused
    return _add(
        kind,
        TemplatePart.LAYOUT,
        values={"file": stored},
        same=lambda row: row.file is not None and row.file.clean_sha256 == stored.clean_sha256,
        reason=reason,
        seen=seen,
        actor=actor,
        now=now,
    )


def take_back(
    kind: Kind, part: TemplatePart, *, reason: str, seen: int, actor: Actor, now: datetime
) -> LetterTemplate:
    """Let the office have none of its own any more. Raises LetterRefused, TemplateChanged or NotPermitted. Commits."""
    found = in_force(kind, part, region=_region(actor))
    if not found.is_own and found.seen == seen:
        raise LetterRefused("reason", "本单位没有自己的模板，现在用的就是上级或系统自带的")
    return _add(
        kind,
        part,
        values={"taken_back": True},
        same=lambda row: row.taken_back,
        reason=reason,
        seen=seen,
        actor=actor,
        now=now,
    )


def _add(
    kind: Kind,
    part: TemplatePart,
    *,
    values: dict[str, Any],
    same: Any,
    reason: str,
    seen: int,
    actor: Actor,
    now: datetime,
) -> LetterTemplate:
    region = _region(actor)
    newest = in_force(kind, part, region=region).newest_own
    if newest is not None and newest.number != seen:
        # Of two clicks the second finds what the first did.
        if newest.made_by_id == actor.account_id and newest.reason == reason and same(newest):
            return newest
        raise TemplateChanged(newest)
    number = (newest.number if newest else 0) + 1
    row = LetterTemplate(
        region_code=region,
        kind=kind.value,
        part=part.value,
        number=number,
        reason=reason,
        made_at=now,
        made_by_id=actor.account_id,
        made_by=actor.name,
        **values,
    )
    db.session.add(row)
    try:
        db.session.flush()
    except IntegrityError:  # two officers at the same moment
        db.session.rollback()
        first = in_force(kind, part, region=region).newest_own
        assert first is not None
        raise TemplateChanged(first) from None
    audit.record(
        f"{KIND}.{'take_back' if row.taken_back else 'replace'}",
        actor=actor,
        at=now,
        subject_kind=KIND,
        subject_id=row.id,
        region=region,
        detail={"name": f"{kind.label}（{kind.occasion}）{part.label}", "number": number, "reason": reason},
    )
    db.session.commit()
    return row


def _region(actor: Actor) -> str:
    if not actor.can(Permission.LETTER_ISSUE) or actor.region is None or actor.account_id is None:
        raise NotPermitted
    return actor.region
