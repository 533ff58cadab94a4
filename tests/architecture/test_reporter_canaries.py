"""Whoever reported stands nowhere but in the answer that reveals it: no page, file, row, index, mail, log or cookie.

The receipt stands on its own page for a while and is nobody else's to read.
"""

from __future__ import annotations

import base64
import io
import itertools
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

import pytest
import structlog
from flask import Flask, Response, request, request_finished
from flask.testing import FlaskClient
from sqlalchemy import MetaData, select
from werkzeug.routing import Rule

from credit_register.core import search
from credit_register.core.calendar.services import seed_calendar
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.core.deadlines.services import seed_rules
from credit_register.core.files.models import StoredFile
from credit_register.core.outbox import IndexName
from credit_register.notices.models import Mail, Notice
from credit_register.reports.models import Identity, ImpostorWarning
from credit_register.web.jobs import run_due
from tests.architecture import reporter_story as story
from tests.architecture.canaries import rows_of_another_region
from tests.architecture.test_sweeps import choices
from tests.architecture.traces import Traces

# Lists that show little until they are asked.
MORE = (
    "/staff/reports?state=all",
    "/staff/reports?state=all&kind=objection",
    "/staff/warnings?state=all",
    "/staff/search?q=被举报",
    "/staff/search?q=受托信用",
    "/institutions?q=受托信用",
    "/institutions/suggest?q=受托",
    "/verify?q=受托信用",
    "/api/v1/institutions?q=受托信用",
    "/warnings?q=修复专家",
)
ORIGINAL = ".original"
ENCRYPTED = {"report_identity": {"name", "phone", "address", "facts"}}


class Leaks:
    """What was found and where, told all together at the end."""

    def __init__(self, traces: Traces) -> None:
        self.traces = traces
        self.found: list[str] = []
        self.looked = 0

    def note(self, where: str, names: set[str]) -> None:
        self.looked += 1
        if names:
            self.found.append(f"{where}: {', '.join(sorted(names))}")

    def header(self, where: str, name: str, value: str) -> None:
        self.note(f"{where} header {name}", self.traces.in_text(value))
        if name == "Set-Cookie":
            cookie = value.partition(";")[0].partition("=")[2]
            self.note(f"{where} cookie", self.traces.in_cookie(cookie))


SECRETS = {
    "name": story.NAME,
    "phone": story.PHONE,
    "address": story.HOME,
    "receipt": "7KQ2MZ9RXH4TWB3CPV6A",
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_trace_is_found_however_it_is_written(name: str) -> None:
    text = SECRETS[name]
    traces = Traces(SECRETS)
    spaced = " - ".join(text)
    encoded = [base64.b64encode(f"{'x' * before}{text}，".encode()).decode() for before in range(3)]
    encoded += [base64.urlsafe_b64encode(f"?{text}?".encode()).decode()]
    written = [
        *(text, text.lower(), spaced, f"<b>{text}</b>", json.dumps({"a": text}), quote(f"?{text}"), *encoded),
        "".join(f"&#{ord(each)};" for each in text) if not text.isascii() else text,
    ]
    for each in written:
        assert traces.in_text(f"前{each}后") == {name}, each
    for made in (story.photograph, story.paper, story.letter):
        assert traces.in_bytes(made("甲", text)) == {name}, made.__name__
        assert traces.in_bytes(made("甲乙丙")) == set()
    assert traces.in_text("欧阳修，139-8765-0322，听鹂馆，7KQ2MZ9RXH4TWB3CPV6B") == set()
    assert traces.in_cookie("." + base64.urlsafe_b64encode(b"no zip").decode() + ".a.b") == set()


@pytest.fixture
def log(app: Flask) -> Iterator[io.StringIO]:
    """What the application writes down, as it writes it down."""
    present = structlog.get_config()["logger_factory"]
    written = io.StringIO()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(written))
    yield written
    structlog.configure(logger_factory=present)


@pytest.fixture
def headers(app: Flask) -> Iterator[list[tuple[str, str, str]]]:
    """The headers of every answer from now on, steps of the story included: address, name, value."""
    found: list[tuple[str, str, str]] = []

    def keep(sender: Flask, response: Response, **_: object) -> None:
        found.extend((f"{request.method} {request.path}", name, value) for name, value in response.headers)

    with request_finished.connected_to(keep, app):
        yield found


def test_whoever_reported_stands_nowhere_but_in_the_answer_that_reveals_it(
    app: Flask,
    instance_path: Path,
    log: io.StringIO,
    headers: list[tuple[str, str, str]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    seed_calendar(now=now())
    seed_rules()
    db.session.commit()
    values = {name: [value] for name, value in rows_of_another_region().items()}
    told = story.tell_story(app)
    leaks = Leaks(Traces(told.secrets))
    _the_reveal_shows_it_and_is_recorded(told, leaks)
    for name in IndexName:
        search.rebuild(name=name)
        search.apply_outbox(name)
    run_due(now())
    values |= _rows_of_the_story(told)
    _walk(app, told, values, leaks)
    _look_into_the_documents(leaks)
    _look_into_the_tables(leaks)
    _look_into_the_folder(instance_path, leaks)
    assert any(name == "Set-Cookie" and where == "POST /reports/new" for where, name, _ in headers)
    for where, name, value in headers:
        leaks.header(where, name, value)
    assert "/staff/reports/<int:report_id>" in log.getvalue(), "the log was not captured"
    leaks.note("log", leaks.traces.in_text(log.getvalue() + caplog.text))
    assert leaks.looked > 1000
    assert not leaks.found, "\n".join(dict.fromkeys(leaks.found))


def _the_reveal_shows_it_and_is_recorded(told: story.Told, leaks: Leaks) -> None:
    """The one answer that names the reporter; why it was asked for is the auditor's to read."""
    answer = story.reveal(told)
    assert answer.status_code == 200
    assert leaks.traces.in_text(answer.text) == {"name", "phone", "address"}
    assert answer.headers["Cache-Control"] == "no-store"
    page = told.people["auditor"].get("/staff/audit").text
    assert "查看举报人身份" in page
    assert story.REASON in page


def _rows_of_the_story(told: story.Told) -> dict[str, list[object]]:
    return {
        **told.rows,
        "file_id": list(db.session.scalars(select(StoredFile.id))),
        "warning_id": list(db.session.scalars(select(ImpostorWarning.id))),
        "notice_id": list(db.session.scalars(select(Notice.id))),
    }


def _addresses(app: Flask, rule: Rule, values: dict[str, list[object]]) -> Iterator[str]:
    options = choices(rule)
    unknown = rule.arguments - values.keys() - options.keys() - set(rule.defaults or ())
    assert not unknown, f"{rule.rule}: the walk does not know how to fill {sorted(unknown)}"
    wanted = {name: options.get(name) or values[name] for name in rule.arguments if name in options | values}
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        for chosen in itertools.product(*wanted.values()):
            yield adapter.build(rule.endpoint, dict(zip(wanted, chosen, strict=True)))


def _walk(app: Flask, told: story.Told, values: dict[str, list[object]], leaks: Leaks) -> None:
    """Every address that is read, as everybody who may sign in, as nobody, and as the two who reported."""
    statics = ("static", "bootstrap.static", "security.static")
    found = [
        address
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or set()) and rule.endpoint not in statics
        for address in _addresses(app, rule, values)
    ]
    found.sort(key=lambda address: address.startswith("/account/"))  # some of those sign the person out
    downloads = 0
    for who, client in {**told.people, "nobody": app.test_client()}.items():
        seen = 0
        for address in (*MORE, *found):
            answer = client.get(address, buffered=True)
            leaks.note(f"{who} {address}", leaks.traces.in_bytes(answer.get_data()))
            seen += answer.status_code == 200
            downloads += answer.status_code == 200 and "attachment" in answer.headers.get(
                "Content-Disposition", ""
            )
        assert seen > 20, f"{who} was shown next to nothing"
    assert downloads > 20, "the files were not handed out"
    for who in ("citizen", "objector"):
        _their_own_page(told.people[who], who, leaks)


def _their_own_page(browser: FlaskClient, who: str, leaks: Leaks) -> None:
    answer = browser.get("/reports/track")
    assert "data-state=" in answer.text, f"{who} sees the case no more"
    assert "【已隐去】" in answer.text
    leaks.note(f"{who} /reports/track", leaks.traces.in_text(answer.text))


def _look_into_the_documents(leaks: Leaks) -> None:
    """What the indexes hold."""
    for name in IndexName:
        documents = list(search.source(name).everything())
        assert documents
        for document in documents:
            leaks.note(f"index {name} {document.key}", leaks.traces.in_text(str(asdict(document))))


def _look_into_the_tables(leaks: Leaks) -> None:
    """Every column of every table, and what is encrypted is so."""
    assert db.session.scalar(select(Mail.id).limit(1)) is not None
    names = [each.name for each in db.session.scalars(select(Identity))]
    assert names.count(story.NAME) == 2, "what was planted is not in its own table"
    db.session.rollback()
    tables = MetaData()
    with db.engine.connect() as connection:
        tables.reflect(connection)
        assert len(tables.tables) > 30
        for table in tables.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                for column, value in row.items():
                    where = f"{table.name}.{column}"
                    raw = bytes(value) if isinstance(value, bytes | memoryview) else None
                    in_it = leaks.traces.in_text(str(value)) if raw is None else leaks.traces.in_bytes(raw)
                    leaks.note(where, in_it)
                    if value is not None and column in ENCRYPTED.get(table.name, ()):
                        assert str(value).startswith("f1:"), where


def _look_into_the_folder(instance: Path, leaks: Leaks) -> None:
    """Every file of the instance: copies of what was sent, indexes, mails, and the database itself.

    What was sent is kept as it came for the day when it must be proven; no address hands it out.
    """
    files = [path for path in instance.rglob("*") if path.is_file()]
    assert any(path.suffix == ".eml" for path in files)
    originals = [path for path in files if path.suffix == ORIGINAL]
    for path in files:
        leaks.note(f"file {path.name}", leaks.traces.in_text(str(path.relative_to(instance))))
        if path not in originals:
            leaks.note(f"file {path.name}", leaks.traces.in_bytes(path.read_bytes()))
    sent = [found for path in originals if (found := leaks.traces.in_bytes(path.read_bytes()))]
    assert len(sent) == 9, "what was planted is not there to be found"
    assert set().union(*sent) == {"name", "phone", "address", "receipt"}
