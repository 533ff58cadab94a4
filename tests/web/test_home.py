"""The first page says what it counts."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.factories import make_institution, make_report


def test_reports_that_were_only_answered_or_refused_are_not_called_finished(client: FlaskClient) -> None:
    make_institution()
    for state in ("answered", "closed", "refused"):
        make_report(state=state)
    page = client.get("/").text
    line = page.partition("<span>已答复或办结的举报、质疑和异议")[2].partition("</li>")[0]
    assert "含不予受理" in line
    assert "3 件" in line
