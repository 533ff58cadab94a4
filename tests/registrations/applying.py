"""People who apply for registration, and the files that they choose."""

from __future__ import annotations

import io
from typing import Any

from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from credit_register.core.database import db
from credit_register.registrations.models import Registration
from tests.accounts.signing_in import csrf_token, hidden
from tests.core.codes import uscc

PAGE = "/workspace/registration"
CODE = uscc(division="510100", serial=700001)
NAME = "成都示例新设信用服务有限公司"


def picture(colour: str = "white", kind: str = "PNG") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(target, kind)
    return target.getvalue()


def licence(content: bytes | None = None, name: str = "营业执照.png") -> tuple[bytes, str]:
    return (picture() if content is None else content), name


def filled(**changes: Any) -> dict[str, Any]:
    """The fields of the contract, filled in well; None leaves one out."""
    values: dict[str, Any] = {
        "name": NAME,
        "uscc": CODE,
        "legal_representative": "李示例",
        "region": "510100",
        "categories": ["04", "06"],
        "address": "四川省成都市示例路 8 号",
        "phone": "028-87654321",
        "introduction": "为中小企业提供信用调查和信用管理咨询。",
        "licence_file": licence(),
        **changes,
    }
    chosen = values["licence_file"] or []
    opened = [
        (io.BytesIO(content), name) for content, name in (chosen if isinstance(chosen, list) else [chosen])
    ]
    values["licence_file"] = opened or None
    return {name: value for name, value in values.items() if value is not None}


def apply(client: FlaskClient, **changes: Any) -> TestResponse:
    """Send the application with nothing but the fields of the contract."""
    return client.post(PAGE, data={"csrf_token": csrf_token(client, "/account"), **filled(**changes)})


def press(client: FlaskClient, path: str, *, page: str, **fields: Any) -> TestResponse:
    """Press a button of a page: what it remembers goes along unless something else is given."""
    text = client.get(page).text
    remembered = [name for name in ("csrf_token", "version", "entry_version") if f'name="{name}"' in text]
    data = {**{name: hidden(text, name) for name in remembered}, **fields}
    return client.post(path, data=data)


def decide(
    client: FlaskClient, registration: Registration, move: str, reason: str = "", **fields: Any
) -> TestResponse:
    """Decide as the officer who sees the case page."""
    page = f"/staff/registrations/{registration.id}"
    return press(client, f"{page}/{move}", page=page, reason=reason, **fields)


def the_row(code: str = CODE) -> Registration:
    """The latest application of a code, read anew."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(
        select(Registration).where(Registration.uscc == code).order_by(Registration.id.desc())
    ).first() or _none(code)


def _none(code: str) -> Registration:
    raise AssertionError(f"no application for {code}")


def number_of_rows() -> int:
    db.session.rollback()
    return len(db.session.scalars(select(Registration.id)).all())
