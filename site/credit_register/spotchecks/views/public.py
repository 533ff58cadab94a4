"""The decided checks, for everybody."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import PUBLIC, access
from credit_register.core import regions
from credit_register.core.clock import today
from credit_register.core.paging import BadParameter, page_number
from credit_register.institutions.profile import CHECKS, region_name, register_section
from credit_register.spotchecks import public_queries
from credit_register.spotchecks.models import Verdict
from credit_register.spotchecks.words import LOOKS

blueprint = Blueprint("inspections", __name__)

LONGEST_TEXT = 200
NAMES = ("q", "region", "verdict", "page")

register_section(
    30,
    CHECKS,
    "inspections/section.html",
    lambda code: public_queries.decided_checks(code, on=today()),
    stamp=public_queries.stamp,
)


@blueprint.get("/inspections")
@access(PUBLIC)
def index() -> ResponseReturnValue:
    """The decided checks of all institutions, newest first; `q region verdict page` narrow and turn."""
    wanted = _wanted()
    chosen: dict[str, Any] = {
        name: value
        for name, value in {"q": wanted.text, "region": wanted.region, "verdict": wanted.verdict}.items()
        if value
    }
    return render_template(
        "inspections/index.html",
        found=public_queries.inspections(wanted, page=page_number(), on=today()),
        wanted=wanted,
        chosen=chosen,
        verdicts=[(verdict, LOOKS[verdict]) for verdict in Verdict],
        provinces=[(region.code, region.name) for region in regions.children(regions.NATION)],
        region_name=region_name,
        page_url=lambda page: url_for("inspections.index", page=page, **chosen),
    )


def _wanted() -> public_queries.PublicFilter:
    for name in NAMES:
        if len(set(filter(None, request.args.getlist(name)))) > 1:
            raise BadParameter(name, f"参数 {name} 只能给一个值")
    text = request.args.get("q", "")
    if len(text) > LONGEST_TEXT:
        raise BadParameter("q", f"搜索词（q）最多 {LONGEST_TEXT} 字，现为 {len(text)} 字")
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    verdict = request.args.get("verdict", "").strip()
    if verdict and verdict not in list(Verdict):
        known = "、".join(each.value for each in Verdict)
        raise BadParameter("verdict", f"参数 verdict（结论）不能是“{verdict[:40]}”，可用：{known}")
    region = request.args.get("region", "").strip()
    try:
        code = regions.parse_filter(region) if region else ""
    except regions.UnknownRegion as error:
        raise BadParameter("region", str(error).rstrip("。")) from error
    return public_queries.PublicFilter("" if code == regions.NATION else code, verdict, text)
