"""Flask-Security set up for this register: what is switched on, what is stricter, what it may not do."""

from __future__ import annotations

import secrets
import time
from datetime import timedelta

from flask import Flask, abort, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import user_logged_out
from flask_security import Security, current_user, logout_user, password_changed, user_authenticated
from flask_security.signals import tf_code_confirmed, tf_disabled, tf_profile_changed
from sqlalchemy import update

from credit_register.access.actor import Actor
from credit_register.access.gate import PUBLIC, SIGNED_IN, declare_endpoint
from credit_register.accounts import services
from credit_register.accounts.messages import MESSAGES
from credit_register.accounts.models import Account, AccountDatastore
from credit_register.accounts.passwords import MIN_LENGTH, RegisterPasswordUtil
from credit_register.accounts.second_factor import HashedRecoveryCodes, OneTimeTotp
from credit_register.accounts.sign_in import (
    CountedCodeForm,
    CountedPasswordForm,
    CountedRecoveryForm,
    CountedVerifyForm,
    RegisterLoginForm,
    RescueForm,
    SetupForm,
)
from credit_register.audit import services as audit
from credit_register.core.clock import now
from credit_register.core.database import begin_writing, db, read_first
from credit_register.core.settings import Settings

IDLE = timedelta(minutes=30)  # GB/T 22239: an idle session ends; 15 to 30 minutes is usual
LONGEST = timedelta(hours=12)  # a stolen cookie that is kept warm ends with the working day
LARGEST_FORM = 64 * 1024  # bytes
PASSWORD_AGE = timedelta(days=90)  # GB/T 22239: passwords are changed regularly


def init_accounts(app: Flask, settings: Settings) -> None:
    """Switch on sign-in, second factor with recovery codes, and session expiry."""
    app.config.update(
        MESSAGES,
        PERMANENT_SESSION_LIFETIME=IDLE,
        SECURITY_PASSWORD_SALT=settings.password_salt,
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 -- the name of the algorithm
        SECURITY_PASSWORD_LENGTH_MIN=MIN_LENGTH,
        SECURITY_URL_PREFIX="/account",
        SECURITY_POST_LOGIN_VIEW="/account/start",
        SECURITY_POST_LOGOUT_VIEW="/",
        SECURITY_POST_CHANGE_VIEW="/account",
        SECURITY_POST_VERIFY_VIEW="/account",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_CHANGEABLE=True,
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False, "globally_deliverable": False},
        SECURITY_TWO_FACTOR=True,
        SECURITY_TWO_FACTOR_ENABLED_METHODS=["authenticator"],
        SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY=30,  # the code before and the one after, for clocks that differ
        SECURITY_TWO_FACTOR_POST_SETUP_VIEW="/account",
        SECURITY_TWO_FACTOR_RESCUE_EMAIL=False,
        SECURITY_TWO_FACTOR_ALWAYS_VALIDATE=True,
        SECURITY_MULTI_FACTOR_RECOVERY_CODES=True,
        SECURITY_MULTI_FACTOR_RECOVERY_CODES_N=8,
        SECURITY_TOTP_SECRETS={"1": settings.totp_secret},
        SECURITY_TOTP_ISSUER=settings.site_name,
        SECURITY_RETURN_GENERIC_RESPONSES=True,  # nobody learns which e-mail addresses have an account
        SECURITY_REMEMBER_ME_ENABLE=False,
        SECURITY_DEFAULT_REMEMBER_ME=False,
        SECURITY_FLASH_MESSAGES=True,
        SECURITY_FRESHNESS=timedelta(minutes=30),
        SECURITY_FRESHNESS_GRACE_PERIOD=timedelta(0),
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_JOIN_USER_ROLES=False,  # there is no role table to join
    )
    security = Security(
        app,
        AccountDatastore(),
        login_form=RegisterLoginForm,
        verify_form=CountedVerifyForm,
        change_password_form=CountedPasswordForm,
        two_factor_verify_code_form=CountedCodeForm,
        two_factor_setup_form=SetupForm,
        two_factor_rescue_form=RescueForm,
        mf_recovery_form=CountedRecoveryForm,
        password_util_cls=RegisterPasswordUtil,
        totp_cls=OneTimeTotp,
        mf_recovery_codes_util_cls=HashedRecoveryCodes,
    )
    # The library would also hand out tokens that never expire; here only people sign in, with a session.
    security.want_json(lambda _request: False)
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]
    app.view_functions["security.two_factor_rescue"] = _rescue
    for endpoint in app.view_functions:
        if endpoint.startswith("security."):
            declare_endpoint(app, endpoint, PUBLIC if endpoint in _BEFORE_SIGN_IN else SIGNED_IN)
    # Before the gate, which must not see a person whose session has just ended.
    app.before_request_funcs.setdefault(None, []).insert(0, _keep_session)
    app.before_request_funcs[None].insert(0, _take_small_forms_only)
    app.before_request(_ask_for_new_password)
    user_authenticated.connect(_on_sign_in, app, weak=False)
    user_logged_out.connect(_on_sign_out, app, weak=False)
    password_changed.connect(_on_password_change, app, weak=False)
    tf_profile_changed.connect(_on_second_factor_change, app, weak=False)
    tf_disabled.connect(_on_second_factor_change, app, weak=False)
    tf_code_confirmed.connect(_on_code, app, weak=False)


_BEFORE_SIGN_IN = {
    "security.login",
    "security.static",
    "security.two_factor_token_validation",
    "security.two_factor_setup",
    "security.two_factor_rescue",
    "security.mf_recovery",
}


def signed_in_actor() -> Actor | None:
    """Who is signed in, for the gate."""
    return current_user.actor if current_user.is_authenticated else None


def _rescue() -> ResponseReturnValue:
    """The library's own page would write a mail; here a recovery code or the administrator helps."""
    return redirect(url_for("security.mf_recovery"))


def _take_small_forms_only() -> None:
    """Account pages take short forms and nothing else: normalising a huge address would cost minutes."""
    if not request.path.startswith("/account"):
        return
    request.max_content_length = LARGEST_FORM
    if request.is_json:
        abort(415)
    if request.endpoint == "security.login":
        read_first()  # hashing a password takes a third of a second, in which others want to write


def _keep_session() -> None:
    """Move the expiry on with each request of a signed-in person; who only reads gets no cookie."""
    if "_user_id" not in session:
        return
    session.permanent = True
    signed_in_at = session.get("fs_paa")  # Flask-Security's, by the wall clock
    if signed_in_at is not None and time.time() - signed_in_at > LONGEST.total_seconds():
        logout_user()


def _ask_for_new_password() -> ResponseReturnValue | None:
    if "_user_id" not in session or request.endpoint in (
        "security.change_password",
        "security.logout",
        "static",
        "bootstrap.static",
    ):
        return None
    if not current_user.is_authenticated:
        return None
    aged = not current_user.sample and now() - current_user.password_set_at > PASSWORD_AGE
    if not current_user.must_change_password and not aged:
        return None
    reason = f"密码已使用超过 {PASSWORD_AGE.days} 天" if aged else "现在使用的是一次性密码"
    flash(f"{reason}，请先设置新密码。", "warning")
    return redirect(url_for("security.change_password"))


def _on_sign_in(app: Flask, user: Account, authn_via: list[str] | None = None, **extra: object) -> None:
    if authn_via != ["change"]:  # a changed password signs in anew, which nobody did
        begin_writing()
        _record("account.sign_in", user)
        db.session.commit()


def _on_sign_out(app: Flask, user: Account, **extra: object) -> None:
    if isinstance(getattr(user, "id", None), int):
        # A copied cookie must not outlive the sign-out; it ends the person's sessions everywhere.
        db.session.execute(
            update(Account).where(Account.id == user.id).values(fs_uniquifier=secrets.token_hex(32))
        )
        _record("account.sign_out", user)
        db.session.commit()


def _on_password_change(app: Flask, user: Account, **extra: object) -> None:
    services.note_password_change(user, now=now())


def _on_code(app: Flask, user: Account, **extra: object) -> None:
    if (
        session.get("tf_state") == "validating_profile"
    ):  # the first code of an authenticator set up at sign-in
        _on_second_factor_change(app, user)


def _on_second_factor_change(app: Flask, user: Account, **extra: object) -> None:
    _record("account.change_second_factor", user)
    db.session.commit()


def _record(action: str, account: Account) -> None:
    audit.record(
        action,
        actor=account.actor,
        at=now(),
        subject_kind="account",
        subject_id=account.id,
        region=account.region_code,
    )
