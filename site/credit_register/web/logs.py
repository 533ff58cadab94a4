"""Structured logs without persons: no address of a client, no query, no form content."""

from __future__ import annotations

import logging
import sys
import time

import structlog
from flask import Flask, Response, g, request


def init_logs(app: Flask) -> None:
    """Log one line for each request that writes, fails or is slow."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,  # the traceback without the values of variables
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    log = structlog.get_logger("request")

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def line(response: Response) -> Response:
        taken = time.perf_counter() - g.get("started", time.perf_counter())
        if request.method not in ("GET", "HEAD") or response.status_code >= 500 or taken > 1:
            # The rule, not the path: a path may hold what nobody but the reader should know.
            rule = str(request.url_rule) if request.url_rule else "(none)"
            log.info(
                "request",
                method=request.method,
                rule=rule,
                status=response.status_code,
                seconds=round(taken, 3),
            )
        return response
