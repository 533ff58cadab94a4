"""A missing or broken index: the register goes on from the database, says so in words, and readiness tells what ails."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from credit_register.core import heartbeat, search
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.core.outbox import enqueue
from credit_register.institutions import queries
from credit_register.institutions.models import Institution
from credit_register.web.views.health import FAR_BEHIND
from credit_register.web.worker import REBUILD_AFTER, IndexKeeper
from search_index import IndexUnavailable
from tests.factories import make_institution, republish

NOTICE = "检索服务暂时不可用，现由数据库直接查询。"
NEARLY = "成都示例甲丑信用评级有限公司"


@pytest.fixture
def agency(app: Flask) -> Institution:
    made = make_institution(name="成都示例甲子信用评级有限公司")
    for name in search.names():
        search.rebuild(name=name)
    return made


def forget(app: Flask) -> None:
    """Let the application open its index anew."""
    search.engine().close()
    search.init_search(app, app.extensions["settings"], search.source())


@pytest.fixture(params=["missing", "broken"])
def trouble(app: Flask, agency: Institution, request: pytest.FixtureRequest) -> str:
    folder = Path(app.extensions["settings"].instance_path) / "search"
    for file in [path for path in folder.rglob("*") if path.is_file()]:
        if request.param == "missing":
            file.unlink()
        else:
            file.write_bytes(b"broken")
    forget(app)
    return str(request.param)


def words(page: str) -> str:
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", page))


@pytest.mark.parametrize(
    "address",
    ["/", "/institutions", "/institutions?q=甲子", "/institutions/compare?q=甲子", f"/verify?q={NEARLY}"],
)
def test_a_page_says_that_the_database_answers_and_what_that_means(
    client: FlaskClient, agency: Institution, trouble: str, address: str
) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert NOTICE in words(answer.text)
    assert "拼音" in words(answer.text).partition(NOTICE)[2]
    assert agency.name in words(answer.text)
    search.rebuild()
    assert NOTICE not in words(client.get(address).text)


def test_a_program_and_the_search_box_are_told_too(
    client: FlaskClient, agency: Institution, trouble: str
) -> None:
    for address in ("/api/v1/institutions?q=甲子", f"/api/v1/verify?q={NEARLY}"):
        answer = client.get(address).get_json()
        assert answer["degraded"] is True
        assert [item["uscc"] for item in answer["items"]] == [agency.uscc]
    suggested = client.get("/institutions/suggest?q=甲子")
    assert suggested.headers["Search-Degraded"] == "?1"
    assert [one["uscc"] for one in suggested.get_json()] == [agency.uscc]
    search.rebuild()
    assert "Search-Degraded" not in client.get("/institutions/suggest?q=甲子").headers


def test_what_needs_no_index_says_nothing_of_it(
    client: FlaskClient, agency: Institution, trouble: str
) -> None:
    for address in (f"/institutions/{agency.uscc}", f"/verify?q={agency.name}", f"/verify?q={agency.uscc}"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert NOTICE not in words(answer.text)
        assert agency.name in answer.text


def test_an_answer_without_the_index_never_says_that_nothing_is_near(
    client: FlaskClient, agency: Institution, trouble: str
) -> None:
    page = words(client.get("/verify?q=长沙某某商务咨询有限公司").text)
    assert "不在名录中" in page
    assert "也没有相近的" not in page


def test_an_index_that_can_be_read_but_not_written_is_built_anew_after_some_attempts(
    app: Flask, agency: Institution, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(changes: object) -> None:
        raise IndexUnavailable("cannot be changed")

    monkeypatch.setattr(search.engine(), "apply", refuse)
    heartbeat.beat_if_due("worker", now=now())
    row = queries.institution(agency.uscc)
    assert row is not None
    row.name = "成都示例丙寅信用评级有限公司"
    republish(row)
    keeper = IndexKeeper(app)
    for _ in range(REBUILD_AFTER - 1):
        keeper._look()
    assert search.check().stale == (agency.uscc,)
    assert search.waiting() == 1
    keeper._look()
    assert search.check().ok
    assert search.waiting() == 0


def ready(client: FlaskClient) -> tuple[int, dict[str, object]]:
    answer = client.get("/readyz")
    return answer.status_code, answer.get_json()


def test_readiness_tells_database_index_and_worker_apart(
    app: Flask, client: FlaskClient, agency: Institution
) -> None:
    assert ready(client)[1] == {
        "status": "degraded",
        "database": True,
        "index": True,
        "case_index": True,
        "in_step": True,
        "worker": False,
        "changes_waiting": 0,
        "longest_wait_seconds": 0.0,
    }
    heartbeat.beat_if_due("worker", now=now())
    assert ready(client) == (200, ready(client)[1] | {"status": "ok", "worker": True})


def test_readiness_tells_of_an_index_that_cannot_answer(client: FlaskClient, trouble: str) -> None:
    heartbeat.beat_if_due("worker", now=now())
    status, parts = ready(client)
    assert status == 503
    assert (parts["database"], parts["index"], parts["worker"]) == (True, False, True)


def test_readiness_tells_of_changes_that_have_waited_for_long(
    client: FlaskClient, agency: Institution
) -> None:
    heartbeat.beat_if_due("worker", now=now())
    enqueue([agency.uscc], at=now() - FAR_BEHIND / 2)
    db.session.commit()
    status, parts = ready(client)
    assert (status, parts["in_step"], parts["changes_waiting"]) == (200, True, 1)
    search.apply_outbox()
    enqueue([agency.uscc], at=now() - FAR_BEHIND - timedelta(seconds=2))
    db.session.commit()
    status, parts = ready(client)
    assert (status, parts["index"], parts["in_step"]) == (503, True, False)
    assert float(str(parts["longest_wait_seconds"])) > FAR_BEHIND.total_seconds()


def test_readiness_without_a_database_claims_nothing_about_the_rest(
    client: FlaskClient, agency: Institution, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> bool:
        raise OperationalError("SELECT 1", {}, Exception("no connection"))

    monkeypatch.setattr(heartbeat, "is_alive", gone)
    status, parts = ready(client)
    assert status == 503
    assert (parts["database"], parts["index"], parts["worker"], parts["in_step"]) == (False, True, None, None)
