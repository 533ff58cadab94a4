"""Loading the sample through the same import that offices use, then giving some entries more to show."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from sqlalchemy import delete

from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.notices.models import Mail
from credit_register.reports.outcomes.services import end_outcomes
from credit_register.reports.warning_services import end_warnings
from credit_register.web.sample.accounts import SampleAccounts
from credit_register.web.sample.checks import add_checks
from credit_register.web.sample.commitments import add_commitments
from credit_register.web.sample.ledger import load_ledger
from credit_register.web.sample.letters import add_letters
from credit_register.web.sample.measures import load_measures
from credit_register.web.sample.months import load_months
from credit_register.web.sample.outcomes import add_outcomes
from credit_register.web.sample.records import load_records
from credit_register.web.sample.registrations import add_registrations
from credit_register.web.sample.repairs import load_repairs
from credit_register.web.sample.report_ways import add_ways
from credit_register.web.sample.reports import RECEIPTS, SampleReports
from credit_register.web.sample.roster import load_roster
from credit_register.web.sample.story import Story, institutions_of

SAMPLE_ACCOUNTS = "sample-accounts.json"


def load(app: Flask) -> None:
    """Fill an empty register with the sample."""
    load_roster(now())
    _tell_the_story(Path(app.extensions["settings"].instance_path))


def _tell_the_story(instance: Path) -> None:
    """Accounts in every role, and what they did in the last months, so that every page has something to show."""
    accounts, moment = SampleAccounts(), now()
    (bare,), (shown,) = institutions_of("5101", 1), institutions_of("3301", 1)
    accounts.staff(now=moment)
    accounts.people(bare.uscc, now=moment)
    accounts.people(shown.uscc, now=moment)
    load_records(moment)
    story = Story(moment)
    reports = SampleReports(story)
    add_registrations(story, accounts)
    add_commitments(story, accounts, shown=shown, bare=bare)
    reports.add()
    add_outcomes(story, bare=bare)
    add_ways(reports)
    add_checks(story, accounts, shown=shown)
    add_letters(story)
    load_ledger(story)
    story.on(0, end_warnings)
    story.on(0, end_outcomes)
    story.tell()
    load_measures(accounts, moment)
    load_months(moment)
    load_repairs(accounts, moment)
    db.session.execute(delete(Mail))  # nobody must get mail from a sample
    db.session.commit()
    accounts.write(instance / SAMPLE_ACCOUNTS)
    reports.write(instance / RECEIPTS)
