"""A flood of reports from one client is slowed by a question that people answer; nobody is ever turned away."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta
from enum import Enum, auto
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any, Final

from flask import request
from limits import parse
from sqlalchemy import select

from credit_register.accounts.lockout import client
from credit_register.core.database import db
from credit_register.core.encryption import CannotDecrypt, field_cipher
from credit_register.core.rate_limits import counters
from credit_register.reports import questions, receipts
from credit_register.reports.models import Report

if TYPE_CHECKING:
    from credit_register.reports.forms_public import ReportForm

# An office of some hundred people behind one address files far less; beyond it each report costs one answer, no more.
BUDGET: Final = parse("60 per hour")
# A loopback address is a reverse proxy that TRUSTED_PROXIES does not name yet, or this machine itself: it stands for
# everybody, so that a limit there would be one for the whole site.
BUDGET_OF_EVERYBODY: Final = parse("20000 per hour")
COST: Final = 1
COST_OF_A_PROGRAM: Final = 10  # sent sooner than a person can write, or without a moment that this site made
SOONEST: Final = timedelta(seconds=3)
OLDEST: Final = timedelta(days=1)  # a moment may not be collected once and used for ever
ANSWER_WITHIN: Final = timedelta(minutes=30)
ONCE: Final = parse("1 per 2 hours")  # longer than an answer is waited for

BUSY: Final = "这个网络最近一小时提交得较多。请回答这个小问题再按“提交”，答对就收，您填写的内容都在"
FILLED: Final = (
    "有一栏应当留空的被填写了，可能是浏览器自动填的。请回答这个小问题再按“提交”，答对就收，您填写的内容都在"
)
WRONG: Final = "回答不对，换了一道题，请再答一次。您填写的内容都在"
STALE: Final = "上一道题已经失效，请回答新的一道再提交。您填写的内容都在"

_MOMENT: Final = "report form moment"
_QUESTION: Final = "report form question"
_PASSED: Final = "report form passed"
_chance: Final = secrets.SystemRandom()


class _Answer(Enum):
    NONE = auto()  # no question was asked
    RIGHT = auto()
    WRONG = auto()
    STALE = auto()  # answered too late, a second time, or on another form


def prepare(form: ReportForm, *, now: datetime) -> None:
    """Before the form is shown: it bears the moment it was made, and a question that still waits stays."""
    if _age(form, now) is None:
        form.form_moment.data = _sealed([_MOMENT, now.timestamp()])
    asked = _question(form, now)
    if asked is not None:
        form.question = form.question_answer.label.text = asked[0]
    elif not _has_passed(form, now):
        form.question_token.data = ""


def must_ask(form: ReportForm, *, now: datetime) -> bool:
    """Whether a complete form goes back with a question, which then stands in it."""
    if not form.key:
        form.renew_key()
    # A double click, or somebody who never saw the receipt: it is shown again, and nothing is filed.
    if _filed(form.key):
        return False
    answer = _judge(form, now)
    if answer is _Answer.RIGHT:
        # Should something else keep the report from being taken, this form is not asked again.
        form.question_token.data = _sealed([_PASSED, form.key, (now + ANSWER_WITHIN).timestamp()])
        return False
    if answer is _Answer.NONE:
        age = _age(form, now)
        person = age is not None and SOONEST <= age <= OLDEST
        budget = BUDGET_OF_EVERYBODY if _stands_for_everybody() else BUDGET
        cost = COST if person else COST_OF_A_PROGRAM
        within = counters().hit(budget, "report", client(), cost=cost)
        if within and not form.remark_second.data:
            return False
        _ask(form, FILLED if within else BUSY, now)
    else:
        _ask(form, WRONG if answer is _Answer.WRONG else STALE, now)
    return True


def _ask(form: ReportForm, sentence: str, now: datetime) -> None:
    question = questions.ask(_chance)
    expires = (now + ANSWER_WITHIN).timestamp()
    form.question_token.data = _sealed(
        [_QUESTION, form.key, question.text, question.answers, expires, secrets.token_hex(8)]
    )
    form.question_answer.label.text = question.text
    form.question_answer.data = ""
    form.question_answer.errors = [sentence]


def _judge(form: ReportForm, now: datetime) -> _Answer:
    if not form.question_token.data:
        return _Answer.NONE
    if _has_passed(form, now):
        return _Answer.RIGHT
    asked = _question(form, now)
    if asked is None:
        return _Answer.STALE
    _, answers, name = asked
    # Each question is judged once: it cannot be answered by trying, and an answer cannot be used again.
    if not counters().hit(ONCE, "question", name):
        return _Answer.STALE
    return _Answer.RIGHT if questions.is_right(form.question_answer.data or "", answers) else _Answer.WRONG


def _question(form: ReportForm, now: datetime) -> tuple[str, tuple[str, ...], str] | None:
    """Text, right answers and name of the question that was asked on this very form and may still be answered."""
    opened = _opened(form.question_token.data, _QUESTION)
    if opened is None:
        return None
    key, text, answers, expires, name = opened
    if key != form.key or now.timestamp() > expires:
        return None
    return text, tuple(answers), name


def _has_passed(form: ReportForm, now: datetime) -> bool:
    """Whether this form was let through before; its key files one report, however often that is shown."""
    opened = _opened(form.question_token.data, _PASSED)
    return opened is not None and opened[0] == form.key and now.timestamp() <= opened[1]


def _age(form: ReportForm, now: datetime) -> timedelta | None:
    opened = _opened(form.form_moment.data, _MOMENT)
    return None if opened is None else timedelta(seconds=now.timestamp() - opened[0])


def _sealed(content: list[object]) -> str:
    return field_cipher().encrypt(json.dumps(content))


def _opened(token: str | None, purpose: str) -> list[Any] | None:
    try:
        kept_as, *content = json.loads(field_cipher().decrypt(token or ""))
    except (CannotDecrypt, ValueError):
        return None
    return content if kept_as == purpose else None


def _filed(key: str) -> bool:
    wanted = select(Report.id).where(Report.idempotency_hash == receipts.key_hash(key))
    return db.session.scalar(wanted) is not None


def _stands_for_everybody() -> bool:
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback
