"""The one blueprint of the pages for citizens, which several files fill; none of its pages is kept by a cache."""

from __future__ import annotations

from flask import Blueprint, Response

blueprint = Blueprint("reports", __name__)


@blueprint.after_request
def keep_out_of_caches(response: Response) -> Response:
    """Whoever uses the computer next finds nothing by going back."""
    response.headers["Cache-Control"] = "no-store"
    return response
