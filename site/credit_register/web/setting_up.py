"""From nothing to a site that can serve; run again, it only brings things up to date."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from credit_register.core import search
from credit_register.core.calendar.services import seed_calendar
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.core.deadlines.services import seed_rules
from credit_register.core.outbox import IndexName
from credit_register.core.settings import PROJECT
from credit_register.institutions.models import Institution
from credit_register.web import sample
from search_index import IndexUnavailable


def set_up(app: Flask, *, say: Callable[[str], object]) -> None:
    """Migrate, seed, load the sample where the register is empty, and bring the index in step."""
    upgrade(directory=str(PROJECT / "migrations"))
    seed_calendar(now=now())
    seed_rules()
    db.session.commit()
    if app.extensions["settings"].sample and _is_empty():
        say("正在装入示例数据（2,000 家虚构机构）……")
        sample.load(app)
    for name in search.names():
        if not _in_step(name):
            say("正在建立检索索引……")
            say(f"索引已建立：{search.rebuild(name=name)} {name.counted}")


def _is_empty() -> bool:
    return db.session.scalar(select(func.count()).select_from(Institution)) == 0


def _in_step(name: IndexName) -> bool:
    try:
        return search.check(name).ok
    except IndexUnavailable:
        return False
