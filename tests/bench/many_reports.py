"""Very many reports with their deadlines, written straight into the tables of an SQLite register."""

from __future__ import annotations

import hashlib
import random
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

STATES = ("received", "investigating", "awaiting_reporter", "decided", "answered", "closed", "refused")
WEIGHTS = (10, 15, 5, 5, 5, 50, 10)  # of a hundred: what an office that keeps up has in its tables
KINDS = ("report", "report", "report", "question", "objection")
MATTERS = ("false_disclosure", "impersonation", "breach", "unlawful_fee", "other")
REGIONS = ("510100", "510700", "330100", "330200", "110101", "310101", "440300", "420100")


def write(database: Path, count: int) -> None:
    """Add so many reports, the same ones each time."""
    chance = random.Random(20260312)
    now = datetime.now(UTC)
    with sqlite3.connect(database) as connection:
        rule = connection.execute(
            "SELECT id FROM deadline_rule WHERE name = 'report_investigation'"
        ).fetchone()[0]
        reports, deadlines = [], []
        for number in range(1, count + 1):
            state = chance.choices(STATES, WEIGHTS)[0]
            received = now - timedelta(minutes=chance.randrange(60 * 24 * 400))
            decided = state in ("decided", "answered", "closed")
            digest = hashlib.sha256(str(number).encode()).hexdigest()
            moment = received.strftime("%Y-%m-%d %H:%M:%S.%f")
            reports.append(
                (
                    *(number, chance.choice(KINDS), chance.choice(MATTERS), state, chance.choice(REGIONS)),
                    *(f"示例被举报机构{number}", "公示的收费标准与实际收费不一致。", digest, digest, moment),
                    *("upheld" if decided else None, moment if decided else None),
                )
            )
            if state in STATES[:4]:
                due = (received + timedelta(days=21)).date().isoformat()
                deadlines.append((number, rule, received.date().isoformat(), due))
        connection.executemany(
            "INSERT INTO report (id, kind, matter, state, region_code, subject_uscc, subject_name, facts, anonymous,"
            " receipt_hash, content_hash, received_at, outcome, decision, decided_at, mark, version)"
            " VALUES (?, ?, ?, ?, ?, '', ?, ?, 1, ?, ?, ?, ?, '', ?, '', 1)",
            reports,
        )
        connection.executemany(
            "INSERT INTO deadline (subject_kind, subject_id, rule_id, started_on, due_on, provisional, extended_by,"
            " version) VALUES ('report', ?, ?, ?, ?, 0, 0, 1)",
            deadlines,
        )
        connection.execute("ANALYZE")
