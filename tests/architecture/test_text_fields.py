"""No form of the site takes hidden characters or direction marks, and none takes them for a text."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import Form, HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, InputRequired

import credit_register
from credit_register.access.roles import Role
from credit_register.audit.models import AuditEvent
from credit_register.core.database import db
from credit_register.institutions.form_fields import LinesField
from credit_register.reports.models import Report
from credit_register.spotchecks.forms import MatterField
from tests.accounts.signing_in import send, signed_in
from tests.factories import make_report
from tests.reports.citizens import send_report

WRITTEN = "示\u202e例\u2066一\u200b段\u2060\u3164话\u00ad\ufe0f\u2800"
NOTHING = "\u200b\u3164\u2060\u202e\u2800\u00ad"


def forms_of_the_site() -> Iterator[type[FlaskForm]]:
    """All forms that the site itself declares; those of signing in are the library's."""
    for module in pkgutil.walk_packages(credit_register.__path__, "credit_register."):
        if "form" in module.name or "views" in module.name:
            importlib.import_module(module.name)
    waiting = FlaskForm.__subclasses__()
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        if form.__module__.startswith("credit_register.") and form.__module__ != (
            "credit_register.accounts.sign_in"
        ):
            yield form


def text_fields() -> Iterator[Any]:
    for form in forms_of_the_site():
        for name in dir(form):
            unbound = getattr(form, name)
            kind = getattr(unbound, "field_class", None)
            if (
                isinstance(kind, type)
                and issubclass(kind, StringField | LinesField | MatterField)
                and not issubclass(kind, PasswordField | HiddenField)
            ):
                yield pytest.param(unbound, id=f"{form.__name__}.{name}")


FIELDS = list(text_fields())


def filled(unbound: Any, text: str) -> Any:
    """The field of a form of its own, after `text` was typed into it."""

    class OneField(Form):
        field = unbound

    return OneField(MultiDict({"field": text})).field


def shown(data: object) -> str:
    return "\n".join(data) if isinstance(data, list) else str(data or "")


def test_the_forms_are_found() -> None:
    names = {str(each.id) for each in FIELDS}
    assert names >= {
        "ReportForm.facts",
        "WarningForm.pretender",
        "WarningForm.conduct",
        "RevealForm.reason",
        "NewCheckForm.matter",
        "NewCheckForm.matter_text",
        "ConcludeForm.reason",
        "RegistrationForm.introduction",
        "WithdrawForm.reason",
        "OpenAccountForm.name",
        "NewAccountForm.name",
        "CalendarForm.source",
    }


# What is looked up and never shown: an address or a code with such a character is refused or read without it.
LOOKED_UP = {"NewAccountForm.email", "NewAccountForm.region", "NewAccountForm.uscc"}


@pytest.mark.parametrize("unbound", [each for each in FIELDS if each.id not in LOOKED_UP])
def test_no_field_keeps_what_nobody_can_see(unbound: Any) -> None:
    field = filled(unbound, WRITTEN)
    kept = shown(getattr(field, "typed", None) or field.data)
    assert kept.replace("\n", "") == "示例一段话"


def is_required(unbound: Any) -> bool:
    return any(
        isinstance(each, InputRequired | DataRequired) for each in unbound.kwargs.get("validators", ())
    )


@pytest.mark.parametrize("unbound", [each for each in FIELDS if is_required(each.values[0])])
def test_a_text_that_nobody_can_see_is_told_as_missing(unbound: Any) -> None:
    field = filled(unbound, NOTHING)
    missing = filled(unbound, "")
    for each in (field, missing):
        assert not each.validate(Form())
    if not shown(field.data):
        assert list(field.errors) == list(missing.errors)


def test_nobody_is_revealed_for_a_reason_that_nobody_can_read(app: Flask) -> None:
    report = make_report(named=True)
    page = f"/staff/reports/{report.id}"
    officer = signed_in(app, Role.LOCAL)
    answer = send(officer, f"{page}/reveal", {"reason": NOTHING}, page=page)
    assert answer.status_code == 422
    assert "请填写查看理由" in answer.text
    assert db.session.query(AuditEvent).filter_by(action="report.reveal").count() == 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [({"facts": NOTHING}, "请写明发生了什么"), ({"subject_name": NOTHING, "subject_uscc": NOTHING}, "对方")],
)
def test_a_report_of_hidden_characters_is_none(
    client: FlaskClient, changes: dict[str, str], sentence: str
) -> None:
    answer = send_report(client, **changes)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert db.session.query(Report).count() == 0
