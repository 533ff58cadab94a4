"""Valid rows of the register for tests, published as real ones are: with version, public event and outbox."""

from __future__ import annotations

import itertools
import secrets
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from credit_register.access.actor import OPERATOR, Actor
from credit_register.core import clock
from credit_register.core.database import db
from credit_register.core.deadlines.models import DeadlineRule
from credit_register.core.deadlines.rules import Rule
from credit_register.core.deadlines.services import seed_rules, start_deadline
from credit_register.core.files import StoredFile
from credit_register.institutions.models import Institution, InstitutionCategory, ServiceProduct
from credit_register.institutions.publishing import publish
from credit_register.reports.models import (
    Identity,
    ImpostorWarning,
    Kind,
    Message,
    Report,
    ReportFile,
    State,
    WarningState,
)
from search_index import derive_short_name
from tests.core.codes import uscc

_serials = itertools.count(1)


def make_institution(
    *, categories: tuple[str | InstitutionCategory, ...] = ("06",), actor: Actor = OPERATOR, **overrides: Any
) -> Institution:
    """A registered institution, committed; categories by code or as rows."""
    serial = next(_serials)
    today = clock.today()
    region = str(overrides.get("region_code", "510100"))
    values: dict[str, Any] = {
        "uscc": uscc(division=region, serial=serial),
        "name": f"成都示例{serial}号信用管理有限公司",
        "former_names": [],
        "legal_representative": "李示例",
        "founded_on": date(2012, 5, 4),
        "region_code": region,
        "address": f"四川省成都市示例路{serial}号",
        "phone": "028-12345678",
        "website": "https://agency.example.cn",
        "chief_supervisor": "",
        "introduction": "",
        "status_since": today,
        "registered_on": today,
        "published_at": clock.now(),
        **overrides,
    }
    values.setdefault("short_name", derive_short_name(values["name"]))
    institution = Institution(**values)
    institution.categories = [
        InstitutionCategory(code=category) if isinstance(category, str) else category
        for category in categories
    ]
    db.session.add(institution)
    return republish(institution, reason="登记", actor=actor)


def make_product(institution: Institution, **overrides: Any) -> ServiceProduct:
    """A product of an institution at 200 yuan a report; amounts may be given as text."""
    values: dict[str, Any] = {
        "name": "企业信用报告",
        "category": institution.categories[0].code if institution.categories else "06",
        "basis": "per_report",
        "fee_low": "200",
        "unit": "元/份",
        "included": "",
        **overrides,
    }
    if values["basis"] == "negotiable":
        values |= {"fee_low": None, "fee_high": None, "unit": ""}
    else:
        values["fee_low"] = Decimal(values["fee_low"])
        values["fee_high"] = Decimal(values.get("fee_high", values["fee_low"]))
    product = ServiceProduct(**values)
    institution.products.append(product)
    republish(institution, reason="服务产品")
    return product


def republish(institution: Institution, *, reason: str = "更正", actor: Actor = OPERATOR) -> Institution:
    """Publish what was changed on a row, and commit."""
    publish([institution], actor=actor, reason=reason, now=clock.now())
    db.session.commit()
    return institution


def make_report(
    *,
    named: bool = False,
    files: tuple[StoredFile, ...] = (),
    messages: tuple[str, ...] = (),
    **overrides: Any,
) -> Report:
    """A report in any state with the deadlines that then run, committed; `named` stores an encrypted identity."""
    if not db.session.scalar(select(DeadlineRule.id).limit(1)):
        seed_rules()
    state = State(overrides.get("state", State.RECEIVED))
    kind = Kind(overrides.get("kind", Kind.REPORT))
    received_at = overrides.get("received_at", clock.now())
    decided = state in (State.DECIDED, State.ANSWERED, State.CLOSED)
    values: dict[str, Any] = {
        "kind": kind.value,
        "region_code": "510100",
        "subject_name": "" if overrides.get("subject_uscc") else f"示例被举报机构{next(_serials)}",
        "facts": "公示的收费标准与实际收费不一致，请核查。",
        "anonymous": not named,
        "receipt_hash": secrets.token_hex(32),
        "content_hash": secrets.token_hex(32),
        "received_at": received_at,
        "outcome": "upheld" if decided else None,
        "decision": "经核查，情况属实。" if decided else "",
        "decided_at": received_at if decided else None,
        "closed_at": received_at if state in (State.CLOSED, State.REFUSED) else None,
        **overrides,
    }
    report = Report(**values)
    report.files = [ReportFile(file=file) for file in files]
    report.messages = [Message(at=received_at, author="reporter", text=text) for text in messages]
    db.session.add(report)
    db.session.flush()
    if named:
        db.session.add(Identity(report_id=report.id, name="王示例", phone="13800000000"))
    for rule in _running(kind, state, named=named):
        start_deadline(
            subject_kind="report",
            subject_id=report.id,
            rule=rule,
            started_on=clock.local_date(received_at),
        )
    db.session.commit()
    return report


def _running(kind: Kind, state: State, *, named: bool) -> tuple[Rule, ...]:
    """What runs for a report in a state."""
    objection = kind is Kind.OBJECTION
    if state is State.RECEIVED:
        return (Rule.OBJECTION_MARK, Rule.OBJECTION_DECISION_SELF) if objection else (Rule.REPORT_ACCEPTANCE,)
    if state in (State.INVESTIGATING, State.AWAITING_REPORTER):
        return (Rule.OBJECTION_DECISION_SELF if objection else Rule.REPORT_INVESTIGATION,)
    return (Rule.REPORT_NAMED_ANSWER,) if state is State.DECIDED and named else ()


def make_warning(*, proposed_by_id: int, **overrides: Any) -> ImpostorWarning:
    """A warning of an impostor, proposed unless the state says otherwise, committed."""
    today = clock.today()
    serial = next(_serials)
    state = WarningState(overrides.get("state", WarningState.PROPOSED))
    published = state not in (WarningState.PROPOSED, WarningState.REJECTED)
    values: dict[str, Any] = {
        "region_code": "510100",
        "pretender": f"示例冒名团队{serial}",
        "imitated_name": "成都示例被冒用信用管理有限公司",
        "conduct": "自称受该机构委托，向企业收取“征信修复费”。",
        "reason": "经向被冒用机构核实，双方没有任何委托关系。",
        "ends_on": today + timedelta(days=365),
        "proposed_by_id": proposed_by_id,
        "proposed_at": clock.now(),
        "published_on": today if published else None,
        **overrides,
    }
    warning = ImpostorWarning(**values)
    db.session.add(warning)
    db.session.commit()
    return warning
