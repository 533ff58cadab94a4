"""Sample months of the ledger: one that came as a file, closed ones with a correction, contacts, a target, a batch sent."""

from __future__ import annotations

import io
import tempfile
from datetime import date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import select

from credit_register.access.actor import OPERATOR
from credit_register.access.roles import Role
from credit_register.core import regions
from credit_register.core.clock import SHANGHAI, local_date
from credit_register.core.database import db
from credit_register.core.office_settings.services import decide_setting
from credit_register.ledger import contacts
from credit_register.ledger.figures import round_on
from credit_register.ledger.models import LedgerCase
from credit_register.ledger.months import form, services
from credit_register.ledger.months.periods import last_day, last_finished, limits_of, month_before
from credit_register.ledger.months.reading import read_ledger
from credit_register.ledger.months.sheet import made_sheet
from credit_register.ledger.months.writing import write_sheet
from credit_register.ledger.platform import receipts
from credit_register.ledger.platform.services import make_batch
from credit_register.ledger.targets import EXIT_TARGETS
from credit_register.web.sample.story import institutions_of, staff

CITY, PROVINCE = "510100", "510000"


def load_months(now: datetime) -> None:
    """What the pages of months show; the cases of the sample must be there."""
    finished = last_finished(local_date(now))
    _import(month_before(month_before(finished)), now)
    _name_contacts(now)
    _close(finished, _in_time(finished, now))
    _report(now)
    year = local_date(now).year
    decide_setting(
        EXIT_TARGETS,
        [[f"{year}-12-31", 90], [f"{year + 1}-06-30", 100]],
        region="000000",
        valid_from=date(year, 1, 1),
        reason="示例目标，供演示",
        by="示例",
        at=now,
    )
    db.session.commit()


def _import(month: str, now: datetime) -> None:
    """A ledger that a city kept by hand before; one of its exits lacks a proof."""
    lines = [
        [
            *(number, institution.name, institution.uscc, 1 + number % 2),
            *("成都市示例主管部门已约谈", form.CORRECTED if number != 3 else None, form.COLLECTED),
            *(
                f"已经修复{1 + number % 2}条失信记录",
                form.NO,
                form.YES if number in (1, 3) else form.NO,
                None,
            ),
        ]
        for number, institution in enumerate(institutions_of("5101", 6), 1)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"示例台账-{month}.xlsx"
        write_sheet(path, made_sheet(CITY, lines, on=last_day(month)), verbatim=False)
        services.keep_imported(
            path,
            read_ledger(path, region=CITY),
            region=CITY,
            month=month,
            reason="",
            file_name=path.name,
            actor=OPERATOR,
            now=now,
        )


def _name_contacts(now: datetime) -> None:
    present = round_on(local_date(now))
    if present is None:
        return
    for role, region, office in (
        (Role.LOCAL, CITY, "成都市示例主管部门"),
        (Role.PROVINCIAL, PROVINCE, "四川省示例主管部门"),
    ):
        contacts.set_contact(
            present,
            office=office,
            name="王示例",
            phone="0000-12345678",
            version=0,
            actor=staff(role, region),
            now=now,
        )


def _in_time(month: str, now: datetime) -> datetime:
    """A morning before the last day for a month; where that has not come yet, the present moment."""
    morning = datetime.combine(limits_of(month).internal.day, time(10), SHANGHAI)
    return min(morning, now)


def _close(month: str, now: datetime) -> None:
    """A province has closed the last month and corrected it once; the other one and the cities have not."""
    actor = staff(Role.PROVINCIAL, PROVINCE)
    frozen = services.close_month(month, actor=actor, now=now)
    listed = {row[form.COLUMNS.index(form.NAME)] for row in frozen.rows}
    case = db.session.scalars(
        select(LedgerCase)
        .where(regions.within(LedgerCase.region_code, PROVINCE), LedgerCase.remark == "")
        .order_by(LedgerCase.id)
    ).first()
    if case is None or case.name not in listed:
        return
    case.remark = "已提交异议申请"
    db.session.commit()
    services.correct_month(frozen, number=0, reason="漏填一户的备注", actor=actor, now=now)


def _report(now: datetime) -> None:
    """A province has sent a batch to the national platform, which took most of it and gave one line back."""
    actor = staff(Role.PROVINCIAL, PROVINCE)
    since = local_date(now) - timedelta(days=120)
    sent = make_batch(region=PROVINCE, since=since, actor=actor, now=now)
    if sent is None:
        return
    answers = [f"{sent.number},{line},接收," for line in range(2, len(sent.rows))]
    lines = ["批次号,行号,结果,错误说明", f"{sent.number},1,退回,治理对象所在地区与平台登记的不符", *answers]
    receipts.take_upload(io.BytesIO("\n".join(lines).encode()), actor=actor, now=now)
