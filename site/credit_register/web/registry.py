"""Every part of the site that has pages."""

from __future__ import annotations

from flask import Flask

from credit_register.accounts.views import blueprint as accounts
from credit_register.audit.views import blueprint as audit
from credit_register.institutions.views.imports import blueprint as imports
from credit_register.institutions.views.public import blueprint as institutions
from credit_register.institutions.views.staff import blueprint as institutions_staff
from credit_register.web.views.health import blueprint as health
from credit_register.web.views.home import blueprint as home
from credit_register.web.views.staff import blueprint as staff
from credit_register.web.views.workspace import blueprint as workspace


def register_blueprints(app: Flask) -> None:
    """Hang all pages into the application."""
    for blueprint in (
        home,
        health,
        staff,
        workspace,
        institutions,
        institutions_staff,
        imports,
        accounts,
        audit,
    ):
        app.register_blueprint(blueprint)
