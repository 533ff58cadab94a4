"""What an answer says of each clue, what the whole letter comes to by it, and which period runs from then on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import close_deadlines, start_deadline
from credit_register.letters.lifecycle import KIND
from credit_register.letters.models import Letter, LetterClue, Result

NAMED_CLUES = 5  # in the audit, of those with a result of their own


def note_results(clues: Sequence[LetterClue], results: Mapping[int, Result], day: date) -> None:
    """Write what was answered to some clues on a day; the caller commits."""
    for clue in clues:
        clue.result, clue.answered_on = results[clue.id].value, day


def wait_for_result(letter: Letter, *, since: date, now: datetime) -> None:
    """The period that ran ends with an answer; while a clue is still being looked into that for the result begins."""
    close_deadlines(KIND, letter.id, closed_at=now)
    if letter.awaits_result:
        start_deadline(subject_kind=KIND, subject_id=letter.id, rule=Rule.LETTER_RESULT, started_on=since)


def whole_result(letter: Letter, results: Mapping[int, Result]) -> str | None:
    """What a letter comes to after a later answer: still open while one clue is, else what its clues have in common.

    Where they have settled differently it stays as it was if that is true of one of them.
    """
    found = [results[clue.id].value if clue.id in results else clue.result for clue in letter.clues]
    if Result.BEING_HANDLED in found:
        return Result.BEING_HANDLED.value
    return letter.result if letter.result in found else found[0]


def changes_in_words(changed: Sequence[LetterClue], results: Mapping[int, Result]) -> str:
    """What a later answer changed, for the audit."""
    if not changed:
        return "查处结果没有变化"
    return _named([f"{clue.name} {results[clue.id].label}" for clue in changed])


def results_in_words(letter: Letter, result: Result, apart: Mapping[int, Result]) -> str:
    """What was answered, for the audit: the result, and the clues for which another one counts."""
    others = [
        f"{clue.name} {apart[clue.id].label}"
        for clue in letter.clues
        if apart.get(clue.id, result) is not result
    ]
    if not others:
        return result.label
    return f"{result.label}（其中{_named(others)}）"


def _named(clues: Sequence[str]) -> str:
    more = f"等 {len(clues)} 条" if len(clues) > NAMED_CLUES else ""
    return f"{'、'.join(clues[:NAMED_CLUES])}{more}"
