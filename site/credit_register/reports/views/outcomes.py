"""Results of reports for everybody: the list, one of them, and the section on the page of an institution."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import PUBLIC, access
from credit_register.access.queue_filters import one_of, region_of
from credit_register.core import regions
from credit_register.core.clock import today
from credit_register.core.paging import BadParameter, page_number
from credit_register.institutions.profile import region_name, register_section
from credit_register.reports.outcomes import public_queries as queries
from credit_register.reports.outcomes.models import KINDS, MATTERS

blueprint = Blueprint("outcomes", __name__)

LONGEST_TEXT = 100
NAMES = ("q", "region", "kind", "matter", "page")

register_section(
    35,
    "举报办理结果",
    "outcomes/profile_section.html",
    lambda code: queries.outcomes_of(code, on=today()),
    stamp=queries.stamp,
    only_content=True,
)


@blueprint.get("/reports/outcomes")
@access(PUBLIC)
def index() -> ResponseReturnValue:
    """The results in public of all institutions, newest first; `q region kind matter page` narrow and turn."""
    wanted = _wanted()
    chosen: dict[str, Any] = {
        "q" if name == "text" else name: value for name, value in vars(wanted).items() if value
    }
    return render_template(
        "outcomes/index.html",
        found=queries.public_outcomes(wanted, page=page_number(), on=today()),
        wanted=wanted,
        chosen=chosen,
        kinds=KINDS,
        matters=MATTERS,
        provinces=[(region.code, region.name) for region in regions.children(regions.NATION)],
        region_name=region_name,
        page_url=lambda page: url_for("outcomes.index", page=page, **chosen),
    )


@blueprint.get("/reports/outcomes/<public_id>")
@access(PUBLIC)
def show(public_id: str) -> ResponseReturnValue:
    """One result; what was withdrawn or is over is as if it had never been."""
    found = queries.public_outcome(public_id, on=today())
    if found is None:
        abort(404)
    return render_template("outcomes/show.html", outcome=found, region_name=region_name)


def _wanted() -> queries.PublicFilter:
    for name in NAMES:
        if len(set(filter(None, request.args.getlist(name)))) > 1:
            raise BadParameter(name, f"参数 {name} 只能给一个值")
    text = request.args.get("q", "")
    if len(text) > LONGEST_TEXT:
        raise BadParameter("q", f"搜索词（q）最多 {LONGEST_TEXT} 字，现为 {len(text)} 字")
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    code = region_of()
    return queries.PublicFilter(
        region="" if code == regions.NATION else code,
        kind=one_of("kind", KINDS),
        matter=one_of("matter", MATTERS),
        text=text,
    )
