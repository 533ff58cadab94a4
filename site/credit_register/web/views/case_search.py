"""Search of staff over the cases of their region."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.queue_filters import LONGEST_TEXT, one_of, typed
from credit_register.access.roles import Permission
from credit_register.core.paging import page_number
from credit_register.web.case_search.finding import FIRST, NEWEST, PER_PAGE, RELEVANCE, Question, find
from credit_register.web.case_search.kinds import KIND_OF, permitted

blueprint = Blueprint("case_search", __name__)

SORTS = {RELEVANCE: "相关程度", NEWEST: "最新"}


@blueprint.get("/staff/search")
@access(Permission.CASES_READ)
def index() -> ResponseReturnValue:
    """The first cases of each kind, or with `kind` all cases of one, by the page."""
    actor, text = current_actor(), typed()
    kind = KIND_OF.get(one_of("kind", KIND_OF))
    page, sort = page_number(), one_of("sort", SORTS) or RELEVANCE
    if kind is not None and not actor.can(kind.permission):
        abort(403)
    kinds = [kind] if kind is not None else permitted(actor)
    question = Question(text, page, PER_PAGE, sort) if kind is not None else Question(text, per_page=FIRST)
    return render_template(
        "staff/search.html",
        actor=actor,
        answer=find(actor, kinds, question) if text else None,
        text=text,
        cut_at=LONGEST_TEXT if len(request.args.get("q", "").strip()) > LONGEST_TEXT else None,
        kind=kind,
        kinds=permitted(actor),
        page=page,
        sort=sort,
        sorts=SORTS,
        address=lambda **changes: _address(text, **changes),
    )


def _address(text: str, *, kind: str = "", page: int = 1, sort: str = RELEVANCE) -> str:
    """The address of the same question in another part; what is as usual is left out."""
    parts: dict[str, Any] = {"q": text, "kind": kind}
    parts |= {"page": page if page > 1 else None, "sort": sort if sort != RELEVANCE else None}
    return url_for("case_search.index", **{name: value for name, value in parts.items() if value})
