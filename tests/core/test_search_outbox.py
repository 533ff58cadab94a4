from __future__ import annotations

import fcntl
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update

from credit_register.access.actor import OPERATOR
from credit_register.core import search
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.core.outbox import IndexName, SearchOutbox
from credit_register.core.settings import SettingsError
from credit_register.institutions.models import Institution
from credit_register.institutions.publishing import publish
from search_index import IndexUnavailable, Query
from tests.factories import make_institution


@pytest.fixture
def one(app: Flask) -> Institution:
    search.rebuild()
    return make_institution(name="成都示例甲子信用评级有限公司")


def names(text: str) -> list[str]:
    found = search.engine().search(Query(text=text))
    return ["".join(segment.text for segment in hit.name) for hit in found.hits]


def test_a_change_waits_in_the_outbox_until_the_worker_takes_it(one: Institution) -> None:
    assert search.waiting() == 1
    assert search.check().missing == (one.uscc,)
    assert search.apply_outbox() == 1
    assert search.waiting() == 0
    assert names("甲子") == [one.name]
    report = search.check()
    assert (report.documents, report.missing, report.stale, report.extra) == (1, (), (), ())


def test_between_batches_of_changes_there_is_time_for_a_sign_of_life(
    one: Institution, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "BATCH", 2)
    db.session.add_all([SearchOutbox(key=one.uscc, created_at=now()) for _ in range(4)])
    db.session.commit()
    left: list[int] = []
    assert search.apply_outbox(after_batch=lambda: left.append(search.waiting())) == 5
    assert left == [3, 1, 0]


def test_a_change_that_is_rolled_back_never_reaches_the_index(one: Institution) -> None:
    search.apply_outbox()
    one.name = "成都示例丙寅信用评级有限公司"
    publish([one], actor=OPERATOR, reason="更正", now=now())
    db.session.rollback()
    assert search.apply_outbox() == 0
    assert names("丙寅") == []


def test_the_index_gets_the_row_as_it_is_when_the_worker_comes(one: Institution) -> None:
    for name in ("成都示例丙寅信用评级有限公司", "成都示例丁卯信用评级有限公司"):
        one.name = name
        publish([one], actor=OPERATOR, reason="更正", now=now())
        db.session.commit()
    assert search.apply_outbox() == 3
    assert names("丁卯") == ["成都示例丁卯信用评级有限公司"]
    assert names("丙寅") == []


def test_applying_the_same_change_again_changes_nothing(one: Institution) -> None:
    search.apply_outbox()
    db.session.add(SearchOutbox(key=one.uscc, created_at=now()))
    db.session.commit()
    search.apply_outbox()
    assert search.check().documents == 1


def test_a_row_that_is_gone_leaves_the_index(one: Institution) -> None:
    search.apply_outbox()
    db.session.add(SearchOutbox(key="91510100MA0000000X", created_at=now()))
    db.session.commit()
    search.apply_outbox()
    assert search.check().documents == 1


def test_a_broken_index_keeps_the_changes_and_a_rebuild_heals_it(app: Flask, one: Institution) -> None:
    folder = Path(app.extensions["settings"].instance_path) / "search"
    for file in [path for path in folder.rglob("*") if path.is_file()]:
        file.write_bytes(b"broken")
    search.engine().close()
    search.init_search(app, app.extensions["settings"], search.source())
    with pytest.raises(IndexUnavailable):
        search.apply_outbox()
    db.session.rollback()
    assert db.session.scalars(select(SearchOutbox.key)).all() == [one.uscc]
    assert search.rebuild() == 1
    assert search.waiting() == 0
    assert names("甲子") == [one.name]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("whoosh:////var/lib/register/search", "whoosh:////var/lib/register/search-cases"),
        ("whoosh:////var/lib/register/search/", "whoosh:////var/lib/register/search-cases"),
        ("whoosh:////var/a%20b/索引", "whoosh:////var/a%20b/索引-cases"),
        ("tantivy:////srv/index?threads=2", "tantivy:////srv/index-cases?threads=2"),
        ("opensearch://host:9200/register", "opensearch://host:9200/register-cases"),
        (
            "opensearch://u:p@host:9200/register/?tls=yes#x",
            "opensearch://u:p@host:9200/register-cases?tls=yes#x",
        ),
    ],
)
def test_the_index_of_the_cases_lies_beside_the_public_one(url: str, expected: str) -> None:
    assert search.index_url(url, IndexName.INSTITUTIONS) == url
    assert search.index_url(url, IndexName.CASES) == expected


@pytest.mark.parametrize("url", ["whoosh:////", "opensearch://host:9200", "opensearch://host:9200/?tls=yes"])
def test_a_place_that_can_have_nothing_beside_it_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="SEARCH_URL"):
        search.index_url(url, IndexName.CASES)


def test_a_change_that_is_committed_late_during_a_build_is_not_lost(
    one: Institution, monkeypatch: pytest.MonkeyPatch
) -> None:
    search.apply_outbox()
    db.session.add(SearchOutbox(id=1000, key=one.uscc, created_at=now()))
    db.session.commit()
    build = search.engine().rebuild

    def build_while_another_commits(*arguments: Any) -> int:
        done = build(*arguments)
        # Its number was drawn before the build began, its row is there only now.
        db.session.add(SearchOutbox(id=999, key=one.uscc, created_at=now()))
        db.session.commit()
        return done

    monkeypatch.setattr(search.engine(), "rebuild", build_while_another_commits)
    search.rebuild()
    assert db.session.scalars(select(SearchOutbox.id)).all() == [999]


def test_a_lost_index_is_built_anew_by_the_worker_and_a_sound_one_is_left_alone(
    app: Flask, one: Institution
) -> None:
    assert not search.heal()
    folder = Path(app.extensions["settings"].instance_path) / "search"
    for file in [path for path in folder.rglob("*") if path.is_file()]:
        file.unlink()
    search.engine().close()
    search.init_search(app, app.extensions["settings"], search.source())
    assert search.heal()
    assert search.check().ok
    assert names("甲子") == [one.name]


def test_without_an_index_the_register_answers_from_the_database(
    app: Flask, one: Institution, client: FlaskClient
) -> None:
    folder = Path(app.extensions["settings"].instance_path) / "search"
    for file in [path for path in folder.rglob("*") if path.is_file()]:
        file.unlink()
    search.engine().close()
    search.init_search(app, app.extensions["settings"], search.source())
    page = client.get("/institutions?q=甲子")
    assert page.status_code == 200
    assert one.name in page.get_data(as_text=True)
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.get_json()["index"] is False
    assert client.get("/healthz").status_code == 200


def test_a_change_that_took_its_number_early_and_is_committed_late_is_not_lost_by_a_rebuild(
    app: Flask, one: Institution
) -> None:
    # PostgreSQL gives numbers before the commit: of two transactions the later number may be seen first.
    db.session.execute(update(SearchOutbox).values(id=100))
    db.session.commit()
    late = {"id": 50, "key": one.uscc, "created_at": now()}

    def commit_meanwhile(done: int) -> None:
        with db.engine.begin() as other:
            other.execute(insert(SearchOutbox), [late])

    search.rebuild(commit_meanwhile)
    assert db.session.scalars(select(SearchOutbox.id)).all() == [50]


def test_who_waits_for_the_turn_to_write_holds_nothing_of_the_database(app: Flask, one: Institution) -> None:
    change = {"key": one.uscc, "created_at": now()}
    db.session.rollback()
    applied: list[int] = []

    def apply() -> None:
        with app.app_context():
            search.waiting()
            db.session.execute(select(SearchOutbox.id))
            applied.append(search.apply_outbox())
            db.session.remove()

    waiter = threading.Thread(target=apply)
    with (app.extensions["settings"].instance_path / "search.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        waiter.start()
        time.sleep(0.3)
        with db.engine.begin() as other:
            other.execute(insert(SearchOutbox), [change])
        assert not applied
    waiter.join(timeout=20)
    assert applied == [2]
