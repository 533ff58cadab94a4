"""Every view declares its access, and the gate refuses one that does not."""

from __future__ import annotations

from flask import Flask

from credit_register.access.gate import declared_access


def test_every_view_declares_its_access(app: Flask) -> None:
    undeclared = sorted(endpoint for endpoint in app.view_functions if declared_access(app, endpoint) is None)
    assert undeclared == []


def test_a_view_that_forgot_is_refused_to_everyone(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    answer = app.test_client().get("/forgotten")
    assert answer.status_code == 403
    assert b"secret" not in answer.data
