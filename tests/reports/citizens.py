"""What a citizen's browser does: fill in the form, keep the receipt, come back with it."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.core.deadlines.services import seed_rules
from credit_register.reports.models import Report, State
from tests.accounts.signing_in import hidden
from tests.factories import make_report

FACTS = "2026 年 3 月 1 日，对方来电称可以包修复征信，收取 3000 元后失去联系。"


def seed_deadline_rules() -> None:
    """What the set-up does for an office."""
    seed_rules()
    db.session.commit()


def form_of(client: FlaskClient, path: str = "/reports/new") -> dict[str, Any]:
    """The hidden fields of a form that a page holds."""
    page = client.get(path).text
    found = {"csrf_token": hidden(page, "csrf_token")}
    for name in ("idempotency_key", "form_moment"):
        if f'name="{name}"' in page:
            found[name] = hidden(page, name)
    return found


def report_fields(client: FlaskClient, **changes: Any) -> dict[str, Any]:
    """A complete anonymous report."""
    values = {
        "kind": "report",
        "subject_name": "示例某某信用咨询",
        "facts": FACTS,
        "anonymous": "1",
        **form_of(client),
        **changes,
    }
    return {name: value for name, value in values.items() if value is not None}


def send_report(client: FlaskClient, **changes: Any) -> TestResponse:
    """Fill in the form and send it."""
    return client.post("/reports/new", data=report_fields(client, **changes))


def shown_receipt(client: FlaskClient) -> str:
    """The receipt on the page after sending."""
    found = re.search(r'data-receipt="([^"]+)">([^<]+)<', client.get("/reports/receipt").text)
    assert found, "the page shows no receipt"
    assert found[1] == found[2]
    return found[1]


def file_report(client: FlaskClient, **changes: Any) -> str:
    """Send a report and read its receipt."""
    answer = send_report(client, **changes)
    assert (answer.status_code, answer.location) == (303, "/reports/receipt"), answer.text
    return shown_receipt(client)


def preview(client: FlaskClient, **changes: Any) -> TestResponse:
    """Fill in the form and ask for its preview."""
    return client.post("/reports/new", data={**report_fields(client, **changes), "step": "preview"})


def fields_of(page: str, **changes: Any) -> dict[str, Any]:
    """What a browser would send of the first form for a report on a page, without its buttons."""
    reader = FormReader()
    reader.feed(page)
    return {**reader.values, **changes}


class FormReader(HTMLParser):
    """Reads names and values of the form that files a report, as a browser without scripts does."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, Any] = {}
        self._inside = False
        self._select = self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form":
            self._inside = given.get("action") == "/reports/new"
        if not self._inside:
            return
        if tag == "input" and name and given.get("type") != "file":
            if given.get("type") not in ("radio", "checkbox") or "checked" in given:
                self.values[name] = value
        elif tag == "select":
            self._select = name
        elif tag == "option" and (self._select not in self.values or "selected" in given):
            self.values[self._select] = value
        elif tag == "textarea":
            self._text, self.values[name] = name, ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        if tag == "textarea":
            self._text = ""

    def handle_data(self, data: str) -> None:
        if self._text:
            self.values[self._text] += data.removeprefix("\r\n")


def open_case(client: FlaskClient, receipt: str) -> TestResponse:
    """Send a receipt."""
    return client.post("/reports/track", data={**form_of(client, "/account/login"), "receipt": receipt})


def write(client: FlaskClient, text: str, **more: Any) -> TestResponse:
    """Write to the office."""
    return client.post(
        "/reports/track/message", data={**form_of(client, "/account/login"), "text": text, **more}
    )


def the_report() -> Report:
    """The only report there is, as the database has it now."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Report)).one()


def put_into(state: State, report: Report) -> None:
    """Set a report into a state as if an office had worked on it."""
    if state is State.MERGED:
        report.merged_into_id = make_report().id
    if state is State.REVIEWING:
        report.review_requested_at, report.review_request = now(), "仍有疑问，请再看一看。"
    report.state = state.value
    if state in (State.DECIDED, State.ANSWERED, State.REVIEWING, State.CLOSED):
        report.outcome, report.decided_at, report.decision = "upheld", now(), "经核查，收费与公示不符。"
    if state in (State.CLOSED, State.REFUSED, State.WITHDRAWN):
        report.closed_at = now()
    db.session.commit()


def picture(side: int = 8) -> bytes:
    """A small photograph."""
    stream = io.BytesIO()
    Image.new("RGB", (side, side), "white").save(stream, "JPEG")
    return stream.getvalue()
