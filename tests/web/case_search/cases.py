"""One case of every kind in one region, each with a word by which it is found."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from flask import current_app
from flask.testing import FlaskClient
from sqlalchemy import select

from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.commitments.models import Commitment
from credit_register.core import search
from credit_register.core.clock import now, today
from credit_register.core.database import db
from credit_register.core.outbox import IndexName, SearchOutbox
from credit_register.institutions.models import Institution
from credit_register.ledger.models import LedgerCase
from credit_register.letters.models import Letter
from credit_register.registrations.models import Registration
from credit_register.repairs.models import RepairApplication
from credit_register.reports.models import ImpostorWarning, Report
from credit_register.reports.outcomes.models import PublishedOutcome
from credit_register.spotchecks.models import SpotCheck
from credit_register.web.case_search.kinds import KINDS
from tests.accounts.signing_in import make_account
from tests.core.codes import uscc
from tests.factories import (
    make_case,
    make_check,
    make_commitment,
    make_institution,
    make_letter,
    make_outcome,
    make_record,
    make_registration,
    make_report,
    make_warning,
)

# Stands in the title of every case, and in no address, label or word of the pages.
WORD = "蓝鲸"
KIND_NAMES = tuple(kind.name for kind in KINDS)


@dataclass(frozen=True)
class Cases:
    """The rows, and the people they hang on."""

    institution: Institution
    officer: Account
    report: Report
    registration: Registration
    commitment: Commitment
    check: SpotCheck
    warning: ImpostorWarning
    letter: Letter
    outcome: PublishedOutcome
    governed: LedgerCase
    repair: RepairApplication


def make_cases(region: str = "510100", word: str = WORD) -> Cases:
    """One case of every kind of which the public knows nothing."""
    institution = make_institution(name=f"示例{word}信用管理有限公司", region_code=region, committed=False)
    officer = make_account(Role.LOCAL, email=f"{secrets.token_hex(4)}@example.cn", region=region).account
    applicant = make_account(
        Role.AGENT,
        email=f"{secrets.token_hex(4)}@example.cn",
        uscc_code=uscc(serial=secrets.randbelow(90_000)),
    ).account
    report = make_report(
        region_code=region,
        institution_id=institution.id,
        subject_uscc=institution.uscc,
        named=True,
        state="decided",
    )
    return Cases(
        institution=institution,
        officer=officer,
        report=report,
        registration=make_registration(
            applicant, name=f"示例{word}新设服务有限公司", region_code=region, legal_representative="欧阳示例"
        ),
        commitment=make_commitment(institution),
        check=make_check(institution, opened_by_id=officer.id),
        warning=make_warning(proposed_by_id=officer.id, region_code=region, pretender=f"示例{word}冒名团队"),
        letter=make_letter(drafted_by_id=officer.id, region_code=region, addressee=f"示例{word}监管局"),
        outcome=make_outcome(report, proposed_by_id=officer.id),
        governed=make_case(institution),
        repair=_make_repair(institution, officer),
    )


def _make_repair(institution: Institution, officer: Account) -> RepairApplication:
    """An application for a record that is not public."""
    application = RepairApplication(
        record=make_record(institution, degree="minor"),
        institution_id=institution.id,
        applied_on=today(),
        applied_to="示例受理平台",
        entered_by_id=officer.id,
        entered_at=now(),
    )
    db.session.add(application)
    db.session.commit()
    return application


def waiting_keys() -> list[str]:
    """What waits for the index of the cases, in order."""
    rows = select(SearchOutbox.key).where(SearchOutbox.index_name == "cases").order_by(SearchOutbox.id)
    return list(db.session.scalars(rows))


def index_cases() -> None:
    """Bring the index into step, building it where it is missing."""
    if not search.heal(IndexName.CASES):
        search.apply_outbox(IndexName.CASES)
    db.session.rollback()


def forget_waiting() -> None:
    """Empty the outbox."""
    db.session.execute(SearchOutbox.__table__.delete())
    db.session.commit()


def index_folder() -> Path:
    """Where the index of the cases lies."""
    return Path(current_app.extensions["settings"].instance_path) / "search-cases"


def counts(page: str) -> dict[str, int]:
    """What the page of all kinds says was found, by the label of the kind."""
    found = re.findall(r'<h2 id="kind-\w+">([^<]+) <span class="number">([\d,]+)</span> 件</h2>', page)
    return {label: int(number.replace(",", "")) for label, number in found}


def links(page: str) -> list[str]:
    """The addresses of the cases that the page lists, in order."""
    return re.findall(r'<th scope="row"><a href="([^"]+)"', page)


def look_for(client: FlaskClient, text: str, **more: object) -> str:
    """The page for a text."""
    answer = client.get("/staff/search", query_string={"q": text, **more})
    assert answer.status_code == 200, answer.text
    return answer.text
