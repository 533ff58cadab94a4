"""Pages for one's own account and for managing the accounts of a region."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from credit_register.access.gate import SIGNED_IN, access, current_actor
from credit_register.access.roles import MATRIX, PERMISSION_LABELS, Permission, Role
from credit_register.accounts import queries, services
from credit_register.accounts.forms import NewAccountForm
from credit_register.accounts.passwords import one_time_password
from credit_register.core.clock import now
from credit_register.core.paging import BadParameter, page_number

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/account")
@access(SIGNED_IN)
def home() -> ResponseReturnValue:
    """The person's own account: who, which role, which region, password and second factor."""
    return render_template("accounts/home.html", account=current_user, actor=current_actor())


@blueprint.get("/account/start")
@access(SIGNED_IN)
def start() -> ResponseReturnValue:
    """Where a person goes after signing in."""
    role = current_actor().role
    staff = role is not None and role.is_staff
    return redirect(url_for("staff.home" if staff else "workspace.home"))


@blueprint.get("/staff/accounts")
@access(Permission.ACCOUNT_READ)
def index() -> ResponseReturnValue:
    """The accounts of the region."""
    text, role = request.args.get("q", "").strip(), request.args.get("role", "")
    if role and role not in set(Role):
        raise BadParameter("role", f"参数 role 的值“{role[:40]}”无法识别，请从列表中选择")
    actor = current_actor()
    found = queries.accounts(actor, page=page_number(), text=text, role=role)
    chosen: dict[str, Any] = {name: value for name, value in (("q", text), ("role", role)) if value}
    return render_template(
        "accounts/index.html",
        actor=actor,
        found=found,
        text=text,
        role=role,
        roles=list(Role),
        page_url=lambda page: url_for("accounts.index", page=page, **chosen),
    )


@blueprint.route("/staff/accounts/new", methods=["GET", "POST"])
@access(Permission.ACCOUNT_MANAGE)
def new() -> ResponseReturnValue:
    """Make an account; its one-time password is shown once, on the answer to this very request."""
    form = NewAccountForm()
    if form.validate_on_submit():
        password = one_time_password()
        try:
            made = services.create_account(
                email=form.email.data or "",
                name=form.name.data or "",
                role=Role(form.role.data),
                password=password,
                region=form.region.data or None,
                uscc_code=form.uscc.data or None,
                actor=current_actor(),
                now=now(),
                must_change_password=True,
                with_second_factor=False,
            )
        except services.AccountRefused as refusal:
            form[refusal.field].errors = [*form[refusal.field].errors, str(refusal)]
        else:
            return render_template("accounts/password.html", subject=made.account, password=password)
    return render_template("accounts/new.html", form=form), 422 if form.errors else 200


@blueprint.get("/staff/accounts/<int:account_id>")
@access(Permission.ACCOUNT_READ)
def show(account_id: int) -> ResponseReturnValue:
    """One account and what can be done with it."""
    account, actor = queries.account_for(current_actor(), account_id), current_actor()
    return render_template(
        "accounts/show.html",
        actor=actor,
        subject=account,
        role=Role(account.role),
        own=account.id == actor.account_id,
    )


@blueprint.post("/staff/accounts/<int:account_id>")
@access(Permission.ACCOUNT_MANAGE)
def act(account_id: int) -> ResponseReturnValue:
    """Close, reopen, or reset the password or the second factor of an account."""
    account, actor = queries.account_for(current_actor(), account_id), current_actor()
    try:
        match request.form.get("action"):
            case "close" | "open" as action:
                services.set_active(account, action == "open", actor=actor, now=now())
            case "reset-second-factor":
                services.reset_second_factor(account, actor=actor, now=now())
            case "reset-password":
                password = services.reset_password(account, actor=actor, now=now())
                return render_template("accounts/password.html", subject=account, password=password)
            case _:
                abort(400)
    except services.AccountRefused as refusal:
        flash(str(refusal), "warning")
    else:
        flash("已更新账号，该账号此前的登录已全部退出。", "success")
    return redirect(url_for("accounts.show", account_id=account.id))


@blueprint.get("/staff/permissions")
@access(Permission.STAFF_HOME)
def permissions() -> ResponseReturnValue:
    """Which role may do what: the matrix that the gate itself uses."""
    return render_template(
        "accounts/permissions.html",
        roles=list(Role),
        labels=PERMISSION_LABELS,
        matrix=MATRIX,
        own=[permission for permission in PERMISSION_LABELS if current_actor().can(permission)],
    )
