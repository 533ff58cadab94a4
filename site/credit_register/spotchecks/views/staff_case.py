"""The page of one check for the office: what can be done, and what becomes of a step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import current_actor
from credit_register.access.roles import Permission
from credit_register.audit.moves import moves_for
from credit_register.audit.queries import deeds
from credit_register.audit.step_pages import answer_step, forms_of_page, put_apart
from credit_register.core.clock import now, today
from credit_register.core.database import read_first
from credit_register.spotchecks import queries, services
from credit_register.spotchecks.declared import declared_in_words
from credit_register.spotchecks.forms import (
    ConcludeForm,
    EvidenceForm,
    StepForm,
    uploads_of,
)
from credit_register.spotchecks.lifecycle import KIND, SPOT_CHECK
from credit_register.spotchecks.models import Matter, Side, SpotCheck, State, Verdict
from credit_register.spotchecks.publication import office_of
from credit_register.spotchecks.refusals import CheckRefused, SamePerson
from credit_register.spotchecks.words import LOOKS, matter_words


@dataclass(frozen=True)
class Words:
    """What a step says: its button, what it brings about, what to write, and that it was done."""

    button: str
    hint: str
    reason: str
    done: str
    tone: str = "outline-primary"


WORDS = {
    "conclude": Words(
        "记录结论",
        "没有发现问题的结论立即公示；发现问题的结论由另一人复核后才公示，复核前机构和公众都看不到。",
        "",
        "结论已记录。",
        "primary",
    ),
    "files": Words("上传", "", "", "核查材料已保存。"),
    "cancel": Words("取消核查", "不作结论，不公示，也不通知机构。", "取消的理由", "已取消。"),
    "confirm": Words("复核并公示", "复核后立即公示，并通知机构。", "复核意见", "已复核并公示。", "primary"),
    "confirm_with_order": Words(
        "复核公示并责令改正",
        "复核后结论立即公示，同时责令机构限期改正：期限按“限期纠正”规则自动计算，机构会收到通知，"
        "并看到左侧的改正要求；公众只看到期限。",
        "复核意见",
        "已复核并公示，并已责令限期改正。",
        "primary",
    ),
    "reject": Words(
        "退回重新核查", "退回给作出结论的人；已写的内容保留为草稿。", "退回的理由", "已退回重新核查。"
    ),
    "order": Words(
        "责令限期改正",
        "期限按“限期纠正”规则自动计算。机构会收到通知，并看到下面的改正要求；公众只看到期限。",
        "改正要求",
        "已责令限期改正，并通知机构。",
        "primary",
    ),
    "fulfil": Words(
        "确认已改正",
        "公开页面将显示“已改正”和日期，机构会收到通知。",
        "确认的依据",
        "已确认改正。",
        "primary",
    ),
    "insist": Words(
        "尚未改正，退回",
        "机构会收到通知，并看到下面的理由；原期限继续计算。",
        "还需要改正什么",
        "已退回，请机构继续改正。",
    ),
    "withdraw": Words(
        "撤下结论",
        "用于异议成立或结论有误。公开页面立即撤下这项核查，机构会收到通知，并看到下面的理由。",
        "撤下的理由",
        "结论已撤下，公开页面不再显示。",
        "outline-danger",
    ),
}
STEPS: dict[str, Callable[..., None]] = {
    "cancel": services.cancel_check,
    "confirm": services.confirm_check,
    "reject": services.reject_check,
    "order": services.order_correction,
    "fulfil": services.confirm_correction,
    "insist": services.insist_on_correction,
    "withdraw": services.withdraw_check,
}


_WITH_FILES = ("conclude", "files")


def act(check_id: int, name: str) -> ResponseReturnValue:
    """Take one step at a check and answer: its page again, with what was typed, where the step failed."""
    actor = current_actor()
    if name in _WITH_FILES:
        read_first()  # evidence is cleaned before anything is locked
    check = queries.check_for(actor, check_id)
    form = _form(name, check)
    return answer_step(
        name,
        check,
        form,
        kind=KIND,
        load=lambda: queries.check_for(actor, check_id),
        take=lambda row, form: _take(name, row, form, actor),
        was_done=lambda row, seen: queries.was_done(
            row, _deed(name, form, row), actor=actor, reason=_reason(form)
        ),
        page=page,
        done=lambda row: WORDS[_deed(name, form, row)].done if name == "confirm" else WORDS[name].done,
        url=url_for("spotchecks_staff.show", check_id=check_id),
        refused=(CheckRefused,),
        told={SamePerson: 409},
    )


def _take(name: str, check: SpotCheck, form: Any, actor: Actor) -> None:
    version, moment = form.version.data, now()
    if name == "conclude":
        services.conclude_check(
            check,
            form.conclusion(),
            declared=form.declared.data or "",
            uploads=uploads_of(form.files),
            version=version,
            actor=actor,
            now=moment,
        )
    elif name == "files":
        services.add_evidence(check, uploads_of(form.files), version=version, actor=actor, now=moment)
    else:
        STEPS[name](check, reason=form.reason.data, version=version, actor=actor, now=moment)


def _deed(name: str, form: Any, check: SpotCheck) -> str:
    """The name of the deed in the audit."""
    if name == "confirm":
        return "confirm_with_order" if _orders(check) else "confirm"
    if name == "conclude":
        verdict = form.verdict.verdict
        return "propose" if verdict is not None and verdict.adverse else "conclude"
    return "add_evidence" if name == "files" else name


def _orders(check: SpotCheck) -> bool:
    """Whether to confirm the verdict is to order the correction."""
    return check.verdict is not None and Verdict(check.verdict).orders


def _reason(form: Any) -> str:
    return (form.reason.data or "") if "reason" in form else ""


def _form(name: str, check: SpotCheck, *, sent: bool = True) -> Any:
    """The form of a step: as it was sent, or as it stands on the page before."""
    formdata = {} if sent else {"formdata": None}
    if name == "conclude":
        form: Any = ConcludeForm(**formdata, data=ConcludeForm.values_of(check))
    elif name == "files":
        form = EvidenceForm(**formdata, data={"version": check.version})
    else:
        form = StepForm(**formdata, data={"version": check.version})
        form.reason.label.text = WORDS[name].reason
    return put_apart(form, name)


def _offers(check: SpotCheck, actor: Actor) -> list[str]:
    """The steps that stand on the page, in the order of the table."""
    names = []
    for move in moves_for(SPOT_CHECK, check.state, actor):
        if move.name in ("propose", "confirm_with_order"):  # the same form as the other; the verdict decides
            continue
        if move.name == "order" and not Verdict(check.verdict or "").adverse:
            continue
        if move.name == "confirm" and check.concluded_by_id == actor.account_id:
            continue
        names.append(move.name)
    return names


def page(
    check: SpotCheck, *, failed: tuple[str, Any] | None = None, told: str = "", status: int = 200
) -> ResponseReturnValue:
    """The page of a check; `failed` is the step that came back, with what was typed in it."""
    actor = current_actor()
    offers = _offers(check, actor)
    may_add = check.state == State.OPEN and actor.can(Permission.SPOTCHECK_RECORD)
    forms, left_over = forms_of_page(
        [*offers, *(["files"] if may_add else [])], lambda name: _form(name, check, sent=False), failed
    )
    on_that_day = declared_in_words(check.snapshot, Matter(check.matter))
    rendered = render_template(
        "spotchecks/staff_show.html",
        actor=actor,
        check=check,
        matter=matter_words(check.matter, check.matter_text),
        verdict=Verdict(check.verdict) if check.verdict else None,
        looks=LOOKS,
        state_label=SPOT_CHECK.label(check.state),
        on_that_day=on_that_day if on_that_day != check.declared else "",
        office=office_of(check) if check.published_on else "",
        due=queries.due_of(check, on=today()),
        correct_by=queries.correct_by(check),
        offers=offers,
        forms=forms,
        failed=failed[0] if failed else "",
        left_over=left_over,
        told=told,
        words={**WORDS, "confirm": WORDS["confirm_with_order"]} if _orders(check) else WORDS,
        own_verdict=check.state == State.PROPOSED and check.concluded_by_id == actor.account_id,
        evidence=[each for each in check.files if each.side == Side.OFFICE],
        proofs=[each for each in check.files if each.side == Side.INSTITUTION],
        deeds=deeds(KIND, check.id),
    )
    return rendered, status
