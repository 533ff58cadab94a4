"""People, records and forms of repairs."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from credit_register.access.actor import Actor
from credit_register.core import clock
from credit_register.core.calendar.services import seed_calendar
from credit_register.core.database import db
from credit_register.core.deadlines.services import seed_rules
from credit_register.credit_records.models import CreditRecord
from credit_register.institutions.entries import Upload
from credit_register.institutions.models import Institution
from credit_register.repairs import services
from credit_register.repairs.models import RepairApplication
from credit_register.repairs.services import Answer, Entry
from tests.accounts.signing_in import csrf_token
from tests.factories import make_record

OFFICE = "成都市示例市场监督管理局"
NUMBER = "川示例修〔2026〕8号"


def seed(moment: datetime) -> None:
    """The tables of holidays and of periods."""
    seed_calendar(now=moment)
    seed_rules()
    db.session.commit()


def ripe_record(institution: Institution, **overrides: Any) -> CreditRecord:
    """A general penalty old enough for a repair and still public, with its obligations met."""
    today = clock.today()
    values: dict[str, Any] = {
        "decided_on": today - timedelta(days=120),
        "met_on": today - timedelta(days=60),
        **overrides,
    }
    return make_record(institution, **values)


def picture(name: str = "修复决定.png") -> tuple[io.BytesIO, str]:
    content = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(content, "PNG")
    content.seek(0)
    return content, name


def upload(name: str = "修复决定.png") -> Upload:
    return Upload(*picture(name))


def apply(record: CreditRecord, actor: Actor, *, on: date | None = None) -> RepairApplication:
    """Enter an application of today, or of another day."""
    entry = Entry(on or clock.today(), "“信用中国”网站", "XF-1")
    return services.enter_application(record, entry, uploads={}, actor=actor, now=clock.now())


def answer(**changes: Any) -> Answer:
    values: dict[str, Any] = {"on": clock.today(), "by": OFFICE, "number": NUMBER, **changes}
    return Answer(**values)


def propose(application: RepairApplication, actor: Actor, **changes: Any) -> None:
    services.propose_repair(
        application,
        answer(**changes),
        uploads=[upload()],
        version=application.version,
        actor=actor,
        now=clock.now(),
    )


def confirm(application: RepairApplication, actor: Actor) -> None:
    services.confirm_repair(application, version=application.version, actor=actor, now=clock.now())


def fresh(application: RepairApplication) -> RepairApplication:
    db.session.expire_all()
    return db.session.get_one(RepairApplication, application.id)


def only_application() -> RepairApplication:
    db.session.expire_all()
    return db.session.scalars(select(RepairApplication)).one()


def post(client: FlaskClient, path: str, data: dict[str, Any], **options: Any) -> TestResponse:
    """Send a form with a token of the person's own account page."""
    token = csrf_token(client, "/account")
    return client.post(path, data={"csrf_token": token, **data}, **options)


def move(client: FlaskClient, application: RepairApplication, name: str, **fields: Any) -> TestResponse:
    """Take a step with the version that the row has now, unless another is given."""
    answered = name in ("accept", "refuse", "propose", "deny")
    data: dict[str, Any] = {"version": fresh(application).version}
    if answered:
        data |= {"on": clock.today().isoformat(), "by": OFFICE}
    if name in ("propose", "deny"):
        data |= {"number": NUMBER}
    return post(client, f"/staff/repairs/{application.id}/{name}", data | fields)
