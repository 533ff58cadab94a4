"""Each working morning the province and the nation hear how many institutions wait to be put on the ledger.

Nothing is opened by itself: a person looks at the preview of the screening and decides.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time, timedelta

from flask import current_app
from sqlalchemy import select

from credit_register.access.roles import Permission, Role
from credit_register.accounts.models import Account
from credit_register.core import regions
from credit_register.core.calendar.office_hours import morning_begun
from credit_register.core.calendar.queries import load_calendar
from credit_register.core.clock import SHANGHAI, local_date
from credit_register.core.database import db
from credit_register.ledger.cases.screening import findings
from credit_register.notices.models import Notice
from credit_register.notices.services import tell

TITLE = "台账筛查："
PATH = "/staff/ledger/screening"
_DONE = "reminded_of_screening"  # the day which this process has finished, so that it looks once a day


def remind_of_screening(moment: datetime) -> int:
    """Tell the officers who assign cases how many subjects wait; gives how many were told. Commits.

    Twice for the same day tells nobody twice: the message of the day is looked for first.
    """
    day = local_date(moment)
    if not morning_begun(moment) or current_app.extensions.get(_DONE) == day:
        return 0
    if not load_calendar().is_working_day(day):
        db.session.rollback()
        return 0
    waiting = Counter(f"{found.region[:2]}0000" for found in findings(regions.NATION))
    told = _tell(waiting, moment) if waiting else 0
    db.session.commit()
    current_app.extensions[_DONE] = day
    return told


def _tell(waiting: Counter[str], moment: datetime) -> int:
    roles = [role.value for role in Role if Permission.LEDGER_PRUNE in role.permissions]
    # Held, so that of two workers the second sees whom the first has told.
    held = db.session.execute(
        select(Account.id, Account.region_code)
        .where(Account.role.in_(roles), Account.active.is_(True))
        .order_by(Account.id)
        .with_for_update()
    ).all()
    midnight = datetime.combine(local_date(moment), time(), SHANGHAI)
    already = set(
        db.session.scalars(
            select(Notice.account_id).where(
                Notice.at >= midnight,
                Notice.at < midnight + timedelta(days=1),
                Notice.title.startswith(TITLE),
            )
        )
    )
    count = 0
    for account_id, region in held:
        number = waiting.total() if region == regions.NATION else waiting[region or ""]
        if number and account_id not in already:
            text = "请打开筛查页面核对以后纳入台账。"
            tell(
                [account_id],
                title=f"{TITLE}{number} 家机构待纳入或者增加失信记录",
                text=text,
                path=PATH,
                now=moment,
            )
            count += 1
    return count
