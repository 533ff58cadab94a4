"""The forms of sign-in: Flask-Security's own, with every guess counted and every failure recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app
from flask_security import (
    ChangePasswordForm,
    LoginForm,
    MfRecoveryForm,
    TwoFactorRescueForm,
    TwoFactorSetupForm,
    TwoFactorVerifyCodeForm,
    UserMixin,
    VerifyForm,
    current_user,
)
from flask_security.utils import validate_redirect_url
from wtforms import Field, RadioField

from credit_register.accounts import lockout
from credit_register.accounts.lockout import Proof
from credit_register.accounts.models import Account
from credit_register.accounts.passwords import MAX_LENGTH
from credit_register.audit import services as audit
from credit_register.core.choices import SelectChoice
from credit_register.core.clock import now
from credit_register.core.database import begin_writing, db

LONGEST_ADDRESS = 254  # characters, RFC 5321


class RegisterLoginForm(LoginForm):
    """Sign-in that counts the guesses of one client against one account."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _keep_inside(self.next)

    def validate_next(self, field: Field) -> None:
        """Another site's address is dropped in silence: the person signs in and stays here."""
        _keep_inside(field)

    def validate(self, **kwargs: object) -> bool:
        """Judge the password, unless this client has guessed too often."""
        self.email.data = (self.email.data or "").strip()  # copied addresses bring blanks along
        if len(self.email.data) > LONGEST_ADDRESS or len(self.password.data or "") > MAX_LENGTH:
            self.email.data = self.email.data[:LONGEST_ADDRESS]
            self.form_errors.append("邮箱或密码过长，请核对后重新填写")
            return False
        address = _normal_address(self.email.data)
        if not address or not self.password.data:
            return bool(super().validate(**kwargs))
        if not lockout.attempt(Proof.PASSWORD, address):
            self.form_errors.append(lockout.SENTENCE)
            return False
        if super().validate(**kwargs):
            lockout.forgive(Proof.PASSWORD, address)
            return True
        note_failure(self.user)
        return False


class CountedCodeForm(TwoFactorVerifyCodeForm):
    """The six digits of the authenticator: a million possibilities are few, so guesses are counted."""

    def validate(self, **kwargs: object) -> bool:
        """Judge the code, unless this client has guessed too often."""
        return _counted(self, self.user, super().validate, kwargs)


class CountedRecoveryForm(MfRecoveryForm):
    """A recovery code instead of the authenticator."""

    def validate(self, **kwargs: object) -> bool:
        """Judge the code, unless this client has guessed too often."""
        return _counted(self, self.user, super().validate, kwargs)


class CountedVerifyForm(VerifyForm):
    """The password once more: whoever finds an open screen must not guess it at leisure."""

    def validate(self, **kwargs: object) -> bool:
        """Judge the password, unless this client has guessed too often."""
        return _counted(self, self.user, super().validate, kwargs, Proof.PASSWORD)


class CountedPasswordForm(ChangePasswordForm):
    """A new password; the old one is a guess like any other."""

    def validate(self, **kwargs: object) -> bool:
        """Judge old and new password, unless this client has guessed too often."""
        account = current_user._get_current_object()
        if not lockout.attempt(Proof.PASSWORD, account.email):
            self.form_errors.append(lockout.SENTENCE)
            return False
        valid = bool(super().validate(**kwargs))
        # A new password that is too weak is no guess at the old one.
        if valid or not self.password.errors:
            lockout.forgive(Proof.PASSWORD, account.email)
        else:
            note_failure(account)
        return valid


class SetupForm(TwoFactorSetupForm):
    """Setting up the authenticator, or switching it off; the page draws the choice as buttons."""

    setup = RadioField(
        choices=[SelectChoice("authenticator"), SelectChoice("disable")], validate_choice=False
    )


class RescueForm(TwoFactorRescueForm):
    """The library builds this form beside the code; the page leads to the recovery codes instead."""

    help_setup = RadioField(choices=[])


def note_failure(user: UserMixin | None) -> None:
    """Count a wrong guess and record it for the account it was aimed at. Commits."""
    lockout.count_failure()
    if not isinstance(user, Account):
        return
    account = user
    begin_writing()
    audit.record(
        "account.sign_in_failed",
        actor=account.actor,
        at=now(),
        subject_kind="account",
        subject_id=account.id,
        region=account.region_code,
    )
    db.session.commit()


def _counted(
    form: Any,
    user: UserMixin | None,
    judge: Callable[..., bool],
    arguments: dict[str, object],
    proof: Proof = Proof.CODE,
) -> bool:
    account = getattr(user, "_get_current_object", lambda: user)()
    assert isinstance(account, Account)
    if not lockout.attempt(proof, account.email):
        form.form_errors.append(lockout.SENTENCE)
        return False
    if judge(**arguments):
        lockout.forgive(proof, account.email)
        return True
    note_failure(account)
    return False


def _keep_inside(field: Field) -> None:
    # Browsers read a backslash as a slash; the library lets one through and only quotes it later.
    if field.data and ("\\" in field.data or not validate_redirect_url(field.data)):
        field.data = ""


def _normal_address(typed: str) -> str:
    """The address under which the account is looked up: all spellings of one address share one count."""
    try:
        normal: str = current_app.extensions["security"].mail_util.normalize(typed)
    except ValueError:
        return ""
    return normal.lower()
