"""The page of one letter: what can be done, and what becomes of a step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import current_actor
from credit_register.access.roles import Permission
from credit_register.audit.moves import moves_for
from credit_register.audit.queries import deeds, was_done
from credit_register.audit.step_pages import answer_step, forms_of_page, put_apart
from credit_register.core.clock import now, today
from credit_register.core.database import read_first
from credit_register.letters import queries, services
from credit_register.letters.drafting import body_as_read, missing_parts
from credit_register.letters.forms import (
    MOVE_FORMS,
    AnswerForm,
    answer_form_of,
    chosen,
    chosen_apart,
    chosen_later,
    uploads_of,
)
from credit_register.letters.lifecycle import KIND, LETTER, may_be_chased
from credit_register.letters.models import (
    ChaseMeans,
    Delivery,
    FileRole,
    Kind,
    Letter,
    Result,
    State,
    TemplatePart,
)
from credit_register.letters.refusals import LetterIncomplete, LetterRefused, WrongPerson
from credit_register.letters.sources import source_link
from credit_register.letters.template_services import LayoutUnusable
from credit_register.letters.templates import in_force
from credit_register.letters.wording import CONFIRMED, UNCONFIRMED_NOTE


@dataclass(frozen=True)
class Words:
    """What a step says: its button, what it brings about, what to write, and that it was done."""

    button: str
    hint: str
    done: str
    reason: str = ""
    tone: str = "outline-primary"


WORDS = {
    "submit": Words(
        "送签发", "由另一位有签发权限的人员签发；签发前不编号，也不发出。", "已送签发。", tone="primary"
    ),
    "discard": Words(
        "作废草稿", "不再发出，也不占用发文字号。", "草稿已作废。", "作废的理由", "outline-danger"
    ),
    "issue": Words("签发", "签发即编发文字号，正文和清单从此固定。", "已签发并编号。", tone="primary"),
    "send_back": Words("退回修改", "退回给起草人，起草人会收到消息。", "已退回修改。", "退回的理由"),
    "recall": Words("撤回修改", "还没有签发，可以撤回再修改。", "已撤回，可以修改。"),
    "deliver": Words(
        "登记送达", "反馈期限从送达日期的次日起计算。", "已登记送达，反馈期限开始计算。", tone="primary"
    ),
    "answer": Words(
        "登记反馈",
        "收到书面反馈后登记，反馈期限随之办结；有线索正在查处的，开始计算最终结果的期限。",
        "反馈已登记。",
        tone="primary",
    ),
    "supplement": Words(
        "补记反馈",
        "对方后来又有结果的，接在原来的反馈后面。还有线索正在查处的，最终结果的期限重新计算。",
        "补充的反馈已登记。",
    ),
    "chase": Words("催办", "发了催办函或者打了电话，记在这里；不改变状态和期限。", "催办已记录。"),
}


_WITH_FILES = ("deliver", "answer", "supplement")


def act(letter_id: int, name: str) -> ResponseReturnValue:
    """Take one step at a letter and answer: its page again, with what was typed, where the step failed."""
    actor = current_actor()
    if name in _WITH_FILES:
        read_first()  # files are cleaned before anything is locked
    letter = queries.letter_for(actor, letter_id)
    return answer_step(
        name,
        letter,
        _form(name, letter),
        kind=KIND,
        load=lambda: queries.letter_for(actor, letter_id),
        take=lambda row, form: _take(name, row, form, actor),
        was_done=lambda row, seen: was_done(KIND, row, name, actor=actor, seen=seen),
        page=page,
        done=lambda row: WORDS[name].done,
        url=url_for("letters_staff.show", letter_id=letter_id),
        refused=(LetterRefused,),
        told={LetterIncomplete: 422, WrongPerson: 409, LayoutUnusable: 409},
    )


def _take(name: str, letter: Letter, form: Any, actor: Actor) -> None:
    moment = now()
    if name == "chase":
        services.chase_letter(
            letter,
            means=chosen(ChaseMeans, form.means),
            text=form.text.data,
            chased_on=form.day.data,
            actor=actor,
            now=moment,
        )
        return
    seen: dict[str, Any] = {"version": form.version.data, "actor": actor, "now": moment}
    match name:
        case "submit":
            services.submit_letter(letter, **seen)
        case "issue":
            services.issue_letter(letter, **seen)
        case "recall":
            services.recall_letter(letter, **seen)
        case "discard":
            services.discard_letter(letter, reason=form.reason.data, **seen)
        case "send_back":
            services.send_back_letter(letter, reason=form.reason.data, **seen)
        case "deliver":
            services.deliver_letter(
                letter,
                delivery=chosen(Delivery, form.delivery),
                delivered_on=form.day.data,
                uploads=uploads_of(form),
                **seen,
            )
        case "answer":
            services.answer_letter(
                letter,
                result=chosen(Result, form.result),
                text=form.text.data,
                answered_on=form.day.data,
                apart=chosen_apart(form, letter),
                uploads=uploads_of(form),
                **seen,
            )
        case _:
            services.supplement_answer(
                letter,
                results=chosen_later(form, letter),
                text=form.text.data,
                answered_on=form.day.data,
                uploads=uploads_of(form),
                **seen,
            )


def _form(name: str, letter: Letter, *, sent: bool = True) -> Any:
    """The form of a step: as it was sent, or as it stands on the page before."""
    formdata = {} if sent else {"formdata": None}
    kind = MOVE_FORMS[name]
    if kind is AnswerForm:
        kind = answer_form_of(letter, later=name == "supplement")
    form: Any = kind(**formdata, data={"version": letter.version, "day": today()})
    if WORDS[name].reason:
        form.reason.label.text = WORDS[name].reason
    return put_apart(form, name)


def _offers(letter: Letter, actor: Actor) -> list[str]:
    """The steps that stand on the page, in the order of the table."""
    own = actor.account_id in (letter.drafted_by_id, letter.submitted_by_id)
    names = [move.name for move in moves_for(LETTER, letter.state, actor)]
    names = [name for name in names if name != ("issue" if own else "recall")]
    if may_be_chased(letter) and actor.can(Permission.LETTER_DRAFT):
        names.append("chase")
    return names


def page(
    letter: Letter, *, failed: tuple[str, Any] | None = None, told: str = "", status: int = 200
) -> ResponseReturnValue:
    """The page of a letter; `failed` is the step that came back, with what was typed in it."""
    actor = current_actor()
    offers = _offers(letter, actor)
    forms, left_over = forms_of_page(offers, lambda name: _form(name, letter, sent=False), failed)
    rendered = render_template(
        "letters/staff_show.html",
        actor=actor,
        letter=letter,
        kind=Kind(letter.kind),
        body=body_as_read(letter, on=today()),
        clues=[(clue, *source_link(clue.source_kind, clue.source_id)) for clue in letter.clues],
        delivery=Delivery(letter.delivery).label if letter.delivery else "",
        result=_result_in_words(letter),
        means={each.value: each.label for each in ChaseMeans},
        state_label=LETTER.label(letter.state),
        due=queries.due_of(letter, on=today()),
        missing=missing_parts(letter) if letter.state == State.DRAFT else [],
        may_edit=letter.state == State.DRAFT and actor.can(Permission.LETTER_DRAFT),
        waits_for_another=letter.state == State.AWAITING_ISSUE
        and actor.account_id in (letter.drafted_by_id, letter.submitted_by_id),
        final=LETTER.is_final(letter.state) or (letter.state == State.ANSWERED and not letter.awaits_result),
        offers=offers,
        forms=forms,
        failed=failed[0] if failed else "",
        left_over=left_over,
        told=told,
        words=WORDS,
        deeds=deeds(KIND, letter.id),
        note="" if letter.number else note_of(Kind(letter.kind), letter.region_code),
        proofs=letter.files_as(FileRole.DELIVERY),
        answers=letter.files_as(FileRole.ANSWER),
    )
    return rendered, status


def _result_in_words(letter: Letter) -> str:
    """What was answered; empty before."""
    if letter.result is None:
        return ""
    several = {clue.result for clue in letter.clues} != {letter.result}
    return "各条线索不同，见治理对象清单" if several else Result(letter.result).label


def note_of(kind: Kind, region: str) -> str:
    """That the words are the program's own, where no office has put its own in their place."""
    own = in_force(kind, TemplatePart.WORDS, region=region).row is not None
    return "" if CONFIRMED or own else UNCONFIRMED_NOTE
