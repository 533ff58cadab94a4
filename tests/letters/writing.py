"""Letters and their forms."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.letters import services
from credit_register.letters.drafting import Clue, Words
from credit_register.letters.models import Kind, Letter
from tests.spotchecks.checking import post

WORDS = Words(
    addressee="成都市示例监管局",
    office="成都市示例信用主管部门",
    contact_name="王示例",
    contact_phone="028-12345678",
)
CLUE = Clue(name="示例冒名信息咨询部", description="自称受信用服务机构委托，收取“征信修复费”。")
FORM = {
    "addressee": WORDS.addressee,
    "title": "关于示例线索的提示函",
    "body": "我单位梳理了线索{线索条数}条，涉及{市场主体家数}家。\n请在{反馈期限}内反馈。",
    "office": WORDS.office,
    "contact_name": WORDS.contact_name,
    "contact_phone": WORDS.contact_phone,
    "clues-0-name": CLUE.name,
    "clues-0-uscc": "",
    "clues-0-description": CLUE.description,
}


def draft(by: Account, moment: datetime, **changes: Any) -> Letter:
    """A complete draft of Chengdu's office, committed."""
    values: dict[str, Any] = {"region": "510100", "words": WORDS, "clues": [CLUE], **changes}
    kind = values.pop("kind", Kind.IMPERSONATION)
    return services.start_letter(kind, **values, actor=by.actor, now=moment)


def submitted(by: Account, moment: datetime, **changes: Any) -> Letter:
    letter = draft(by, moment, **changes)
    services.submit_letter(letter, version=letter.version, actor=by.actor, now=moment)
    return letter


def issued(by: Account, second: Account, moment: datetime, **changes: Any) -> Letter:
    letter = submitted(by, moment, **changes)
    services.issue_letter(letter, version=letter.version, actor=second.actor, now=moment)
    return letter


def fresh(letter: Letter) -> Letter:
    db.session.expire_all()
    return db.session.get_one(Letter, letter.id)


def only_letter() -> Letter:
    db.session.expire_all()
    return db.session.scalars(select(Letter)).one()


def move(client: FlaskClient, letter: Letter, name: str, **fields: Any) -> TestResponse:
    """Take a step with the version that the row has now, unless another is given."""
    data = {"version": fresh(letter).version, **fields}
    return post(client, f"/staff/letters/{letter.id}/{name}", data)
