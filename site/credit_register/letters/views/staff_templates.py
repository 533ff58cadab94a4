"""The templates of letters: what holds for the office, its versions, and how the office puts its own in their place."""

from __future__ import annotations

import io
from typing import Any

from flask import Response, abort, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.core import regions
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.core.files import hand_out, read_clean
from credit_register.institutions.entries import Upload
from credit_register.institutions.form_fields import add_error
from credit_register.letters import template_services, templates
from credit_register.letters.layout import (
    BODY,
    NEEDED,
    ROW,
    WORDS,
    filled_layout,
    sample_sheet,
    shipped_layout,
)
from credit_register.letters.models import Kind, TemplatePart
from credit_register.letters.official import MEDIA_TYPE, docx_of
from credit_register.letters.refusals import LetterRefused
from credit_register.letters.template_forms import FORMS, form_of
from credit_register.letters.template_services import TemplateChanged
from credit_register.letters.views.staff import blueprint
from credit_register.letters.wording import CONFIRMED, MARKS, UNCONFIRMED_NOTE

_DONE = {
    "words": "标题和正文已替换，以后起草的函使用新的文字。",
    "layout": "版式已替换，试填通过；以后签发的函使用新的版式。",
    "words_back": "已停用本单位的标题和正文。",
    "layout_back": "已停用本单位的版式。",
}


@blueprint.get("/staff/letters/templates")
@access(Permission.LETTER_READ)
def template_index() -> ResponseReturnValue:
    """Both kinds of letters with what holds for the office."""
    region = _region()
    return render_template(
        "letters/staff_templates.html",
        actor=current_actor(),
        region=region,
        kinds=[
            (kind, [(part, templates.in_force(kind, part, region=region).row) for part in TemplatePart])
            for kind in Kind
        ],
    )


@blueprint.get("/staff/letters/templates/<any(impersonation, overdue):kind>")
@access(Permission.LETTER_READ)
def template(kind: str) -> ResponseReturnValue:
    """The words and the layout of one kind."""
    return _page(Kind(kind))


@blueprint.post(
    "/staff/letters/templates/<any(impersonation, overdue):kind>/<any(words, layout, words_back, layout_back):change>"
)
@access(Permission.LETTER_ISSUE)
def change_template(kind: str, change: str) -> ResponseReturnValue:
    """Replace a part, or take the office's own back."""
    which = Kind(kind)
    form = form_of(change)
    if not form.validate_on_submit():
        return _page(which, failed=(change, form), status=422)
    try:
        _take(which, change, form)
    except LetterRefused as refusal:
        db.session.rollback()
        add_error(form[refusal.field], str(refusal))
        return _page(which, failed=(change, form), status=422)
    except TemplateChanged as changed:
        db.session.rollback()
        return _page(which, failed=(change, form), told=f"{changed}。", status=409)
    flash(_DONE[change], "success")
    return redirect(url_for("letters_staff.template", kind=kind))


@blueprint.get("/staff/letters/templates/<int:template_id>/file")
@access(Permission.LETTER_READ)
def template_file(template_id: int) -> Response:
    """The Word file of one version."""
    found = templates.template_for(current_actor(), template_id)
    if found.file is None:
        abort(404)
    return hand_out(found.file)


@blueprint.get("/staff/letters/templates/<any(shipped, sample):which>")
@access(Permission.LETTER_READ)
def shipped_template(which: str) -> Response:
    """The program's own layout: with its places, to begin with, or filled in with an invented letter."""
    content = shipped_layout() if which == "shipped" else docx_of(sample_sheet(3))
    name = "系统自带的版式.docx" if which == "shipped" else "系统自带的版式（试填）.docx"
    return send_file(io.BytesIO(content), mimetype=MEDIA_TYPE, as_attachment=True, download_name=name)


@blueprint.get("/staff/letters/templates/<int:template_id>/sample")
@access(Permission.LETTER_READ)
def template_sample(template_id: int) -> Response:
    """One version of the layout, filled in with an invented letter."""
    found = templates.template_for(current_actor(), template_id)
    if found.file is None:
        abort(404)
    content = filled_layout(read_clean(found.file), sample_sheet(3))
    name = f"版式第{found.number}版（试填）.docx"
    return send_file(io.BytesIO(content), mimetype=MEDIA_TYPE, as_attachment=True, download_name=name)


def _take(kind: Kind, change: str, form: Any) -> None:
    given: dict[str, Any] = {
        "reason": form.reason.data,
        "seen": form.seen.data,
        "actor": current_actor(),
        "now": now(),
    }
    match change:
        case "words":
            template_services.replace_words(kind, title=form.title.data, body=form.body.data, **given)
        case "layout":
            sent = form.file.data
            upload = Upload(sent.stream, sent.filename)
            template_services.replace_layout(kind, upload=upload, **given)
        case _:
            template_services.take_back(kind, TemplatePart(change.removesuffix("_back")), **given)


def _region() -> str:
    return current_actor().region or regions.NATION


def _page(
    kind: Kind, *, failed: tuple[str, Any] | None = None, told: str = "", status: int = 200
) -> ResponseReturnValue:
    actor, region = current_actor(), _region()
    found = {part.value: templates.in_force(kind, part, region=region) for part in TemplatePart}
    wording = templates.words_in_force(kind, region=region)
    forms = {
        name: form_of(
            name,
            formdata=None,
            data={**vars(wording), "seen": found[name.removesuffix("_back")].seen},
        )
        for name in FORMS
    }
    if failed is not None:
        name, form = failed
        if told:
            form.seen.data, form.seen.raw_data = forms[name].seen.data, None
        forms[name] = form
    page = render_template(
        "letters/staff_template.html",
        actor=actor,
        region=region,
        kind=kind,
        wording=wording,
        words=found[TemplatePart.WORDS.value],
        layout=found[TemplatePart.LAYOUT.value],
        versions=[(part, templates.versions(kind, part, region=region)) for part in TemplatePart],
        forms=forms,
        failed=failed[0] if failed else "",
        told=told,
        may_change=actor.can(Permission.LETTER_ISSUE),
        places=[*WORDS, BODY],
        row_places=ROW,
        needed=NEEDED,
        marks=MARKS,
        note="" if CONFIRMED else UNCONFIRMED_NOTE,
    )
    return page, status
