"""Loading the sample through the same import that offices use, then giving some entries more to show."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import delete, select

from credit_register.access.actor import OPERATOR
from credit_register.core.clock import local_date, now
from credit_register.core.database import db
from credit_register.institutions.imports.services import import_file
from credit_register.institutions.imports.spool import Spool
from credit_register.institutions.lifecycle import REGISTRATION
from credit_register.institutions.models import Institution
from credit_register.institutions.publishing import publish
from credit_register.notices.models import Mail
from credit_register.reports.warning_services import end_warnings
from credit_register.web.sample.accounts import SampleAccounts
from credit_register.web.sample.checks import add_checks
from credit_register.web.sample.commitments import add_commitments
from credit_register.web.sample.registrations import add_registrations
from credit_register.web.sample.reports import RECEIPTS, SampleReports
from credit_register.web.sample.story import Story, institutions_of

SAMPLE_ACCOUNTS = "sample-accounts.json"
FOLDER = Path(__file__).parent

VOLUNTARY = """本机构自愿公示以下信息（示例文本）：

- 异议处理：收到异议后 **3 个工作日**内答复
- 数据安全：已建立信息安全管理制度
- 行业自律：已签署行业自律公约
"""


def load(app: Flask) -> None:
    """Fill an empty register with the sample."""
    for kind in ("institutions", "products"):
        with Spool() as spool:
            import_file(FOLDER / f"{kind}.csv", kind, spool, actor=OPERATOR, now=now())
    _enrich()
    _tell_the_story(Path(app.extensions["settings"].instance_path))


def _tell_the_story(instance: Path) -> None:
    """Accounts in every role, and what they did in the last months, so that every page has something to show."""
    accounts, moment = SampleAccounts(), now()
    (bare,), (shown,) = institutions_of("5101", 1), institutions_of("3301", 1)
    accounts.staff(now=moment)
    accounts.people(bare.uscc, now=moment)
    accounts.people(shown.uscc, now=moment)
    story = Story(moment)
    reports = SampleReports(story)
    add_registrations(story, accounts)
    add_commitments(story, accounts, shown=shown, bare=bare)
    reports.add()
    add_checks(story, accounts, shown=shown)
    story.on(0, end_warnings)
    story.tell()
    db.session.execute(delete(Mail))  # nobody must get mail from a sample
    db.session.commit()
    accounts.write(instance / SAMPLE_ACCOUNTS)
    reports.write(instance / RECEIPTS)


def _enrich() -> None:
    """Licences, verification, codes of conduct, voluntary text, former names and other states, by position."""
    moment = now()
    today = local_date(moment)
    changed = []
    for position, institution in enumerate(
        db.session.scalars(select(Institution).order_by(Institution.uscc))
    ):
        for category in institution.categories:
            if category.code in ("01", "03") and position % 4:
                category.licence_number = f"示例备〔2024〕{position + 1}号"
                category.licence_issuer = "示例备案机关"
                category.licence_expires_on = today + timedelta(days=30 * (position % 40) - 60)
                category.verified_on = today - timedelta(days=position % 200) if position % 3 else None
        # Later than any founding date of the sample, and not all on one day.
        institution.registered_on = today - timedelta(days=position * 7 % 700)
        institution.status_since = institution.registered_on
        if position % 5 == 0:
            institution.voluntary = VOLUNTARY
        if position % 7 == 0:
            institution.conduct_title = "示例机构行为准则"
            institution.conduct_version = "第 1 版"
            institution.conduct_date = today - timedelta(days=position % 300)
        if position % 9 == 0:
            institution.former_names = [institution.name.replace("示例", "示例老", 1)]
        if position % 50 == 10:
            _move(institution, "suspend", "示例：机构申请暂停业务", today - timedelta(days=position % 9))
        elif position % 100 == 25:
            _move(institution, "deregister", "示例：机构已办理注销", today - timedelta(days=position % 9))
        elif position % 250 == 40:
            _move(institution, "withdraw", "示例：机构申请撤回登记", today - timedelta(days=position % 9))
        changed.append(institution)
    publish(changed, actor=OPERATOR, reason="补充示例信息", now=moment)
    db.session.commit()


def _move(institution: Institution, move: str, reason: str, since: date) -> None:
    db.session.flush()
    REGISTRATION.apply(institution, move, institution.version)
    institution.status_reason = reason
    institution.status_since = since
