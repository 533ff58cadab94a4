"""A commitment for everybody: its page, which prints on one sheet, and the text whose hash anybody can compute."""

from __future__ import annotations

import segno
from flask import Blueprint, Response, abort, current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import PUBLIC, access
from credit_register.commitments import queries
from credit_register.commitments.lifecycle import COMMITMENT
from credit_register.commitments.models import State
from credit_register.commitments.wording import differences
from credit_register.institutions.profile import COMMITMENT as SECTION_TITLE
from credit_register.institutions.profile import register_section

blueprint = Blueprint("commitments", __name__)

blueprint.add_app_template_filter(COMMITMENT.label, "commitment_word")

register_section(
    10,
    SECTION_TITLE,
    "institutions/section_commitment.html",
    queries.profile_section,
    stamp=queries.profile_stamp,
)


@blueprint.get("/commitments/<commitment_number>")
@access(PUBLIC)
def show(commitment_number: str) -> ResponseReturnValue:
    """One published commitment: who promised what, since when, until when, and how to check the text."""
    commitment = queries.public_commitment(commitment_number)
    in_force = commitment.state == State.PUBLISHED.value
    address = permanent_address(commitment_number)
    return render_template(
        "commitments/show.html",
        commitment=commitment,
        text_shown=commitment.state != State.WITHDRAWN.value,
        changed=differences(commitment.facts, commitment.institution) if in_force else [],
        successor=queries.successor(commitment),
        address=address,
        qr_code=segno.make(address, error="m", micro=False).svg_data_uri(border=2),
    )


@blueprint.get("/commitments/<commitment_number>.txt")
@access(PUBLIC)
def text(commitment_number: str) -> ResponseReturnValue:
    """The signed text, byte for byte what the hash was computed over."""
    commitment = queries.public_commitment(commitment_number)
    if commitment.state == State.WITHDRAWN.value:
        abort(404, "这份承诺书已经撤下，不再提供文本。撤下的日期和原因见承诺书页面。")
    return Response(
        commitment.text.encode(),
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{commitment.number}.txt"'},
    )


def permanent_address(number: str) -> str:
    """The address under which a commitment may be cited."""
    public_url: str = current_app.extensions["settings"].public_url
    if public_url:
        return public_url + url_for("commitments.show", commitment_number=number)
    return url_for("commitments.show", commitment_number=number, _external=True)
