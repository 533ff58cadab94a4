"""The first page, and how to choose an agency."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from credit_register.access.gate import PUBLIC, access
from credit_register.core import search
from credit_register.core.clock import today
from credit_register.institutions import queries
from credit_register.institutions.categories import CATEGORIES, Entry
from credit_register.institutions.lifecycle import REGISTRATION
from credit_register.institutions.models import Status
from credit_register.web import home_numbers

blueprint = Blueprint("home", __name__)

NEWEST = 9


@blueprint.get("/")
@access(PUBLIC)
def index() -> ResponseReturnValue:
    """What this is, and the three things that one comes for."""
    return render_template(
        "web/home.html",
        counts=queries.register_counts(),
        supervision=home_numbers.supervision(today()),
        warnings=home_numbers.warnings_in_force(today()),
        newest=queries.newest(NEWEST),
        categories=CATEGORIES,
        searchable=search.is_available(),
    )


@blueprint.get("/help")
@access(PUBLIC)
def help_page() -> ResponseReturnValue:
    """How to choose an agency, and what the words of this site mean."""
    return render_template(
        "web/help.html",
        licensed=[category for category in CATEGORIES.values() if category.entry is Entry.LICENCE],
        filed=[category for category in CATEGORIES.values() if category.entry is Entry.FILING],
        noted=[
            category for category in CATEGORIES.values() if category.entry is Entry.FREE and category.note
        ],
        statuses=[(status.value, REGISTRATION.label(status)) for status in Status],
    )
