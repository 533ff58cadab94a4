"""People and forms of checks."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from credit_register.core.calendar.services import seed_calendar
from credit_register.core.database import db
from credit_register.core.deadlines.services import seed_rules
from credit_register.spotchecks.models import SpotCheck
from tests.accounts.signing_in import csrf_token

FOUND = "登录机构官网核对，企业信用报告标价 500 元/份，公示为 200 元/份。"
FINDING = "官网标价高于公示的收费标准，公示内容与实际不符。"
CLEAN = "官网标价与公示的收费标准逐项一致。"
REASON = "已核对材料，事实清楚。"


def seed(moment: datetime) -> None:
    """The tables of holidays and of periods."""
    seed_calendar(now=moment)
    seed_rules()
    db.session.commit()


def post(client: FlaskClient, path: str, data: dict[str, Any], **options: Any) -> TestResponse:
    """Send a form with a token of the person's own account page."""
    token = csrf_token(client, "/account")
    return client.post(path, data={"csrf_token": token, **data}, **options)


def only_check() -> SpotCheck:
    db.session.expire_all()
    return db.session.scalars(select(SpotCheck)).one()


def fresh(check: SpotCheck) -> SpotCheck:
    db.session.expire_all()
    return db.session.get_one(SpotCheck, check.id)


def move(client: FlaskClient, check: SpotCheck, name: str, **fields: Any) -> TestResponse:
    """Take a step with the version that the row has now, unless another is given."""
    data = {"reason": REASON, "version": fresh(check).version, **fields}
    return post(client, f"/staff/spotchecks/{check.id}/{name}", data)


def picture(name: str = "截图.png") -> tuple[io.BytesIO, str]:
    content = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(content, "PNG")
    content.seek(0)
    return content, name
