"""The application factory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect

from credit_register.access.gate import PUBLIC, declare_endpoint, init_gate
from credit_register.accounts.security import init_accounts, signed_in_actor
from credit_register.core.database import init_database
from credit_register.core.encryption import init_encryption
from credit_register.core.files import init_files
from credit_register.core.rate_limits import init_rate_limits
from credit_register.core.search import init_search
from credit_register.core.settings import PROJECT, Settings, load_settings
from credit_register.institutions.documents import SEARCH_SOURCE
from credit_register.open_data.api import init_api
from credit_register.reports.filing_proofs import init_proofs
from credit_register.web import commands, errors, logs, presentation, registry
from credit_register.web.case_search.index import init_case_search
from credit_register.web.headers import init_headers
from credit_register.web.intake import init_intake, trusted_hosts
from credit_register.web.proxies import TrustedProxies
from credit_register.web.ranking import init_ranking
from credit_register.web.worker import init_worker

csrf = CSRFProtect()


def create_app(settings: Settings | None = None, config: Mapping[str, Any] | None = None) -> Flask:
    """Build the application from the environment or the settings given; `config` has the last word on Flask's."""
    settings = settings or load_settings()
    app = Flask(
        "credit_register",
        instance_path=str(settings.instance_path),
        template_folder=str(PROJECT / "templates"),
        static_folder=str(PROJECT / "static"),
    )
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={"hide_parameters": True},  # no value of a row in an error or a log
        TRUSTED_HOSTS=trusted_hosts(settings),
        MAX_CONTENT_LENGTH=64 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        # Under https no other host, not even a neighbour of the domain, can plant a cookie of this name.
        SESSION_COOKIE_NAME="__Host-register_session" if settings.secure_cookies else "register_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as the session: a long form is never refused for age
        BABEL_DEFAULT_LOCALE="zh_Hans_CN",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        BOOTSTRAP_SERVE_LOCAL=True,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    app.config.update(config or {})
    app.url_map.strict_slashes = False  # an address copied with a slash behind it still leads to its page
    app.extensions["settings"] = settings
    init_intake(app)
    app.wsgi_app = TrustedProxies(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]
    logs.init_logs(app)
    init_database(app)
    init_encryption(app, settings.field_keys)
    init_proofs(app, settings.proof_keys)
    init_files(app, settings.files_url, settings.clamd)
    init_rate_limits(app, settings)
    init_search(app, settings, SEARCH_SOURCE)
    init_case_search(app, settings)
    init_ranking()
    Babel(app, locale_selector=lambda: "zh_Hans_CN")
    Bootstrap5(app)
    csrf.init_app(app)
    init_worker(app, settings)
    for endpoint in ("static", "bootstrap.static"):
        declare_endpoint(app, endpoint, PUBLIC)
    init_gate(app, signed_in_actor)
    init_accounts(app, settings)
    registry.register_blueprints(app)
    init_api(app)
    errors.init_errors(app)
    init_headers(app)
    presentation.init_presentation(app, settings)
    commands.init_commands(app)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # last: Flask-Security puts in a provider of its own
    return app
