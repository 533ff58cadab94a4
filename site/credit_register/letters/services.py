"""Writes of letters: drafted, submitted, issued by a second person, delivered, chased, answered; each commits once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission
from credit_register.accounts.models import Account
from credit_register.audit.moves import NotPermitted
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.core.files import StoredFile
from credit_register.core.lifecycle import MoveNotAllowed, check_version, stale_told
from credit_register.core.plain_text import paragraphs
from credit_register.institutions.entries import Upload
from credit_register.letters.attachments import LETTER_FILES, add_files, bring_files, keep_document
from credit_register.letters.drafting import (
    Clue,
    Words,
    body_as_read,
    completed,
    draft_letter,
    missing_parts,
    refuse_personal_data,
    write_clues,
    write_words,
)
from credit_register.letters.lifecycle import LETTER, may_be_chased
from credit_register.letters.models import (
    ChaseMeans,
    Delivery,
    FileRole,
    Kind,
    Letter,
    LetterChase,
    Result,
    State,
)
from credit_register.letters.numbers import take_number
from credit_register.letters.official import sheet_of
from credit_register.letters.refusals import LetterIncomplete, LetterRefused, WrongPerson
from credit_register.letters.results import (
    changes_in_words,
    note_results,
    results_in_words,
    wait_for_result,
    whole_result,
)
from credit_register.letters.steps import record_deed, step
from credit_register.letters.template_services import document_of
from credit_register.notices.services import tell

LONGEST_REASON = 600
LONGEST_ANSWER = 4000


def start_letter(
    kind: Kind, *, region: str, words: Words, clues: Sequence[Clue], actor: Actor, now: datetime
) -> Letter:
    """Draft a letter; of two clicks the second gets the draft of the first. Raises as `draft_letter`. Commits."""
    # Held, so that of two clicks the second sees what the first wrote.
    db.session.execute(select(Account.id).where(Account.id == actor.account_id).with_for_update())
    words = completed(kind, words, region=region)
    twin = _just_drafted(kind, region, words, clues, actor, now)
    if twin is not None:
        db.session.rollback()
        return twin
    letter = draft_letter(kind, region=region, clues=clues, **asdict(words), actor=actor, now=now)
    db.session.commit()
    return letter


def _just_drafted(
    kind: Kind, region: str, words: Words, clues: Sequence[Clue], actor: Actor, now: datetime
) -> Letter | None:
    """The draft of the first of two clicks: the same in everything, by the same person, today."""
    candidates = db.session.scalars(
        select(Letter)
        .where(
            Letter.drafted_by_id == actor.account_id,
            Letter.kind == kind.value,
            Letter.region_code == region,
            Letter.state == State.DRAFT.value,
            Letter.addressee == words.addressee,
        )
        .order_by(Letter.id.desc())
        .limit(5)
    )
    wanted = [(clue.name, clue.description) for clue in clues]
    return next(
        (
            letter
            for letter in candidates
            if (letter.body, letter.office) == (words.body, words.office)
            and [(row.name, row.description) for row in letter.clues] == wanted
            and local_date(letter.drafted_at) == local_date(now)
        ),
        None,
    )


def edit_letter(
    letter: Letter, *, words: Words, clues: Sequence[Clue], version: int, actor: Actor, now: datetime
) -> None:
    """Rewrite a draft. Raises LetterRefused, StaleVersion or MoveNotAllowed. Commits."""
    _hold(letter)
    check_version(letter, version)
    if letter.state != State.DRAFT:
        raise MoveNotAllowed(
            f"现在的状态是“{LETTER.label(letter.state)}”，不能再修改。待签发的，请先撤回或退回修改。"
        )
    write_words(letter, words)
    write_clues(letter, clues)
    letter.version = version + 1  # whoever looks at the page must see the new words before submitting them
    record_deed("edit", letter, actor, now)
    _commit()


def submit_letter(letter: Letter, *, version: int, actor: Actor, now: datetime) -> None:
    """Send a complete draft to whoever issues. Raises LetterIncomplete, StaleVersion or MoveNotAllowed. Commits."""

    def judge() -> None:
        if missing := missing_parts(letter):
            raise LetterIncomplete(missing)

    step(
        letter,
        "submit",
        version=version,
        actor=actor,
        now=now,
        values={"submitted_by_id": actor.account_id},
        judge=judge,
    )
    _commit()


def issue_letter(letter: Letter, *, version: int, actor: Actor, now: datetime) -> None:
    """Issue what somebody else drafted and submitted: it gets its number, its words are frozen, its document is kept.

    Raises WrongPerson, StaleVersion, MoveNotAllowed, LayoutUnusable or a FileError. Commits.
    """
    today = local_date(now)
    values: dict[str, Any] = {"issued_by_id": actor.account_id, "issued_on": today}
    detail: dict[str, Any] = {}

    def judge() -> None:
        if actor.account_id in (letter.drafted_by_id, letter.submitted_by_id):
            raise WrongPerson(
                "这件函是您起草或者送签的，须由本单位或上级单位的另一位有签发权限的人员签发，您的操作没有生效。"
            )
        check_version(letter, version)
        values["body"] = body_as_read(letter, on=today)
        # Last: the row of the office's numbers is held until the end of the transaction.
        number = take_number(Kind(letter.kind), region=letter.region_code, year=today.year)
        values["number"] = detail["number"] = number

    step(letter, "issue", version=version, actor=actor, now=now, values=values, judge=judge, detail=detail)
    # What is sent is kept as it is: a layout that is changed later changes no letter that went out.
    content, _ = document_of(Kind(letter.kind), sheet_of(letter, on=today), region=letter.region_code)
    keep_document(letter, content, letter.number or "", now=now)
    tell(
        _drafters(letter, actor), title="您起草的提示函已签发，请送达并登记", path=staff_path(letter), now=now
    )
    _commit()


def send_back_letter(letter: Letter, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Give a submitted letter back as a draft. Raises LetterRefused, StaleVersion or MoveNotAllowed. Commits."""
    _judge_text(reason, "reason", LONGEST_REASON)
    people = _drafters(letter, actor)
    step(
        letter,
        "send_back",
        version=version,
        actor=actor,
        now=now,
        reason=reason,
        values={"submitted_by_id": None},
    )
    tell(people, title="您起草的提示函已退回，请修改后再送签发", path=staff_path(letter), now=now)
    _commit()


def recall_letter(letter: Letter, *, version: int, actor: Actor, now: datetime) -> None:
    """Take the own submitted letter back as a draft. Raises WrongPerson, StaleVersion or MoveNotAllowed. Commits."""

    def judge() -> None:
        if actor.account_id not in (letter.drafted_by_id, letter.submitted_by_id):
            raise WrongPerson("只有起草人和送签人可以撤回；有签发权限的人员可以退回修改。您的操作没有生效。")

    step(
        letter,
        "recall",
        version=version,
        actor=actor,
        now=now,
        values={"submitted_by_id": None},
        judge=judge,
    )
    _commit()


def discard_letter(letter: Letter, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """End a draft that will not be sent. Raises LetterRefused, StaleVersion or MoveNotAllowed. Commits."""
    _judge_text(reason, "reason", LONGEST_REASON)
    step(letter, "discard", version=version, actor=actor, now=now, reason=reason)
    _commit()


def deliver_letter(
    letter: Letter,
    *,
    delivery: Delivery,
    delivered_on: date,
    version: int,
    actor: Actor,
    now: datetime,
    uploads: Sequence[Upload] = (),
) -> None:
    """Record that the letter arrived, with its proof; the period for the answer begins with that day.

    Raises LetterRefused, StaleVersion or MoveNotAllowed. Commits.
    """
    brought = _bring(uploads, actor, now)

    def judge() -> None:
        _judge_day(delivered_on, since=letter.issued_on, since_words="签发日期", now=now)

    step(
        letter,
        "deliver",
        version=version,
        actor=actor,
        now=now,
        reason=f"{delivery.label}，{delivered_on} 送达",
        values={"delivery": delivery.value, "delivered_on": delivered_on},
        judge=judge,
        started_on=delivered_on,
    )
    add_files(letter, brought, FileRole.DELIVERY)
    _commit()


def answer_letter(
    letter: Letter,
    *,
    result: Result,
    text: str,
    answered_on: date,
    version: int,
    actor: Actor,
    now: datetime,
    apart: Mapping[int, Result] | None = None,
    uploads: Sequence[Upload] = (),
) -> None:
    """Record what the addressee answered; its period ends, or that for the final result begins. Commits.

    Raises as `deliver_letter`.

    `result` counts for every clue save those of `apart`, by the number of the clue.
    """
    _judge_text(text, "text", LONGEST_ANSWER)
    brought = _bring(uploads, actor, now)

    def judge() -> None:
        _judge_day(answered_on, since=letter.delivered_on, since_words="送达日期", now=now)

    values = {"result": result.value, "answered_on": answered_on, "answer": _dated(answered_on, text)}
    step(
        letter,
        "answer",
        version=version,
        actor=actor,
        now=now,
        reason=results_in_words(letter, result, apart or {}),
        values=values,
        judge=judge,
    )
    results = {clue.id: (apart or {}).get(clue.id, result) for clue in letter.clues}
    note_results(letter.clues, results, answered_on)
    add_files(letter, brought, FileRole.ANSWER)
    wait_for_result(letter, since=answered_on, now=now)
    tell(_drafters(letter, actor), title="您起草的提示函收到了反馈", path=staff_path(letter), now=now)
    _commit()


def supplement_answer(
    letter: Letter,
    *,
    results: Mapping[int, Result],
    text: str,
    answered_on: date,
    version: int,
    actor: Actor,
    now: datetime,
    uploads: Sequence[Upload] = (),
) -> None:
    """Record a later answer below the earlier one; the day of the first one stays. As `answer_letter`. Commits.

    `results` are what counts from now on, by the number of the clue; a clue that is not there stays as it was.
    """
    _judge_text(text, "text", LONGEST_ANSWER)
    brought = _bring(uploads, actor, now)
    changed = [clue for clue in letter.clues if results.get(clue.id, clue.result) != clue.result]

    def judge() -> None:
        _judge_day(answered_on, since=letter.answered_on, since_words="首次反馈日期", now=now)
        for clue in changed:
            _judge_day(
                answered_on, since=clue.answered_on, since_words=f"“{clue.name}”上次反馈的日期", now=now
            )
        values["answer"] = f"{letter.answer}\n\n{_dated(answered_on, text)}"

    values: dict[str, Any] = {"result": whole_result(letter, results)}
    step(
        letter,
        "supplement",
        version=version,
        actor=actor,
        now=now,
        reason=changes_in_words(changed, results),
        values=values,
        judge=judge,
    )
    note_results(changed, results, answered_on)
    add_files(letter, brought, FileRole.ANSWER)
    wait_for_result(letter, since=answered_on, now=now)
    _commit()


def chase_letter(
    letter: Letter, *, means: ChaseMeans, text: str, chased_on: date, actor: Actor, now: datetime
) -> None:
    """Record that the office asked again for an answer; no move, so that two officers may both have asked.

    Of two clicks the second records nothing. Raises LetterRefused, NotPermitted or MoveNotAllowed. Commits.
    """
    if not actor.can(Permission.LETTER_DRAFT) or actor.account_id is None:
        raise NotPermitted
    text = paragraphs(text)
    _judge_text(text, "text", LONGEST_REASON)
    _hold(letter)
    if not may_be_chased(letter):
        raise MoveNotAllowed(
            f"现在的状态是“{LETTER.label(letter.state)}”，不需要催办。请刷新页面查看可以办理的事项。"
        )
    _judge_day(chased_on, since=letter.issued_on, since_words="签发日期", now=now)
    chase = LetterChase(
        letter_id=letter.id,
        means=means.value,
        chased_on=chased_on,
        text=text,
        chased_by_id=actor.account_id,
        recorded_at=now,
    )
    if any(_same_chase(chase, other) for other in letter.chases):
        db.session.rollback()
        return
    db.session.add(chase)
    record_deed("chase", letter, actor, now, reason=f"{means.label}，{chased_on}：{text}")
    db.session.commit()


def _same_chase(one: LetterChase, other: LetterChase) -> bool:
    return all(
        getattr(one, name) == getattr(other, name) for name in ("means", "chased_on", "text", "chased_by_id")
    )


def staff_path(letter: Letter) -> str:
    """The page of a letter, for a message."""
    return f"/staff/letters/{letter.id}"


def _bring(uploads: Sequence[Upload], actor: Actor, now: datetime) -> list[StoredFile]:
    if not actor.can(Permission.LETTER_DRAFT):
        raise NotPermitted
    return bring_files(uploads, LETTER_FILES, field="files", purpose="letter", actor=actor, now=now)


def _hold(letter: Letter) -> None:
    db.session.refresh(letter, with_for_update=True)


def _judge_text(text: str, field: str, most: int) -> None:
    if not paragraphs(text):
        raise LetterRefused(field, "请填写，这段文字记入办理记录")
    if len(text) > most:
        raise LetterRefused(field, f"最多 {most} 字，现在有 {len(text)} 字，请精简")
    refuse_personal_data(text, field)


def _judge_day(day: date, *, since: date | None, since_words: str, now: datetime) -> None:
    if day > local_date(now):
        raise LetterRefused("day", "日期不能晚于今天，请核对")
    if since is not None and day < since:
        raise LetterRefused("day", f"日期不能早于{since_words}（{since}），请核对")


def _dated(day: date, text: str) -> str:
    return f"{day}：{paragraphs(text)}"


def _drafters(letter: Letter, actor: Actor) -> list[int]:
    """Who drafted and who submitted the letter, save the person who acts."""
    people = {letter.drafted_by_id, letter.submitted_by_id}
    return [each for each in people if each is not None and each != actor.account_id]


def _commit() -> None:
    with stale_told():
        db.session.commit()
