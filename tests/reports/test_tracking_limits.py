"""Wrong receipts are counted, right ones open whatever the counters say; messages have a budget per case."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from credit_register.core.database import db
from credit_register.reports import receipts
from credit_register.reports.views import tracking_limits
from tests.conftest import make_app
from tests.reports.citizens import file_report, form_of, open_case, seed_deadline_rules, write

ATTACKER = {"REMOTE_ADDR": "203.0.113.9"}
CITIZEN = {"REMOTE_ADDR": "198.51.100.20"}


@pytest.fixture(autouse=True)
def rules(app: Flask) -> None:
    seed_deadline_rules()


def wrong(number: int, prefix: str = "2222") -> str:
    """A well-formed receipt of nobody."""
    letters = "".join(receipts.ALPHABET[number // 31**place % 31] for place in range(4))
    body = prefix + "3" * (receipts.RANDOM - 8) + letters
    return body + receipts.check_character(body)


def attempt(client: FlaskClient, receipt: str, peer: dict[str, str]) -> int:
    data = {**form_of(client, "/account/login"), "receipt": receipt}
    return client.post("/reports/track", data=data, environ_base=peer).status_code


def test_ten_wrong_ones_of_one_client_neither_refuse_nor_delay_a_right_one_of_another(
    app: Flask, client: FlaskClient
) -> None:
    receipt = file_report(client)
    stranger = app.test_client()
    assert [attempt(stranger, wrong(number), ATTACKER) for number in range(10)] == [422] * 10
    assert attempt(app.test_client(), receipt, CITIZEN) == 303


def test_a_right_one_opens_even_for_the_client_that_had_too_many_wrong_ones(
    app: Flask, client: FlaskClient
) -> None:
    receipt = file_report(client)
    stranger = app.test_client()
    codes = [attempt(stranger, wrong(number), ATTACKER) for number in range(32)]
    assert codes == [422] * 30 + [429] * 2
    assert attempt(stranger, receipt, ATTACKER) == 303
    # A client elsewhere has a count of its own.
    assert attempt(app.test_client(), wrong(99), CITIZEN) == 422


def test_receipts_that_begin_alike_are_counted_across_all_clients(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tracking_limits.WRONG_OF_A_PREFIX == "300 per hour"
    monkeypatch.setattr(tracking_limits, "WRONG_OF_A_PREFIX", "12 per hour")
    receipt = file_report(client)
    prefix = receipt[: receipts.GROUP]
    stranger = app.test_client()
    with capture_logs() as lines:
        codes = [
            attempt(stranger, wrong(number, prefix), {"REMOTE_ADDR": f"203.0.113.{number}"})
            for number in range(14)
        ]
    assert codes == [422] * 12 + [429] * 2
    assert [line["event"] for line in lines].count("many wrong receipts that begin alike") == 2
    assert prefix not in str(lines)
    data = {**form_of(stranger, "/account/login"), "receipt": wrong(50, prefix)}
    page = stranger.post("/reports/track", data=data, environ_base=CITIZEN).text
    assert "正确的回执码不受影响" in page
    # The right one that begins so opens, and what begins otherwise is not touched.
    assert attempt(app.test_client(), receipt, CITIZEN) == 303
    assert attempt(app.test_client(), wrong(1, "9999"), CITIZEN) == 422


def test_a_slip_of_the_pen_does_not_count_for_the_prefix(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracking_limits, "WRONG_OF_A_PREFIX", "1 per hour")
    slip = wrong(1)[:-1] + ("2" if wrong(1)[-1] != "2" else "3")
    assert [attempt(client, slip, CITIZEN) for _ in range(3)] == [422] * 3
    assert [attempt(client, wrong(1), CITIZEN) for _ in range(2)] == [422, 429]


def test_two_processes_count_together(
    app: Flask, client: FlaskClient, database_url: str, instance_path: Path
) -> None:
    receipt = file_report(client)
    other = make_app(database_url, instance_path)
    with other.app_context():
        stranger = other.test_client()
        codes = [attempt(stranger, wrong(number), ATTACKER) for number in range(20)]
        assert codes == [422] * 20
        db.session.remove()
        db.engine.dispose()
    codes = [attempt(app.test_client(), wrong(number), ATTACKER) for number in range(20, 32)]
    assert codes == [422] * 10 + [429] * 2
    assert attempt(app.test_client(), receipt, ATTACKER) == 303


def test_messages_of_one_case_are_held_with_the_text_kept(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tracking_limits.MESSAGES_OF_A_CASE == "60 per hour"
    monkeypatch.setattr(tracking_limits, "MESSAGES_OF_A_CASE", "3 per hour")
    receipt = file_report(client)
    open_case(client, receipt)
    codes = [write(client, f"第 {number} 条留言").status_code for number in range(3)]
    assert codes == [303] * 3
    held = write(client, "第四条留言")
    assert held.status_code == 429
    assert "这一条没有发出，仍在下面" in held.text
    assert "第四条留言</textarea>" in held.text
    # The case is what counts, not the browser; and another case has a count of its own.
    second = app.test_client()
    open_case(second, receipt)
    assert write(second, "换一台设备").status_code == 429
    open_case(second, file_report(second, facts="另一件事：收费与公示的标准不一致。"))
    assert write(second, "另一件的留言").status_code == 303


def test_a_faulty_message_is_not_counted(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking_limits, "MESSAGES_OF_A_CASE", "1 per hour")
    open_case(client, file_report(client))
    assert [write(client, "").status_code for _ in range(3)] == [422] * 3
    assert write(client, "有内容的留言").status_code == 303
