"""The page of one batch: what it holds, who may decide, and what becomes of a decision."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.gate import current_actor
from credit_register.access.roles import Permission
from credit_register.audit.moves import ReasonMissing
from credit_register.audit.queries import deeds, who_was_first
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion
from credit_register.core.paging import BadParameter, page_number
from credit_register.credit_records.imports import queries
from credit_register.credit_records.imports.applying import (
    ConfirmedMeanwhile,
    OwnBatch,
    StoppedHalfway,
    carry_on,
    confirm_batch,
    outcomes,
    refuse_batch,
)
from credit_register.credit_records.imports.forms import ConfirmForm, RefuseForm
from credit_register.credit_records.lifecycle import BATCH_KIND, RECORD_BATCH
from credit_register.credit_records.models import (
    PLACED,
    BatchKind,
    BatchState,
    RecordBatch,
    RecordKind,
    RowVerdict,
)

ERRORS, DOUBTS = "errors", "doubts"
AT_ONCE = 10  # chunks of rows within one request, some seconds; the job goes on with what is more
# What stands on the page, in this order; the first that has something is shown.
LISTS = {
    RowVerdict.NEW.value: "新增",
    RowVerdict.CHANGED.value: "变更",
    RowVerdict.REMOVAL.value: "提请移出",
    RowVerdict.UNKNOWN.value: "等待对应的失信记录",
    queries.UNMATCHED: "名录中没有的机构",
    ERRORS: "未导入的行",
    DOUBTS: "提请核对",
}
# What confirming has done, in the order of the page.
DONE = {
    "created": "新增记录",
    "changed": "更新记录",
    "repaired": "信用修复撤下",
    "removed": "移出名单",
    "kept": "名单中已没有、未移出",
    "unknown": "没有找到原记录、等待原记录",
    "placed": "先收到的修复信息随之生效",
    "unchanged": "确认时已无变化",
    "superseded": "已有较新的批次、未采用",
    "elsewhere": "机构已迁出辖区、未采用",
    "ambiguous": "同一文号有多条记录、未采用",
}
# The states to which a decision leads.
_RESULTS = {"confirm": (BatchState.TAKING_EFFECT, BatchState.CONFIRMED), "refuse": (BatchState.REFUSED,)}
KIND_LABELS = {**{kind.value: kind.label for kind in RecordKind}, "repair": "信用修复"}


def act(batch_id: int, name: str) -> ResponseReturnValue:
    """Take one step at a batch and answer: its page again, with what was typed, where the step failed."""
    actor = current_actor()
    batch = queries.batch_for(actor, batch_id)
    form: Any = ConfirmForm() if name == "confirm" else RefuseForm()
    if not form.validate_on_submit():
        return page(batch, failed=(name, form), status=422)
    try:
        _take(name, batch, form, actor)
    except ReasonMissing as missing:
        db.session.rollback()
        form.reason.errors = [str(missing)]
        return page(batch, failed=(name, form), status=422)
    except StoppedHalfway as stopped:
        flash(str(stopped), "warning")
    except (OwnBatch, ConfirmedMeanwhile) as refusal:
        db.session.rollback()
        return page(batch, failed=(name, form), told=str(refusal), status=409)
    except (StaleVersion, MoveNotAllowed):
        db.session.rollback()
        batch = queries.batch_for(actor, batch_id)
        if batch.state in _RESULTS[name] and batch.decided_by_id == actor.account_id:
            return _shown(batch_id)  # a second click
        form.version.raw_data, form.version.data = None, batch.version
        return page(batch, failed=(name, form), told=who_was_first(BATCH_KIND, batch_id), status=409)
    return _shown(batch_id)


def _take(name: str, batch: RecordBatch, form: Any, actor: Actor) -> None:
    if name == "confirm":
        confirm_batch(
            batch,
            with_removals=form.with_removals.data,
            version=form.version.data,
            actor=actor,
            now=now(),
            chunks=AT_ONCE,
        )
        _tell_progress(batch)
    else:
        refuse_batch(batch, reason=form.reason.data, version=form.version.data, actor=actor, now=now())
        flash("已登记不予确认，文件中的内容没有生效。", "success")


def resume(batch_id: int) -> ResponseReturnValue:
    """Let a confirmed batch go on, and answer with its page; one that has taken effect stays as it is."""
    batch = queries.batch_for(current_actor(), batch_id)
    try:
        carry_on(batch, now=now(), chunks=AT_ONCE)
    except StoppedHalfway as stopped:
        flash(str(stopped), "warning")
    else:
        _tell_progress(batch)
    return _shown(batch_id)


def _tell_progress(batch: RecordBatch) -> None:
    if batch.state == BatchState.CONFIRMED:
        flash("已确认，记录按规则开始公示或者存放备查。", "success")
    elif batch.state == BatchState.TAKING_EFFECT:
        flash("已确认。行数较多，其余的行由系统分批生效，一般几分钟内完成，您可以先办理其他事项。", "success")


def _shown(batch_id: int) -> ResponseReturnValue:
    return redirect(url_for("record_batches.show", record_batch_id=batch_id))


def page(
    batch: RecordBatch, *, failed: tuple[str, Any] | None = None, told: str = "", status: int = 200
) -> ResponseReturnValue:
    """The page of a batch; `failed` is the step that came back, with what was typed in it."""
    actor = current_actor()
    counts = {
        **queries.row_counts(actor, batch),
        ERRORS: int(batch.summary.get("rejected", 0)),
        DOUBTS: int(batch.summary.get("warnings", 0)),
    }
    which = _list(counts)
    found = queries.rows(actor, batch, which, page=page_number())
    waits = batch.state == BatchState.RECEIVED
    own = batch.received_by_id is not None and batch.received_by_id == actor.account_id
    forms: dict[str, Any] = {
        "confirm": ConfirmForm(formdata=None, data={"version": batch.version}),
        "refuse": RefuseForm(formdata=None, data={"version": batch.version}),
    }
    if failed is not None:
        forms[failed[0]] = failed[1]
    for name, form in forms.items():
        _put_apart(form, name)
    done = batch.summary.get("done") or outcomes(batch)
    rendered = render_template(
        "record_batches/show.html",
        actor=actor,
        batch=batch,
        kind=BatchKind(batch.kind),
        state_label=RECORD_BATCH.label(batch.state),
        summary=batch.summary,
        done=[(label, done[name]) for name, label in DONE.items() if done.get(name)],
        rows_done=sum(count for name, count in done.items() if name != PLACED),
        rows_total=sum(counts[verdict.value] for verdict in RowVerdict),
        counts=counts,
        lists=LISTS,
        which=which,
        found=found,
        rows=[queries.in_words(row) for row in found.items],
        notes=batch.summary.get(which, []) if which in (ERRORS, DOUBTS) else [],
        kind_labels=KIND_LABELS,
        waits=waits,
        own=own,
        may_decide=waits and not own and actor.can(Permission.RECORD_CONFIRM),
        forms=forms,
        failed=failed[0] if failed else "",
        told=told,
        deeds=deeds(BATCH_KIND, batch.id),
        page_url=lambda number: url_for(
            "record_batches.show", record_batch_id=batch.id, show=which, page=number
        ),
    )
    return rendered, status


def _put_apart(form: Any, name: str) -> None:
    """Give the fields of one of two forms of the page ids of their own; their names stay."""
    for each in form:
        each.id = f"{name}-{each.name}"
        each.label.field_id = each.id


def _list(counts: dict[str, int]) -> str:
    """The list that was asked for, else the first that has something in it."""
    text = request.args.get("show", "")
    if text:
        if text not in LISTS:
            raise BadParameter("show", f"参数 show 须为 {'、'.join(LISTS)} 之一")
        return text
    return next((name for name in LISTS if counts[name]), RowVerdict.NEW.value)
