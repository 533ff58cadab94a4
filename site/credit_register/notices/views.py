"""A person's messages."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.gate import SIGNED_IN, access, current_actor
from credit_register.core.clock import now
from credit_register.core.paging import page_number
from credit_register.notices import queries, services

blueprint = Blueprint("notices", __name__)


@blueprint.get("/account/messages")
@access(SIGNED_IN)
def index() -> ResponseReturnValue:
    """The person's messages, newest first."""
    actor = current_actor()
    return render_template(
        "notices/index.html",
        found=queries.messages(actor, page=page_number()),
        unread=queries.unread_count(actor),
        newest=queries.newest_number(actor),
        astray=queries.mail_goes_astray(actor),
        page_url=lambda page: url_for("notices.index", page=page),
    )


@blueprint.get("/account/messages/<int:notice_id>")
@access(SIGNED_IN)
def follow(notice_id: int) -> ResponseReturnValue:
    """Lead to the page that a message is about; the message counts as read from then on.

    A link, not a form: people open several messages in tabs, and opening one twice changes nothing.
    """
    notice = queries.message_for(current_actor(), notice_id)
    path = notice.path
    if notice.read_at is None:
        services.mark_read(notice, now=now())
    return redirect(path if services.leads_into_this_site(path) else url_for("notices.index"))


@blueprint.post("/account/messages/read")
@access(SIGNED_IN)
def mark_all_read() -> ResponseReturnValue:
    """Mark everything that the page showed; what has arrived since stays unread."""
    actor, until = current_actor(), request.form.get("until", "")
    shown = int(until) if until.isascii() and until.isdecimal() and len(until) < 10 else None
    marked = services.mark_all_read(
        actor=actor, until=queries.newest_number(actor) if shown is None else shown, now=now()
    )
    flash(f"已将 {marked} 条消息标为已读。" if marked else "没有未读消息。", "success" if marked else "info")
    return redirect(url_for("notices.index"))
