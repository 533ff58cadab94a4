"""Signs of life for the people who run the site."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from credit_register.access.gate import PUBLIC, access
from credit_register.core import heartbeat, search
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.core.outbox import IndexName

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@access(PUBLIC)
def healthz() -> Response:
    """The process is alive."""
    return jsonify({"status": "ok"})


@blueprint.get("/readyz")
@access(PUBLIC)
def readyz() -> Response:
    """Database, both indexes and worker; 503 when one of them is not ready."""
    parts = {
        "database": _database(),
        "index": search.is_available(),
        "case_index": search.is_available(IndexName.CASES),
    }
    parts["worker"] = parts["database"] and heartbeat.is_alive("worker", now=now())
    response = jsonify({"status": "ok" if all(parts.values()) else "degraded", **parts})
    response.status_code = 200 if all(parts.values()) else 503
    return response


def _database() -> bool:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        db.session.rollback()
        return False
    return True
