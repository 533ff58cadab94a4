"""Very many reports with their deadlines, written straight into the tables of an SQLite register."""

from __future__ import annotations

import hashlib
import random
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

STATES = ("received", "investigating", "awaiting_reporter", "decided", "answered", "closed", "refused")
WEIGHTS = (10, 15, 5, 5, 5, 50, 10)  # of a hundred: what an office that keeps up has in its tables
# What an office writes beside its cases, from rare to frequent.
TAGS = (("加急", 0.01), ("领导批示", 0.002), ("批量投诉", 0.1))
WORDS = tuple(f"{front}{back}" for front in "甲乙丙丁戊己庚辛壬癸" for back in "金木水火土山川河海湖")
KINDS = ("report", "report", "report", "question", "objection")
MATTERS = ("false_disclosure", "impersonation", "breach", "unlawful_fee", "other")
REGIONS = ("510100", "510700", "330100", "330200", "110101", "310101", "440300", "420100")


def write(database: Path, count: int) -> str:
    """Add so many reports, the same ones each time; gives the name of a subject that many of them are about.

    A third is about institutions that the register has, the first of which is reported most; half of the open ones
    are in the hands of one of the accounts.
    """
    chance = random.Random(20260312)
    now = datetime.now(UTC)
    with sqlite3.connect(database) as connection:
        rule = connection.execute(
            "SELECT id FROM deadline_rule WHERE name = 'report_investigation'"
        ).fetchone()[0]
        known = connection.execute("SELECT id, uscc, name FROM institution ORDER BY id").fetchall()
        people = [row[0] for row in connection.execute("SELECT id FROM account ORDER BY id")]
        reports, deadlines, tags = [], [], []
        for number in range(1, count + 1):
            state = chance.choices(STATES, WEIGHTS)[0]
            received = now - timedelta(minutes=chance.randrange(60 * 24 * 400))
            decided = state in ("decided", "answered", "closed")
            digest = hashlib.sha256(str(number).encode()).hexdigest()
            about = None
            if known and chance.random() < 1 / 3:
                about = known[0] if chance.random() < 0.01 else chance.choice(known)
            handler = chance.choice(people) if state != "received" and chance.random() < 0.5 else None
            facts = f"公示的收费标准与实际收费不一致，经办人在{chance.choice(WORDS)}路办公。"
            moment = received.strftime("%Y-%m-%d %H:%M:%S.%f")
            reports.append(
                (
                    *(number, chance.choice(KINDS), chance.choice(MATTERS), state, chance.choice(REGIONS)),
                    *((about[1], about[2]) if about else ("", f"示例被举报机构{number}")),
                    *(about[0] if about else None, handler, facts, digest, digest, moment),
                    *("upheld" if decided else None, moment if decided else None),
                )
            )
            if state in STATES[:4]:
                due = (received + timedelta(days=21)).date().isoformat()
                deadlines.append((number, rule, received.date().isoformat(), due))
            tags += [(number, word) for word, share in TAGS if chance.random() < share]
        connection.executemany(
            "INSERT INTO report (id, kind, matter, state, region_code, subject_uscc, subject_name, institution_id,"
            " handler_id, facts, anonymous, receipt_hash, content_hash, received_at, outcome, decision, decided_at,"
            " mark, subject_site, subject_phone, subject_account, subject_contract, disputed_key, disputed_text,"
            " review_request, rating_words, version)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, '', ?, '', '', '', '', '', '', '', '', '', 1)",
            reports,
        )
        connection.executemany("INSERT INTO report_tag (report_id, word) VALUES (?, ?)", tags)
        connection.executemany(
            "INSERT INTO deadline (subject_kind, subject_id, rule_id, started_on, due_on, provisional, extended_by,"
            " paused_for, version) VALUES ('report', ?, ?, ?, ?, 0, 0, 0, 1)",
            deadlines,
        )
        connection.execute("ANALYZE")
    return str(known[0][2]) if known else "示例被举报机构1"
