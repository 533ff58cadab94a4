"""Letters as staff find them, issued or not."""

from __future__ import annotations

from sqlalchemy.orm import selectinload

from credit_register.access.case_kinds import Case, CaseKind
from credit_register.access.roles import Permission
from credit_register.core.clock import local_date
from credit_register.letters.lifecycle import LETTER
from credit_register.letters.models import Kind, Letter, LetterChase, LetterClue
from credit_register.letters.queries import letters_in_scope, matches

SHOWN_CODES = 5  # in the line of the list; the index has them all


def _describe(letter: Letter) -> Case:
    kind = Kind(letter.kind)
    codes = list(dict.fromkeys(clue.uscc for clue in letter.clues if clue.uscc))
    names = [clue.name for clue in letter.clues]
    return Case(
        id=letter.id,
        title=f"致{letter.addressee or '（未填主送机关）'}：{_entities(names)}",
        region=letter.region_code,
        state=letter.state,
        state_label=LETTER.label(letter.state),
        day=letter.issued_on or local_date(letter.drafted_at),
        numbers=(letter.number or "", *codes[:SHOWN_CODES]),
        words=(f"{kind.label}（{kind.occasion}）",),
        texts=(
            letter.title,
            letter.office,
            *names,
            *(clue.description for clue in letter.clues),
            *codes[SHOWN_CODES:],
            letter.body,
            *dict.fromkeys(clue.result_label for clue in letter.clues if clue.result),
            letter.answer,
            *(chase.text for chase in letter.chases),
        ),
    )


def _entities(names: list[str]) -> str:
    """Whom the letter is about, in a line."""
    different = list(dict.fromkeys(names))
    if not different:
        return "（未列线索）"
    return different[0] if len(different) == 1 else f"{different[0]}等 {len(different)} 家"


LETTERS = CaseKind(
    name="letter",
    category="06",
    label="提示函",
    permission=Permission.LETTER_READ,
    endpoint="letters_staff.show",
    argument="letter_id",
    model=Letter,
    in_scope=letters_in_scope,
    describe=_describe,
    contains=matches,
    loading=(selectinload(Letter.clues), selectinload(Letter.chases)),
    parts={LetterClue: LetterClue.letter_id, LetterChase: LetterChase.letter_id},
)
