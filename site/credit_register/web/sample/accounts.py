"""Sample accounts in every role; their passwords are made at set-up and stand in one file of mode 0600."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from credit_register.access.actor import OPERATOR
from credit_register.access.roles import Role
from credit_register.accounts.services import create_account
from credit_register.core import regions

STAFF = (
    (Role.NATIONAL, "000000"),
    (Role.PROVINCIAL, "510000"),
    (Role.LOCAL, "510100"),
    (Role.INSPECTOR, "510000"),
    (Role.REVIEWER, "510000"),
    (Role.PROVINCIAL, "330000"),
    (Role.LOCAL, "330100"),
    (Role.INSPECTOR, "330000"),
    (Role.REVIEWER, "330000"),
    (Role.AUDITOR, "000000"),
    (Role.SYSADMIN, "000000"),
)


def make_accounts(path: Path, institution_codes: Sequence[str], *, now: datetime) -> None:
    """Make staff of two provinces and the nation, and both people of each institution; write the file."""
    wanted: list[tuple[Role, str | None, str | None]] = [(role, region, None) for role, region in STAFF]
    for code in institution_codes:
        wanted += [(Role.AGENT, None, code), (Role.LEGAL_REP, None, code)]
    written = []
    for role, region, uscc in wanted:
        email = f"{role.value.replace('_', '-')}.{region or uscc}@example.cn".lower()
        password = f"{secrets.token_urlsafe(12)}-Aa1"
        create_account(
            email=email,
            name=f"{regions.short_name(region)}·{role.label}（示例）" if region else f"{role.label}（示例）",
            role=role,
            password=password,
            region=region,
            uscc_code=uscc,
            actor=OPERATOR,
            now=now,
            sample=True,
        )
        written.append(
            {"email": email, "password": password, "role": role.value, "region": region, "uscc": uscc}
        )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(written, stream, ensure_ascii=False, indent=1)
