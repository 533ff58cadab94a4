"""The batches for the national platform and what it answered, errors first."""

from __future__ import annotations

import io

from flask import Blueprint, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import access, current_actor
from credit_register.access.roles import Permission
from credit_register.core.paging import page_number
from credit_register.ledger.models import PlatformStatus
from credit_register.ledger.platform import queries
from credit_register.ledger.platform.services import write_batch
from credit_register.ledger.views.months import XLSX

blueprint = Blueprint("ledger_platform", __name__)

# A status is a word, a tone and a symbol.
LOOKS = {
    PlatformStatus.SENT.value: ("待回执", "plain", "clock"),
    PlatformStatus.ACCEPTED.value: ("平台已接收", "good", "check"),
    PlatformStatus.REJECTED.value: ("平台退回", "bad", "cross"),
}


@blueprint.get("/staff/ledger/platform")
@access(Permission.LEDGER_READ)
def index() -> ResponseReturnValue:
    """All batches of the region."""
    actor = current_actor()
    found = queries.batches(actor, page=page_number())
    return render_template(
        "ledger/platform.html",
        actor=actor,
        found=found,
        tallies=queries.tallies(found.items),
        page_url=lambda page: url_for("ledger_platform.index", page=page),
    )


@blueprint.get("/staff/ledger/platform/<int:exchange_id>")
@access(Permission.LEDGER_READ)
def show(exchange_id: int) -> ResponseReturnValue:
    """One batch, line by line."""
    actor = current_actor()
    batch = queries.batch_for(actor, exchange_id)
    return render_template(
        "ledger/platform_batch.html",
        actor=actor,
        batch=batch,
        found=queries.rows_of(batch, page=page_number()),
        tally=queries.tallies([batch])[batch.id],
        looks=LOOKS,
        page_url=lambda page: url_for("ledger_platform.show", exchange_id=exchange_id, page=page),
    )


@blueprint.get("/staff/ledger/platform/<int:exchange_id>/batch.xlsx")
@access(Permission.LEDGER_READ)
def download(exchange_id: int) -> ResponseReturnValue:
    """The file of a batch once more, as it was sent."""
    batch = queries.batch_for(current_actor(), exchange_id)
    target = io.BytesIO()
    write_batch(batch, target)
    target.seek(0)
    return send_file(target, mimetype=XLSX, as_attachment=True, download_name=f"{batch.number}.xlsx")
