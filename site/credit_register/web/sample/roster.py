"""The sample's institutions: imported as an office would have done it over the last year, with more to show."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from credit_register.access.actor import OPERATOR
from credit_register.core.clock import local_date
from credit_register.core.database import db
from credit_register.institutions.imports.services import import_file
from credit_register.institutions.imports.spool import Spool
from credit_register.institutions.lifecycle import REGISTRATION
from credit_register.institutions.models import Institution
from credit_register.institutions.publishing import publish

FOLDER = Path(__file__).parent
FIRST = 400  # days ago the register was filled; the story of the sample begins later
LATER = (45, 33, 24, 15, 8, 2)  # days ago a few more came in
EACH = 10
LATER_REGIONS = ("32", "34", "37", "41", "42", "43", "61")  # where no story is told
CODE, REGION = "统一社会信用代码", "区划代码"

VOLUNTARY = """本机构自愿公示以下信息（示例文本）：

- 异议处理：收到异议后 **3 个工作日**内答复
- 数据安全：已建立信息安全管理制度
- 行业自律：已签署行业自律公约
"""
LEAVING = (
    (50, 10, "suspend", "示例：机构申请暂停业务"),
    (100, 25, "deregister", "示例：机构已办理注销"),
    (250, 40, "withdraw", "示例：机构申请撤回登记"),
)

Row = dict[str, str]


def load_roster(now: datetime) -> None:
    """Import the files in the order of time, then let some institutions leave."""
    institutions, products = _rows("institutions"), _rows("products")
    later = [row for row in institutions if row[REGION].startswith(LATER_REGIONS)][: EACH * len(LATER)]
    codes = {row[CODE] for row in later}
    _import([row for row in institutions if row[CODE] not in codes], products, now - timedelta(days=FIRST))
    for place, days_ago in enumerate(LATER):
        _import(later[place * EACH : (place + 1) * EACH], products, now - timedelta(days=days_ago))
    _let_some_leave(now)


def _rows(kind: str) -> list[Row]:
    with (FOLDER / f"{kind}.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def _import(institutions: Sequence[Row], products: Sequence[Row], moment: datetime) -> None:
    codes = {row[CODE] for row in institutions}
    files = {"institutions": institutions, "products": [row for row in products if row[CODE] in codes]}
    with TemporaryDirectory() as folder:
        for kind, rows in files.items():
            path = Path(folder) / f"{kind}.csv"
            with path.open("w", encoding="utf-8-sig", newline="") as stream:
                writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)
            with Spool() as spool:
                import_file(path, kind, spool, actor=OPERATOR, now=moment)
    _enrich(codes, moment)


def _enrich(codes: set[str], moment: datetime) -> None:
    """Licences, verification, codes of conduct, voluntary text and former names, by position."""
    today = local_date(moment)
    changed = []
    for position, institution in enumerate(
        db.session.scalars(select(Institution).order_by(Institution.uscc))
    ):
        if institution.uscc not in codes:
            continue
        for category in institution.categories:
            if category.code in ("01", "03") and position % 4:
                category.licence_number = f"示例备〔2024〕{position + 1}号"
                category.licence_issuer = "示例备案机关"
                category.licence_expires_on = today + timedelta(days=FIRST + 30 * (position % 40) - 60)
                category.verified_on = today - timedelta(days=position % 200) if position % 3 else None
        if len(codes) > EACH:  # later than any founding date of the sample, and not all on one day
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
        changed.append(institution)
    publish(changed, actor=OPERATOR, reason="补充示例信息", now=moment)
    db.session.commit()


def _let_some_leave(now: datetime) -> None:
    leaving: dict[int, list[tuple[Institution, str, str]]] = {}
    for position, institution in enumerate(
        db.session.scalars(select(Institution).order_by(Institution.uscc))
    ):
        for every, place, move, reason in LEAVING:
            if position % every == place:
                leaving.setdefault(position % 9, []).append((institution, move, reason))
                break
    for days_ago in sorted(leaving, reverse=True):
        moment = now - timedelta(days=days_ago)
        for institution, move, reason in leaving[days_ago]:
            REGISTRATION.apply(institution, move, institution.version)
            institution.status_reason, institution.status_since = reason, local_date(moment)
        moved = [institution for institution, _, _ in leaving[days_ago]]
        publish(moved, actor=OPERATOR, reason="变更登记状态", now=moment)
        db.session.commit()
