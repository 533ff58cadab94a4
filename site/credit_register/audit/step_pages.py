"""The answer to one step at a case: done once, refused beside its field, or told who was first; nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from flask import flash, redirect
from flask.typing import ResponseReturnValue

from credit_register.audit.moves import ReasonMissing
from credit_register.audit.queries import Case, who_was_first
from credit_register.core.database import db
from credit_register.core.lifecycle import MoveNotAllowed, StaleVersion

Row = TypeVar("Row", bound=Case)


def answer_step(
    name: str,
    row: Row,
    form: Any,
    *,
    kind: str,
    load: Callable[[], Row],
    take: Callable[[Row, Any], None],
    was_done: Callable[[Row, int], bool],
    page: Callable[..., ResponseReturnValue],
    done: Callable[[Row], str],
    url: str,
    refused: tuple[type[Exception], ...],
    told: Mapping[type[Exception], int],
) -> ResponseReturnValue:
    """Take a step at a row and answer with its address, or with its page where the step failed; `load` reads it anew.

    `page` is called with the row, `failed` (name and form), `told` and `status`. What is `refused` stands beside the
    field that the exception names, else beside `reason`; what is `told` stands above the form, with its status.
    `was_done` says, for the version that the person saw, whether this is the second of two clicks.
    """
    beside_field: tuple[type[Exception], ...] = (*refused, ReasonMissing)
    if not form.validate_on_submit():
        return page(row, failed=(name, form), status=422)
    try:
        take(row, form)
    except beside_field as refusal:
        db.session.rollback()
        field = form[getattr(refusal, "field", "reason")]
        field.errors = [*field.errors, str(refusal)]
        return page(load(), failed=(name, form), status=422)
    except tuple(told) as trouble:
        db.session.rollback()
        row = load()
        renew(form, row)
        return page(row, failed=(name, form), told=str(trouble), status=told[type(trouble)])
    except (StaleVersion, MoveNotAllowed) as trouble:
        db.session.rollback()
        row = load()
        seen = form.version.data if "version" in form else row.version
        if was_done(row, seen):
            return redirect(url)
        renew(form, row)
        words = who_was_first(kind, row.id) if row.version != seen else str(trouble)
        return page(row, failed=(name, form), told=words, status=409)
    flash(done(row), "success")
    return redirect(url)


def forms_of_page(
    offers: Iterable[str], make: Callable[[str], Any], failed: tuple[str, Any] | None
) -> tuple[dict[str, Any], tuple[str, Any] | None]:
    """The forms of the steps on offer, that of the step that `failed` as it was sent.

    Where that step is not on offer any more it comes back beside them: what was typed can still be copied.
    """
    forms = {name: make(name) for name in offers}
    if failed is None:
        return forms, None
    name, form = failed
    if name not in forms:
        return forms, failed
    return {**forms, name: form}, None


def renew(form: Any, row: Case) -> None:
    """Let the form be sent again after the person was told what changed."""
    if "version" in form:
        form.version.raw_data, form.version.data = None, row.version


def put_apart(form: Any, name: str) -> Any:
    """Give the fields of one of several forms of a page ids of their own; their names stay."""
    for field in form:
        field.id = f"{name}-{field.name}"
        field.label.field_id = field.id
    return form
