"""Sample credit records: two national files and two local ones that were confirmed, and a local one that waits."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from credit_register.access.actor import OPERATOR, Actor
from credit_register.access.roles import Role
from credit_register.core.clock import SHANGHAI, local_date
from credit_register.core.database import db
from credit_register.credit_records.imports.applying import confirm_batch
from credit_register.credit_records.imports.receiving import receive_file
from credit_register.credit_records.models import BatchKind, RecordBatch
from credit_register.institutions.imports.spool import Spool
from credit_register.institutions.models import Institution
from credit_register.web.sample.story import institutions_of, staff

FOLDER = Path(__file__).parent
OFFICE, PROVINCE = "510100", "510000"
AUTHORITY = "成都市示例市场监督管理局"
UNREGISTERED = "91510100MA9999013H"  # well-formed, and of no sample institution
TITLES = (
    "行政相对人名称",
    "行政相对人类别",
    "统一社会信用代码",
    "行政处罚决定书文号",
    "违法行为类型",
    "违法事实",
    "处罚依据",
    "处罚类别",
    "处罚内容",
    "罚款金额（万元）",
    "处罚决定日期",
    "公示截止期",
    "处罚机关",
    "数据来源单位",
)
REPAIR_TITLES = ("决定书文号", "统一社会信用代码", "修复日期", "修复文号", "决定单位")


def load_records(now: datetime) -> None:
    """Receive and confirm the shipped files, then let Chengdu's office bring two of its own, the second undecided."""
    national = staff(Role.NATIONAL, "000000")
    for name, kind in (
        ("penalties.xlsx", BatchKind.PENALTIES),
        ("severe_list_gb18030.csv", BatchKind.SEVERE_LIST),
    ):
        batch = _receive(FOLDER / name, kind, OPERATOR, _at(now, 30, 9), full_list=True)
        _confirm(batch, national, _at(now, 29, 15))
    local, province = staff(Role.LOCAL, OFFICE), staff(Role.PROVINCIAL, PROVINCE)
    punished = institutions_of("5101", 3)
    with TemporaryDirectory() as folder:
        first = _write(Path(folder) / "示例行政处罚-首批.csv", _first_rows(punished, now))
        _confirm(
            _receive(first, BatchKind.PENALTIES, local, _at(now, 25, 10)),
            province,
            _at(now, 24, 14),
        )
        second = _write(Path(folder) / "示例行政处罚-全量.csv", _later_rows(punished, now))
        _receive(second, BatchKind.PENALTIES, local, _at(now, 2, 10), full_list=True)
        repairs = _write(Path(folder) / "示例信用修复结果.csv", _repair_rows(punished, now), REPAIR_TITLES)
        _confirm(_receive(repairs, BatchKind.REPAIRS, local, _at(now, 2, 11)), province, _at(now, 1, 15))


def _at(now: datetime, days_ago: int, hour: int) -> datetime:
    return datetime.combine(local_date(now - timedelta(days=days_ago)), time(hour, 20), SHANGHAI)


def _rows(institutions: Sequence[Institution], now: datetime) -> list[list[str]]:
    decided = local_date(now) - timedelta(days=120)
    kinds = (("罚款", "8.5"), ("责令停产停业", ""), ("罚款、没收违法所得", "3.2"), ("警告", ""))
    return [
        [
            institution.name,
            "法人及非法人组织",
            institution.uscc,
            f"示例成市监罚〔{decided.year}〕{place + 1}号",
            ("虚假宣传", "超范围经营", "未按规定明码标价", "未按期公示信息")[place % 4],
            "经查，当事人在提供信用服务过程中存在违法行为。",
            "《中华人民共和国反不正当竞争法》第八条",
            kinds[place % 4][0],
            kinds[place % 4][0],
            kinds[place % 4][1],
            (decided + timedelta(days=place * 9)).isoformat(),
            (decided + timedelta(days=365)).isoformat(),
            AUTHORITY,
            "成都市示例信用中心",
        ]
        for place, institution in enumerate(institutions)
    ]


def _first_rows(institutions: Sequence[Institution], now: datetime) -> list[list[str]]:
    """Two institutions, the first of them twice; the later file lacks its second penalty."""
    rows = _rows(institutions, now)
    twice = list(rows[0])
    twice[3], twice[4] = f"{twice[3].removesuffix('号')}之二号", "未按规定明码标价"
    return [*rows[:2], twice]


def _later_rows(institutions: Sequence[Institution], now: datetime) -> list[list[str]]:
    """One row as before, one altered, one new, one of nobody in the register, one that is no institution's."""
    rows = _rows(institutions, now)
    same, altered, fresh = rows[0], list(rows[1]), rows[-1]
    altered[8] = "责令停产停业三个月"
    unknown = list(rows[0])
    unknown[0], unknown[2] = "成都示例未登记信用服务有限公司", UNREGISTERED
    unknown[3] = f"示例成市监罚〔{local_date(now).year}〕88号"
    person = ["（自然人）", "自然人", "", "示例成市监罚〔2026〕89号", *rows[0][4:]]
    return [same, altered, fresh, unknown, person]


def _repair_rows(institutions: Sequence[Institution], now: datetime) -> list[list[str]]:
    """Two that wait: one came before its penalty, which stands in the undecided file, one is older than its penalty."""
    rows, day = _rows(institutions, now), local_date(now)
    number = f"示例成市监罚〔{day.year}〕88号"
    return [
        [number, UNREGISTERED, (day - timedelta(days=6)).isoformat(), "示例修〔2026〕1号", AUTHORITY],
        [rows[0][3], rows[0][2], (day - timedelta(days=140)).isoformat(), "示例修〔2026〕2号", AUTHORITY],
    ]


def _write(path: Path, rows: Sequence[Sequence[str]], titles: Sequence[str] = TITLES) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(titles)
        writer.writerows(rows)
    return path


def _receive(
    path: Path, kind: BatchKind, actor: Actor, moment: datetime, *, full_list: bool = False
) -> RecordBatch:
    with Spool() as spool:
        receipt = receive_file(
            path, kind, spool, file_name=path.name, full_list=full_list, actor=actor, now=moment
        )
    assert receipt.batch is not None
    return receipt.batch


def _confirm(batch: RecordBatch, actor: Actor, moment: datetime) -> None:
    batch = db.session.get_one(RecordBatch, batch.id)
    confirm_batch(batch, with_removals=False, version=batch.version, actor=actor, now=moment)
