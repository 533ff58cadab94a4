"""Sample accounts in every role; their passwords are made at set-up and stand in one file of mode 0600."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from flask_security import hash_password
from sqlalchemy import select

from credit_register.access.actor import OPERATOR, Actor
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.accounts.services import create_account
from credit_register.core import regions
from credit_register.core.database import db

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


@dataclass
class SampleAccounts:
    """Makes the accounts and remembers those whose passwords are told."""

    told: list[dict[str, str | None]] = field(default_factory=list)
    _unusable: str = ""

    def staff(self, *, now: datetime) -> None:
        """The offices of two provinces and of the nation."""
        for role, region in STAFF:
            self._told(role, region, None, now=now)

    def people(self, code: str, *, now: datetime) -> None:
        """The agent and the legal representative of an institution."""
        for role in (Role.AGENT, Role.LEGAL_REP):
            self._told(role, None, code, now=now)

    def applicant(self, code: str, *, now: datetime, confirmed: bool = False) -> Account:
        """Somebody who opened an account for an institution and applies for it."""
        return self._told(Role.AGENT, None, code, now=now, confirmed=confirmed)

    def person(self, code: str, role: Role, *, now: datetime) -> Actor:
        """Who acts for an institution; where nobody is told of, somebody who never signs in."""
        present = db.session.scalar(select(Account).where(Account.uscc == code, Account.role == role.value))
        if present is None:
            # One hash for all of them, because making one is slow on purpose; nobody knows its password.
            self._unusable = self._unusable or hash_password(secrets.token_urlsafe(32))
            present = Account(
                email=f"{role.value.replace('_', '-')}.{code}@example.cn".lower(),
                name=f"{role.label}（示例）",
                password=self._unusable,
                password_set_at=now,
                fs_uniquifier=secrets.token_hex(32),
                role=role.value,
                uscc=code,
                sample=True,
                created_at=now,
            )
            db.session.add(present)
            db.session.commit()
        return present.actor

    def write(self, path: Path) -> None:
        """Write what is told, for the eyes of the person who set the site up."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(self.told, stream, ensure_ascii=False, indent=1)

    def _told(
        self, role: Role, region: str | None, code: str | None, *, now: datetime, confirmed: bool = True
    ) -> Account:
        email = f"{role.value.replace('_', '-')}.{region or code}@example.cn".lower()
        password = f"{secrets.token_urlsafe(12)}-Aa1"
        made = create_account(
            email=email,
            name=f"{regions.short_name(region)}·{role.label}（示例）" if region else f"{role.label}（示例）",
            role=role,
            password=password,
            region=region,
            uscc_code=code,
            actor=OPERATOR,
            now=now,
            sample=True,
            confirmed=confirmed,
        )
        self.told.append(
            {"email": email, "password": password, "role": role.value, "region": region, "uscc": code}
        )
        return made.account
