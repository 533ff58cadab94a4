"""Making and changing accounts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from flask_security import hash_password, verify_password
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from credit_register.access.actor import Actor
from credit_register.access.roles import Role
from credit_register.accounts.models import Account
from credit_register.accounts.passwords import one_time_password, password_problems
from credit_register.audit import services as audit
from credit_register.core import regions, uscc
from credit_register.core.database import begin_writing, db
from credit_register.core.plain_text import one_line

TAKEN = "该邮箱已有账号，请换一个邮箱或直接登录"
CANNOT_OPEN = (
    "该邮箱不能用来开立账号：它已有账号。是本人的请直接登录；不是本人开立的，请换一个邮箱或联系主办单位"
)
SAME_CLICK = timedelta(minutes=10)  # the same form sent twice within it is one opening


class AccountRefused(Exception):
    """The account cannot be made or changed so; `field` names the input, the text says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class NewAccount:
    """A made account, with the secret for its authenticator where the role needs one."""

    account: Account
    totp_secret: str | None


def create_account(
    *,
    email: str,
    name: str,
    role: Role,
    password: str,
    region: str | None,
    uscc_code: str | None,
    actor: Actor,
    now: datetime,
    sample: bool = False,
    must_change_password: bool = False,
    with_second_factor: bool = True,
    confirmed: bool = True,
) -> NewAccount:
    """Make an account; staff need a region, people of an institution its code. Commits."""
    region, code = _belongs_to(role, region, uscc_code, actor)
    account = _new_account(email, name, role, password, now)
    account.region_code, account.uscc = region, code
    account.confirmed, account.sample, account.must_change_password = confirmed, sample, must_change_password
    secret = None
    if account.needs_second_factor and with_second_factor:
        secret = _new_second_factor(account)
    if not _add(account):
        raise AccountRefused("email", TAKEN)
    audit.record(
        "account.create",
        actor=actor,
        at=now,
        subject_kind="account",
        subject_id=account.id,
        region=region,
        detail={"role": role.value},
    )
    db.session.commit()
    return NewAccount(account, secret)


def open_account(
    *, email: str, name: str, role: Role, uscc_code: str, password: str, now: datetime
) -> Account:
    """A person opens an account for an institution that nobody has confirmed yet. Commits.

    The audit names the new account itself as the one who did it: no office had a part in it.
    """
    if role.is_staff:
        raise AccountRefused("role", "工作人员的账号由系统管理员建立")
    account = _new_account(email, name, role, password, now)
    account.uscc, account.confirmed = _institution_code(uscc_code), False
    if not _add(account):
        first = _opened_just_now(account, password)
        if first is None:
            raise AccountRefused("email", CANNOT_OPEN)
        return first
    audit.record(
        "account.open_own",
        actor=account.actor,
        at=now,
        subject_kind="account",
        subject_id=account.id,
        detail={"role": role.value, "uscc": account.uscc},
    )
    db.session.commit()
    return account


def _opened_just_now(again: Account, password: str) -> Account | None:
    """The account that a double click has opened a moment before, so that the second click is no error."""
    first = db.session.scalar(select(Account).where(Account.email == again.email))
    if (
        first is None
        or first.confirmed
        or not first.active
        or first.needs_second_factor
        or first.tf_primary_method
        or (first.name, first.role, first.uscc) != (again.name, again.role, again.uscc)
        or again.created_at - first.created_at > SAME_CLICK
    ):
        return None
    return first if verify_password(_normal_password(password), first.password) else None


def _new_account(email: str, name: str, role: Role, password: str, now: datetime) -> Account:
    """The row that every account begins as, not yet in the session."""
    address = _normal_address(email)
    found = password_problems(password, address)
    if found:
        raise AccountRefused("password", "；".join(found))
    return Account(
        email=address,
        name=one_line(name) or role.label,
        password=hash_password(_normal_password(password)),
        password_set_at=now,
        must_change_password=False,
        active=True,
        fs_uniquifier=secrets.token_hex(32),
        role=role.value,
        confirmed=True,
        sample=False,
        created_at=now,
    )


def _add(account: Account) -> bool:
    """Put the row into the database; False when its e-mail address has an account already."""
    begin_writing()
    if db.session.scalar(select(Account.id).where(Account.email == account.email)):
        return False
    db.session.add(account)
    try:
        db.session.flush()
    except IntegrityError:  # somebody made the same account at this very moment
        db.session.rollback()
        return False
    return True


def _normal_address(email: str) -> str:
    """The form in which sign-in looks an address up; two spellings of one address are one account."""
    try:
        address: str = current_app.extensions["security"].mail_util.normalize(email.strip())
    except ValueError:
        raise AccountRefused("email", "邮箱格式不正确，例如 name@example.cn") from None
    return address.lower()


def _normal_password(password: str) -> str:
    """The form in which sign-in compares a password: the same characters, however a keyboard composes them."""
    normal: str = current_app.extensions["security"].password_util.normalize(password)
    return normal


# These serve the whole nation unless told otherwise.
_OF_THE_NATION = (Role.NATIONAL, Role.AUDITOR, Role.SYSADMIN)


def _belongs_to(
    role: Role, region: str | None, uscc_code: str | None, actor: Actor
) -> tuple[str | None, str | None]:
    """Check where the account belongs; gives the region of staff or the code of institution people."""
    if not role.is_staff:
        institution = _institution_code(uscc_code)
        if not actor.sees_region(regions.NATION):
            raise AccountRefused("role", "机构账号由全国系统管理员建立")
        return None, institution
    code = region or (regions.NATION if role in _OF_THE_NATION else "")
    if regions.find(code) is None:
        raise AccountRefused(
            "region", "请填写该角色所属的六位行政区划代码（命令用 --region），例如 510100；全国为 000000"
        )
    if role is Role.NATIONAL and code != regions.NATION:
        raise AccountRefused("region", "国家级主管人员的区划代码须为 000000")
    if not actor.sees_region(code):
        raise AccountRefused("region", "只能为本辖区及下级区划建立账号")
    return code, None


def _institution_code(typed: str | None) -> str:
    checked = uscc.check(typed or "")
    if not checked.ok:
        raise AccountRefused("uscc", checked.message)
    return checked.code


def _new_second_factor(account: Account) -> str:
    """Set up the authenticator; gives the base32 secret to type into an authenticator app."""
    totp = current_app.extensions["security"].totp_factory
    encrypted = totp.generate_totp_secret()
    account.tf_primary_method = "authenticator"
    account.tf_totp_secret = encrypted
    secret: str = totp.get_totp_b32_key(encrypted)
    return secret


def set_active(account: Account, active: bool, *, actor: Actor, now: datetime) -> None:
    """Close or reopen an account; closing ends its sessions at once. Commits."""
    if account.id == actor.account_id:
        raise AccountRefused("active", "不能停用自己的账号，请由另一名系统管理员操作")
    account.active = active
    account.fs_uniquifier = secrets.token_hex(32)
    _record(account, "account.open" if active else "account.close", actor, now)
    db.session.commit()


def reset_password(account: Account, *, actor: Actor, now: datetime) -> str:
    """Give a one-time password, shown once to the administrator; the person must change it. Commits."""
    password = one_time_password()
    account.password = hash_password(password)
    account.password_set_at = now
    account.must_change_password = True
    account.fs_uniquifier = secrets.token_hex(32)
    _record(account, "account.reset_password", actor, now)
    db.session.commit()
    return password


def reset_second_factor(account: Account, *, actor: Actor, now: datetime) -> None:
    """Forget a lost authenticator: the next sign-in sets up a new one. Commits."""
    account.tf_primary_method = None
    account.tf_totp_secret = None
    account.tf_last_counter = None
    account.mf_recovery_codes = None
    account.fs_uniquifier = secrets.token_hex(32)
    _record(account, "account.reset_second_factor", actor, now)
    db.session.commit()


def confirm_account(account: Account, *, actor: Actor, now: datetime) -> None:
    """An office has seen proof that the person acts for the institution of the account; the caller commits."""
    if account.confirmed:
        return
    account.confirmed = True
    _record(account, "account.confirm", actor, now)


def note_password_change(account: Account, *, now: datetime) -> None:
    """The person chose a password of their own. Commits."""
    account.password_set_at = now
    account.must_change_password = False
    _record(account, "account.change_password", account.actor, now)
    db.session.commit()


def _record(account: Account, action: str, actor: Actor, now: datetime) -> None:
    audit.record(
        action, actor=actor, at=now, subject_kind="account", subject_id=account.id, region=account.region_code
    )
