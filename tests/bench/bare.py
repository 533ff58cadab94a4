"""The peer of the profile page: the least that Flask can answer, run by gunicorn as `tests.bench.bare:app`."""

from __future__ import annotations

from flask import Flask

app = Flask(__name__)


@app.get("/hello")
def hello() -> str:
    """One word."""
    return "hello"
