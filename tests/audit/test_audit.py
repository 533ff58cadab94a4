"""The record of deeds: who reads it, how it is narrowed, and that nobody changes it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.audit import labels, queries, services
from credit_register.audit.models import AuditEvent
from credit_register.core.clock import SHANGHAI, now
from credit_register.core.database import db
from tests.accounts.signing_in import signed_in
from tests.factories import make_institution

SICHUAN = Actor(account_id=None, name="审计甲", role=Role.AUDITOR, region="510000")


def note(
    action: str = "institution.edit",
    *,
    name: str = "李工",
    region: str = "510100",
    at: datetime | None = None,
    subject: int = 7,
) -> None:
    services.record(
        action,
        actor=Actor(account_id=3, name=name, role=Role.LOCAL, region=region),
        at=at or now(),
        subject_kind="institution",
        subject_id=subject,
        detail={"reason": "地址变更"},
    )
    db.session.commit()


def found(actor: Actor = SICHUAN, **wanted: object) -> list[str]:
    rows = queries.events(actor, queries.AuditFilter(**wanted), page=1)  # type: ignore[arg-type]
    return [row.actor_name for row in rows.items]


def test_an_auditor_reads_the_region_and_nothing_beyond(app: Flask) -> None:
    note(name="成都李工")
    note(name="杭州王工", region="330100")
    assert found() == ["成都李工"]


def test_each_filter_narrows(app: Flask) -> None:
    note(name="甲", action="product.save", subject=1)
    note(name="乙", subject=2)
    assert found(action="product.save") == ["甲"]
    assert found(person="乙") == ["乙"]
    assert found(subject_kind="institution", subject="1") == ["甲"]
    assert found(subject_kind="account", subject="1") == []


def test_a_day_is_a_day_in_china(app: Flask) -> None:
    day = datetime(2026, 3, 12, tzinfo=SHANGHAI)
    note(name="前夜", at=day - timedelta(seconds=1))
    note(name="零点", at=day)
    note(name="深夜", at=day + timedelta(hours=23, minutes=59))
    assert found(since=day.date(), until=day.date()) == ["深夜", "零点"]


def test_the_page_speaks_chinese_and_shows_forty_rows(app: Flask) -> None:
    institution = make_institution()
    for number in range(41):
        note(name=f"李工{number}", subject=institution.id)
    client = signed_in(app, Role.AUDITOR)
    page = client.get(
        f"/staff/audit?action=institution.edit&subject_kind=institution&subject={institution.id}"
    ).text
    assert page.count('<td data-label="事项"><div class="audit-deed">更正登记信息</div></td>') == 40
    assert "institution.edit</td>" not in page
    assert "原因：地址变更" in page
    assert "第 1 页，共 2 页" in page
    assert "李工0（" not in page
    assert "李工0<" in client.get("/staff/audit?action=institution.edit&page=2").text


@pytest.mark.parametrize("query", ["action=x", "subject_kind=y", "since=2026-13-01", "page=0"])
def test_a_parameter_that_cannot_be_read_is_refused_with_a_reason(app: Flask, query: str) -> None:
    answer = signed_in(app, Role.AUDITOR).get(f"/staff/audit?{query}")
    assert answer.status_code == 400
    assert query.split("=", maxsplit=1)[0] in answer.text or "不是有效日期" in answer.text


def test_the_database_itself_refuses_to_change_or_delete_a_deed(app: Flask) -> None:
    note()
    for statement in (update(AuditEvent).values(actor_name="他人"), delete(AuditEvent)):
        with pytest.raises(DatabaseError):
            db.session.execute(statement)
        db.session.rollback()


def test_every_role_and_subject_that_is_recorded_has_a_word(app: Flask) -> None:
    assert labels.role_label("operator") == "系统运维"
    assert [labels.role_label(role.value) for role in Role] == [role.label for role in Role]
    assert labels.detail_lines({"role": "local", "fields": ["住所", "官网"], "source": None}) == [
        ("角色", "市县牵头单位人员"),
        ("内容", "住所、官网"),
        ("来源", "—"),
    ]
