from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from flask import Flask

from credit_register.accounts.models import Account
from credit_register.core.calendar.models import CalendarYear
from credit_register.core.database import db
from credit_register.core.heartbeat import Heartbeat, beat_if_due, is_alive
from credit_register.institutions.models import Institution, ServiceProduct
from credit_register.web import sample
from tests.core.codes import uscc
from tests.factories import make_report

PASSWORD = "Example-of-2026!"


def run(app: Flask, *arguments: str, typed: str = "") -> tuple[int, str]:
    db.session.rollback()  # the test's own open transaction would hold SQLite's write lock
    result = app.test_cli_runner().invoke(args=list(arguments), input=typed)
    return result.exit_code, result.output


def test_staff_get_a_secret_for_their_authenticator(app: Flask) -> None:
    status, output = run(
        app,
        *("user", "create", "--role", "provincial", "--region", "510000", "--password-stdin", "--json"),
        "Someone@Example.cn",
        typed=PASSWORD + "\n",
    )
    assert status == 0, output
    made = json.loads(output)
    assert set(made) == {"email", "role", "region", "uscc", "totp_secret"}
    assert (made["email"], made["role"], made["region"], made["uscc"]) == (
        "someone@example.cn",
        "provincial",
        "510000",
        None,
    )
    assert len(made["totp_secret"]) >= 32
    account = db.session.query(Account).one()
    assert made["totp_secret"] not in str(account.tf_totp_secret)
    assert PASSWORD not in account.password


def test_people_of_an_institution_belong_to_its_code(app: Flask) -> None:
    code = uscc(division="510100", serial=5)
    status, output = run(
        app,
        *("user", "create", "--role", "agent", "--uscc", code.lower(), "--password-stdin", "--json"),
        "agent@example.cn",
        typed=PASSWORD + "\n",
    )
    assert status == 0, output
    made = json.loads(output)
    assert (made["uscc"], made["region"], made["totp_secret"]) == (code, None, None)


@pytest.mark.parametrize(
    ("arguments", "typed", "sentence"),
    [
        (("--role", "provincial", "--region", "510000"), "short", "密码至少"),
        (("--role", "provincial", "--region", "999999"), PASSWORD, "行政区划代码"),
        (("--role", "local"), PASSWORD, "行政区划代码"),
        (("--role", "agent"), PASSWORD, "统一社会信用代码"),
        (("--role", "national", "--region", "510000"), PASSWORD, "000000"),
    ],
)
def test_an_account_that_cannot_be_is_refused_with_a_sentence(
    app: Flask, arguments: tuple[str, ...], typed: str, sentence: str
) -> None:
    status, output = run(
        app, "user", "create", *arguments, "--password-stdin", "x@example.cn", typed=typed + "\n"
    )
    assert status == 2
    assert sentence in output
    assert db.session.query(Account).count() == 0


def test_the_same_address_is_refused_the_second_time(app: Flask) -> None:
    arguments = (
        "user",
        "create",
        "--role",
        "auditor",
        "--region",
        "000000",
        "--password-stdin",
        "x@example.cn",
    )
    assert run(app, *arguments, typed=PASSWORD + "\n")[0] == 0
    status, output = run(app, *arguments, typed=PASSWORD + "\n")
    assert status == 2
    assert "已有账号" in output


def test_due_work_runs_at_the_moment_that_is_named(app: Flask) -> None:
    status, output = run(app, "jobs", "run-due", "--at", "2026-12-01T09:00:00+08:00", "--json")
    assert status == 0
    assert isinstance(json.loads(output)["ran"], dict)
    for wrong in ("tomorrow", "2026-12-01T09:00:00"):
        assert run(app, "jobs", "run-due", "--at", wrong)[0] == 2


def test_a_calendar_comes_from_a_file_and_a_wrong_one_changes_nothing(app: Flask, tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_text("日期,类型,名称\n2027-13-40,放假,元旦\n", encoding="utf-8")
    status, output = run(app, "calendar", "import", str(broken), "--year", "2027", "--source", "示例通知")
    assert status == 2
    assert "没有导入" in output
    assert db.session.get(CalendarYear, 2027) is None


@pytest.mark.slow
def test_setting_up_fills_an_empty_register_once(app: Flask) -> None:
    settings = app.extensions["settings"]
    object.__setattr__(settings, "sample", True)
    status, output = run(app, "setup")
    assert status == 0, output
    counted = db.session.query(Institution).count(), db.session.query(ServiceProduct).count()
    assert counted == (2000, 5250)
    file = settings.instance_path / sample.SAMPLE_ACCOUNTS
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    accounts = json.loads(file.read_text(encoding="utf-8"))
    assert {account["role"] for account in accounts} == {
        *(
            "national",
            "provincial",
            "local",
            "inspector",
            "reviewer",
            "auditor",
            "sysadmin",
            "agent",
            "legal_rep",
        )
    }
    assert set(accounts[0]) == {"email", "password", "role", "region", "uscc"}
    before = file.read_bytes()
    assert run(app, "setup")[0] == 0
    assert file.read_bytes() == before
    assert (db.session.query(Institution).count(), db.session.query(ServiceProduct).count()) == counted
    status, output = run(app, "search", "check", "--json")
    found = json.loads(output)
    cases = found.pop("cases")
    assert found == {"documents": 2000, "missing": 0, "stale": 0, "extra": 0}
    assert cases == {"documents": cases["documents"], "missing": 0, "stale": 0, "extra": 0}
    assert cases["documents"] > 20


def test_both_indexes_are_built_and_compared_by_command(app: Flask) -> None:
    make_report()
    empty = {"documents": 0, "missing": 0, "stale": 0}
    status, output = run(app, "search", "check", "--json")
    assert json.loads(output) == {**empty, "extra": 0, "cases": {**empty, "missing": 1, "extra": 0}}
    status, output = run(app, "search", "rebuild", "--json")
    assert (status, json.loads(output)) == (0, {**empty, "cases": {**empty, "documents": 1}})
    status, output = run(app, "search", "check")
    assert "索引中 0 家机构；缺 0" in output
    assert "索引中 1 件案件；缺 0" in output


def test_a_worker_that_fell_silent_is_noticed(app: Flask, clock: object) -> None:
    from datetime import UTC, datetime, timedelta

    moment = datetime(2026, 3, 1, tzinfo=UTC)
    assert not is_alive("worker", now=moment)
    beat_if_due("worker", now=moment)
    assert is_alive("worker", now=moment + timedelta(seconds=60))
    assert not is_alive("worker", now=moment + timedelta(minutes=5))
    beat_if_due("worker", now=moment + timedelta(seconds=1))
    assert db.session.query(Heartbeat).one().at == moment
