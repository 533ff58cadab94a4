"""Words and layout of letters as an office has them: its own, that of the office above, or the program's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort
from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.core import regions
from credit_register.core.database import db
from credit_register.core.office_settings.queries import region_chain
from credit_register.letters.models import Kind, LetterTemplate, TemplatePart
from credit_register.letters.wording import Wording, wording_of


@dataclass(frozen=True)
class InForce:
    """What of a kind of letter holds for an office; `row` is None where it is the program's own."""

    row: LetterTemplate | None
    newest_own: LetterTemplate | None

    @property
    def seen(self) -> int:
        """The number of the newest version of the office itself, for the form."""
        return self.newest_own.number if self.newest_own else 0

    @property
    def is_own(self) -> bool:
        """Whether the office has one of its own."""
        return self.newest_own is not None and not self.newest_own.taken_back


def in_force(kind: Kind, part: TemplatePart, *, region: str) -> InForce:
    """The newest version of the nearest office that has one."""
    chain = region_chain(region)
    rows = db.session.scalars(
        select(LetterTemplate)
        .where(
            LetterTemplate.kind == kind.value,
            LetterTemplate.part == part.value,
            LetterTemplate.region_code.in_(chain),
        )
        .order_by(LetterTemplate.number.desc())
    ).all()
    newest: dict[str, LetterTemplate] = {}
    for row in rows:
        newest.setdefault(row.region_code, row)
    nearest = (newest[code] for code in chain if code in newest)
    return InForce(next((row for row in nearest if not row.taken_back), None), newest.get(region))


def words_in_force(kind: Kind, *, region: str) -> Wording:
    """What a new letter of an office says before anybody changes a word."""
    row = in_force(kind, TemplatePart.WORDS, region=region).row
    return wording_of(kind) if row is None else Wording(row.title, row.body)


def versions(kind: Kind, part: TemplatePart, *, region: str) -> Sequence[LetterTemplate]:
    """All versions that an office may see: its own and those of the offices above, the newest first."""
    return db.session.scalars(
        select(LetterTemplate)
        .where(
            LetterTemplate.kind == kind.value,
            LetterTemplate.part == part.value,
            LetterTemplate.region_code.in_(region_chain(region)),
        )
        .order_by(LetterTemplate.made_at.desc(), LetterTemplate.id.desc())
    ).all()


def template_for(actor: Actor, template_id: int) -> LetterTemplate:
    """A version of the actor's office or of one above; another's is not found."""
    found = db.session.get(LetterTemplate, template_id)
    if found is None or found.region_code not in region_chain(actor.region or regions.NATION):
        abort(404)
    return found
