"""The gate: every request passes it, and a view that does not declare its access is never reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission


@dataclass(frozen=True)
class Access:
    """What a view asks for: nothing, a signed-in person, or one permission."""

    permission: Permission | None = None
    signed_in: bool = False


PUBLIC = Access()
SIGNED_IN = Access(signed_in=True)

View = TypeVar("View", bound=Callable[..., Any])


def access(needed: Permission | Access) -> Callable[[View], View]:
    """Declare what a view needs; the gate enforces it before the view runs."""
    wanted = Access(needed, signed_in=True) if isinstance(needed, Permission) else needed

    def mark(view: View) -> View:
        view.__access__ = wanted  # type: ignore[attr-defined]
        return view

    return mark


def declare_endpoint(app: Flask, endpoint: str, wanted: Access) -> None:
    """Declare the access of an endpoint whose code is a library's."""
    app.extensions.setdefault("endpoint_access", {})[endpoint] = wanted


def declared_access(app: Flask, endpoint: str) -> Access | None:
    """The access an endpoint declares, or None where it forgot to (the gate then refuses everyone)."""
    declared: dict[str, Access] = app.extensions.get("endpoint_access", {})
    if endpoint in declared:
        return declared[endpoint]
    view = app.view_functions[endpoint]
    found: Access | None = getattr(view, "__access__", None) or getattr(
        getattr(view, "view_class", None), "__access__", None
    )
    return found


def current_actor() -> Actor:
    """The signed-in actor of this request; only views behind the gate may ask."""
    actor: Actor | None = g.get("actor")
    if actor is None:
        abort(401)
    return actor


def init_gate(app: Flask, load_actor: Callable[[], Actor | None]) -> None:
    """Put the gate in front of every request; `load_actor` tells who is signed in."""

    @app.before_request
    def gate() -> ResponseReturnValue | None:
        g.actor = None
        if request.endpoint is None:
            return None  # no such address: the 404 page answers
        wanted = declared_access(current_app, request.endpoint)
        if wanted is None:
            abort(403)
        if wanted is PUBLIC and not wanted.signed_in:
            return None
        g.actor = load_actor()
        if g.actor is None:
            if request.method != "GET":
                abort(401)
            return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
        if wanted.permission is not None and not g.actor.can(wanted.permission):
            abort(403)
        return None
