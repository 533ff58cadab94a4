"""Files to import, as tests make them, and the ways in."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from credit_register.access.actor import OPERATOR, Actor
from credit_register.access.roles import Role
from credit_register.accounts.services import create_account
from credit_register.audit.models import AuditEvent
from credit_register.core.clock import SHANGHAI, now
from credit_register.core.database import db
from credit_register.core.outbox import SearchOutbox
from credit_register.institutions.imports.results import Counts, Level, Note
from credit_register.institutions.imports.services import import_file
from credit_register.institutions.imports.spool import Spool
from credit_register.institutions.models import Institution, InstitutionVersion
from credit_register.transparency.models import PublicEvent
from tests.core.codes import uscc

SAMPLES = Path(__file__).parents[1] / "data" / "samples"
SHIPPED = Path(__file__).parents[2] / "site" / "credit_register" / "web" / "sample"
EXPECTED: dict[str, Any] = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))
NOW = datetime(2026, 3, 12, 10, 30, tzinfo=SHANGHAI)

Row = Mapping[str, object]


def roster_row(serial: int = 1, **cells: object) -> dict[str, object]:
    """A good row of a roster; a cell named here takes the place of the usual one."""
    return {
        "机构名称": f"成都示例第{serial}信用管理有限公司",
        "统一社会信用代码": uscc(serial=serial),
        "区划代码": "510104",
        "服务类别": "信用管理咨询",
        **cells,
    }


def product_row(serial: int = 1, **cells: object) -> dict[str, object]:
    """A good row of a product list."""
    return {
        "统一社会信用代码": uscc(serial=serial),
        "产品名称": "信用管理体系咨询",
        "服务类别": "信用管理咨询",
        "收费方式": "按年",
        "收费标准": "98000",
        "计费单位": "元/年",
        "收费说明": "含税",
        **cells,
    }


def csv_file(folder: Path, rows: Sequence[Row], name: str = "file.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    with path.open("w", newline="", encoding=encoding) as stream:
        writer = csv.DictWriter(stream, list(dict.fromkeys(key for row in rows for key in row)))
        writer.writeheader()
        writer.writerows(rows)
    return path


def xlsx_file(folder: Path, lines: Sequence[Sequence[object]], name: str = "file.xlsx") -> Path:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for line in lines:
        sheet.append(list(line))
    path = folder / name
    workbook.save(path)
    return path


def take(
    path: Path, kind: str = "institutions", actor: Actor = OPERATOR, now: datetime = NOW
) -> tuple[Counts, list[Note]]:
    """Import a file; gives the counts and every remark."""
    with Spool() as spool:
        counts = import_file(path, kind, spool, actor=actor, now=now)
        return counts, list(spool.notes(tuple(Level)))


def institution(serial: int = 1) -> Institution:
    db.session.expire_all()
    return db.session.scalars(select(Institution).where(Institution.uscc == uscc(serial=serial))).one()


def traces() -> dict[str, int]:
    """How many rows an import leaves behind, the audit apart."""
    models = (Institution, InstitutionVersion, PublicEvent, SearchOutbox)
    return {
        model.__name__: db.session.scalar(select(func.count()).select_from(model)) or 0 for model in models
    }


def audits(action: str) -> list[AuditEvent]:
    return list(db.session.scalars(select(AuditEvent).where(AuditEvent.action == action)))


def command(app: Flask, *words: object) -> tuple[int, str, str]:
    """Run a command of the site; gives exit status, output and complaints."""
    done = app.test_cli_runner().invoke(args=[str(word) for word in words])
    return done.exit_code, done.stdout, done.stderr


def json_of(output: str) -> dict[str, Any]:
    """The object that ends the output."""
    found: dict[str, Any] = json.loads(output.strip().splitlines()[-1])
    return found


PASSWORD = "Import-of-2026!"


def signed_in(app: Flask, region: str, role: Role = Role.LOCAL, name: str = "导入人员") -> FlaskClient:
    """A browser in which an officer of the region is signed in."""
    email = f"{role.value}.{region}@example.cn"
    create_account(
        email=email,
        name=name,
        role=role,
        password=PASSWORD,
        region=region,
        uscc_code=None,
        actor=OPERATOR,
        now=now(),
        sample=True,
    )
    client = app.test_client()
    answer = client.post(
        "/account/login",
        data={"email": email, "password": PASSWORD, "csrf_token": token(client, "/account/login")},
    )
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return client


def token(client: FlaskClient, address: str = "/account") -> str:
    """The token that forms of this browser carry."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(address).get_data(as_text=True))
    assert found
    return found[1]


def upload(client: FlaskClient, path: Path, kind: str = "institutions") -> TestResponse:
    """Hand a file in on the import page."""
    with path.open("rb") as stream:
        return client.post(
            "/staff/imports/new",
            data={"kind": kind, "file": (stream, path.name), "csrf_token": token(client)},
            content_type="multipart/form-data",
        )


def press(client: FlaskClient, address: str) -> TestResponse:
    """Press a button of a page; gives the page that follows."""
    return client.post(address, data={"csrf_token": token(client)}, follow_redirects=True)
