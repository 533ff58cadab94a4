"""Signs of life for the people who run the site."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from credit_register.access.gate import PUBLIC, access
from credit_register.core import heartbeat, search
from credit_register.core.clock import now
from credit_register.core.database import db
from credit_register.core.outbox import IndexName

blueprint = Blueprint("health", __name__)

# An import of a hundred thousand rows keeps the worker busy for minutes; after this time it is no longer that.
FAR_BEHIND = timedelta(minutes=10)


@blueprint.get("/healthz")
@access(PUBLIC)
def healthz() -> Response:
    """The process is alive."""
    return jsonify({"status": "ok"})


@blueprint.get("/readyz")
@access(PUBLIC)
def readyz() -> Response:
    """Database, indexes and worker, each by itself; 503 when one of them is not ready.

    `index` (of the institutions) and `case_index` say that it can answer, `in_step` that no change has been waiting
    for either of them for long. Numbers are told of public changes alone: those of cases would tell of their handling.
    What only the database knows is null while it is out of reach.
    """
    worker: bool | None = None
    delay: timedelta | None = None
    waiting: int | None = None
    in_step: bool | None = None
    try:
        worker = heartbeat.is_alive("worker", now=now())
        delay, waiting = search.delay(now=now()), search.waiting()
        in_step = max(delay, search.delay(IndexName.CASES, now=now())) <= FAR_BEHIND
        database = True
    except SQLAlchemyError:
        db.session.rollback()
        database = False
    parts = {
        "database": database,
        "index": search.is_available(),
        "case_index": search.is_available(IndexName.CASES),
        "in_step": in_step,
        "worker": worker,
    }
    ready = all(parts.values())
    response = jsonify(
        {
            "status": "ok" if ready else "degraded",
            **parts,
            "changes_waiting": waiting,
            "longest_wait_seconds": None if delay is None else round(delay.total_seconds(), 1),
        }
    )
    response.status_code = 200 if ready else 503
    return response
