"""The one blueprint of the pages for citizens, which several files fill; caches keep none but the form."""

from __future__ import annotations

from flask import Blueprint, Response

from credit_register.reports.views.browser_memory import forget_with_the_person

blueprint = Blueprint("reports", __name__)
blueprint.record_once(lambda state: forget_with_the_person(state.app))


@blueprint.after_request
def keep_out_of_caches(response: Response) -> Response:
    """Whoever uses the computer next finds no receipt and no case by going back."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response
