"""Files of credit records as tests make them, and the way in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from credit_register.access.actor import OPERATOR, Actor
from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.core.files import StoredFile
from credit_register.credit_records.imports.applying import confirm_batch
from credit_register.credit_records.imports.receiving import receive_file
from credit_register.credit_records.imports.results import Receipt
from credit_register.credit_records.models import BatchKind, CreditRecord, RecordBatch, RecordRow
from credit_register.institutions.imports.results import Level, Note
from credit_register.institutions.imports.spool import Spool
from tests.core.codes import uscc
from tests.institutions.importing import Row, csv_file

AUTHORITY = uscc(division="510000", serial=777, kind="11")
IDENTITY = "11010519491231002X"  # the example of GB 11643, well-formed and nobody's


def penalty(code: str, number: int = 1, **cells: object) -> dict[str, object]:
    """A good row in the national fields; a cell named here takes the place of the usual one."""
    return {
        "CF_XDR_MC": "成都示例第一信用管理有限公司",
        "CF_XDR_LB": "法人及非法人组织",
        "CF_XDR_SHXYM": code,
        "CF_WSH": f"示例罚〔2026〕{number}号",
        "CF_WFXW": "虚假宣传",
        "CF_SY": "在宣传中夸大服务效果。",
        "CF_YJ": "《示例条例》第八条",
        "CF_CFLB": "罚款",
        "CF_NR": "罚款 1.5 万元",
        "CF_NR_FK": "1.5",
        "CF_JDRQ": "2026-02-02",
        "CF_GSJZQ": "2027-02-02",
        "CF_CFJG": "示例市监局",
        "CF_CFJGDM": AUTHORITY,
        "CF_SJLY": "示例信用中心",
        **cells,
    }


def listed(code: str, number: int = 1, **cells: object) -> dict[str, object]:
    """A good row of the list of seriously dishonest entities."""
    return {
        "名单名称": "严重失信主体名单（示例）",
        "主体名称": "成都示例第一信用管理有限公司",
        "统一社会信用代码": code,
        "认定机关": "示例法院",
        "列入日期": "2026年1月15日",
        "列入文号": f"示例执〔2026〕{number}号",
        "移出日期": "",
        **cells,
    }


def fact(code: str, kind: str, **cells: object) -> dict[str, object]:
    """A good row of facts."""
    return {
        "事实类型": kind,
        "主体名称": "成都示例第一信用管理有限公司",
        "统一社会信用代码": code,
        "认定/登记机关": "示例登记局",
        "日期": "2026/1/5",
        "文号": "示例登〔2026〕7号",
        "移出/终结日期": "",
        **cells,
    }


def repaired(code: str, number: int = 1, **cells: object) -> dict[str, object]:
    """A good row of repairs, of the penalty with the same number."""
    return {
        "决定书文号": f"示例罚〔2026〕{number}号",
        "处罚机关代码": AUTHORITY,
        "统一社会信用代码": code,
        "修复日期": "2026-03-01",
        "修复文号": "示例修〔2026〕3号",
        "决定单位": "示例市监局",
        **cells,
    }


def bring(
    folder: Path,
    kind: BatchKind,
    rows: Sequence[Row],
    *,
    now: datetime,
    actor: Actor = OPERATOR,
    full_list: bool = False,
    encoding: str = "utf-8",
) -> tuple[Receipt, list[Note]]:
    """Receive rows as a csv file; gives the receipt and every remark."""
    return take(csv_file(folder, rows, encoding=encoding), kind, now=now, actor=actor, full_list=full_list)


def take(
    path: Path, kind: BatchKind, *, now: datetime, actor: Actor = OPERATOR, full_list: bool = False
) -> tuple[Receipt, list[Note]]:
    """Receive a file."""
    with Spool() as spool:
        receipt = receive_file(
            path, kind, spool, file_name=path.name, full_list=full_list, actor=actor, now=now
        )
        return receipt, list(spool.notes(tuple(Level)))


def confirm(receipt: Receipt, by: Account, now: datetime, *, with_removals: bool = False) -> dict[str, int]:
    """Confirm the batch of a receipt."""
    assert receipt.batch is not None
    batch = db.session.get_one(RecordBatch, receipt.batch.id)
    return confirm_batch(batch, with_removals=with_removals, version=batch.version, actor=by.actor, now=now)


def bring_in(
    folder: Path, kind: BatchKind, rows: Sequence[Row], by: Account, now: datetime, **options: Any
) -> dict[str, int]:
    """Receive rows as the operator and confirm them."""
    receipt, _ = bring(folder, kind, rows, now=now, **options)
    return confirm(receipt, by, now)


def records() -> list[CreditRecord]:
    db.session.expire_all()
    return list(db.session.scalars(select(CreditRecord).order_by(CreditRecord.id)))


def only_record() -> CreditRecord:
    [record] = records()
    return record


def traces() -> dict[str, int]:
    """How many rows a file leaves behind."""
    return {
        model.__name__: db.session.scalar(select(func.count()).select_from(model)) or 0
        for model in (RecordBatch, RecordRow, CreditRecord, StoredFile)
    }
