"""Opening an account for one's own institution."""

from __future__ import annotations

import structlog
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user, login_user
from limits import parse
from sqlalchemy.exc import OperationalError

from credit_register.access.gate import PUBLIC, access
from credit_register.access.roles import Role
from credit_register.accounts import lockout, services
from credit_register.accounts.forms import OpenAccountForm
from credit_register.accounts.lockout import Proof
from credit_register.core.clock import now
from credit_register.core.database import db, read_first
from credit_register.core.rate_limits import counters, limiter

blueprint = Blueprint("account_opening", __name__)

# Each complete form counts, also one that is told that its address is taken: whoever tries addresses learns
# little. A training room of thirty people behind one address still gets through within the hour.
OPENINGS = parse("40 per hour")
BUSY = "系统暂时繁忙，账号没有开立。请稍后再按一次按钮；您填写的内容已保留（密码须重新输入）。"
OFTEN = "本设备所在网络一小时内开立账号的次数过多，请稍后再试；您填写的内容已保留（密码须重新输入）。"


@blueprint.route("/account/open", methods=["GET", "POST"])
@access(PUBLIC)
@limiter.limit("300 per hour", key_func=lockout.client, methods=["POST"])
def new() -> ResponseReturnValue:
    """Open an account, sign in with it, and go on to the application."""
    if current_user.is_authenticated:
        return redirect(url_for("accounts.start"))
    if request.method == "POST":
        read_first()  # hashing a password takes a third of a second, in which others want to write
    form = OpenAccountForm()
    if not form.validate_on_submit():
        return _page(form, 422 if form.errors else 200)
    if not counters().hit(OPENINGS, "open-account", lockout.client()):
        form.form_errors.append(OFTEN)
        return _page(form, 429)
    try:
        account = services.open_account(
            email=form.email.data or "",
            name=form.name.data or "",
            role=Role(form.role.data),
            uscc_code=form.uscc.data or "",
            password=form.password.data or "",
            now=now(),
        )
    except services.AccountRefused as refusal:
        form[refusal.field].errors = [*form[refusal.field].errors, str(refusal)]
        return _page(form, 422)
    except OperationalError as trouble:
        # The usual page of this trouble hands no form back that holds a password.
        db.session.rollback()
        read_first()
        structlog.get_logger("database").error("database error", kind=type(trouble.orig).__name__)
        form.form_errors.append(BUSY)
        return _page(form, 503)
    lockout.forgive(Proof.PASSWORD, account.email)  # from here on this client is known at the account
    login_user(account, authn_via=["password"])
    flash("账号已开立，您已登录。下一步：填写登记申请，上传营业执照。", "success")
    return redirect(url_for("registration.show"))


def _page(form: OpenAccountForm, status: int) -> ResponseReturnValue:
    return render_template("accounts/open.html", form=form), status
