"""The second factor: codes of an authenticator that work once, and recovery codes of which only a hash is kept."""

from __future__ import annotations

import hashlib
import hmac

from flask import current_app
from flask_security import MfRecoveryCodesUtil, Totp, UserMixin
from passlib.exc import UsedTokenError
from passlib.totp import TotpMatch
from sqlalchemy import or_, update

from credit_register.accounts.models import Account
from credit_register.audit import services as audit
from credit_register.core.clock import now
from credit_register.core.database import db


class OneTimeTotp(Totp):
    """Authenticator codes that work once: a code seen over a shoulder is already spent."""

    def get_last_counter(self, user: UserMixin) -> int | None:
        """The number of the last code that was used."""
        return _account(user).tf_last_counter

    def set_last_counter(self, user: UserMixin, tmatch: TotpMatch) -> None:
        """Spend the code in the database itself, so that of two requests with one code the second fails."""
        spent = db.session.execute(
            update(Account)
            .where(
                Account.id == _account(user).id,
                or_(Account.tf_last_counter.is_(None), Account.tf_last_counter < tmatch.counter),
            )
            .values(tf_last_counter=tmatch.counter)
        )
        if spent.rowcount != 1:  # type: ignore[attr-defined]
            raise UsedTokenError


class HashedRecoveryCodes(MfRecoveryCodesUtil):
    """Recovery codes are shown once, when they are made; the database knows only their keyed hashes."""

    def create_recovery_codes(self, user: UserMixin) -> list[str]:
        """Make new codes in place of all before; the caller commits."""
        account = _account(user)
        codes: list[str] = super().create_recovery_codes(account)
        _record("account.new_recovery_codes", account)
        return codes

    def get_recovery_codes(self, user: UserMixin) -> list[str]:
        """The codes as they can be shown again: none of them."""
        return []

    def check_recovery_code(self, user: UserMixin, code: str) -> bool:
        """Whether the code is one of those left; holds the row, so that it cannot be used twice at once."""
        account = _account(user)
        db.session.refresh(account, with_for_update=True)
        return _hash(code) in (account.mf_recovery_codes or [])

    def delete_recovery_code(self, user: UserMixin, code: str) -> bool:
        """Spend a code that was checked."""
        account = _account(user)
        account.mf_recovery_codes = [left for left in account.mf_recovery_codes or [] if left != _hash(code)]
        _record("account.use_recovery_code", account)
        return True

    def _encrypt_codes(self, codes: list[str]) -> list[str]:
        return [_hash(code) for code in codes]


def codes_left(account: Account) -> int:
    """How many recovery codes the person has not used yet."""
    return len(account.mf_recovery_codes or [])


def _hash(code: str) -> str:
    # 48 random bits: with a key that is not in the database, a plain hash is enough.
    key = f"recovery-codes:{current_app.secret_key!s}".encode()
    return hmac.digest(key, "".join(code.split()).replace("-", "").lower().encode(), hashlib.sha256).hex()


def _account(user: UserMixin) -> Account:
    """The row itself, which Flask-Login may hand out behind a proxy."""
    found = getattr(user, "_get_current_object", lambda: user)()
    assert isinstance(found, Account)
    return found


def _record(action: str, account: Account) -> None:
    audit.record(
        action,
        actor=account.actor,
        at=now(),
        subject_kind="account",
        subject_id=account.id,
        region=account.region_code,
    )
