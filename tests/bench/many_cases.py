"""A ledger of very many cases with what happened to them, written straight into the tables of an SQLite register."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

STATES = ("open", "exit_proposed", "exited", "pruned")
WEIGHTS = (45, 5, 45, 5)
CHUNK = 1000


def write(database: Path, count: int) -> None:
    """Put so many institutions of the register on the ledger, the same ones each time.

    Each has one to three penalties, half of which are repaired where the case goes on and all where it has ended; two in
    three were interviewed, every fourth is supervised, and who has left has signed. Two accounts must be there.
    """
    chance = random.Random(20261128)
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    today = datetime.now(UTC).date()
    with sqlite3.connect(database) as connection:
        known = connection.execute(
            "SELECT id, uscc, name, region_code FROM institution ORDER BY id LIMIT ?", (count,)
        ).fetchall()
        first, second = (row[0] for row in connection.execute("SELECT id FROM account ORDER BY id LIMIT 2"))
        round_id, batch_id = _ground(connection, now, today)
        cases, records, links, measures, promises, signatures = [], [], [], [], [], []
        for case_id, (institution_id, code, name, region) in enumerate(known, 1):
            state = chance.choices(STATES, WEIGHTS)[0]
            opened = today - timedelta(days=chance.randrange(60, 300))
            ended = state == "exited"
            cases.append(
                {
                    "id": case_id,
                    "round_id": round_id,
                    "subject": "institution",
                    "uscc": code,
                    "name": name,
                    "institution_id": institution_id,
                    "region_code": region,
                    "episode": 1,
                    "state": state,
                    "origin": "pushed" if case_id % 5 else "opened",
                    "ground": "行政处罚未修复",
                    "source_kind": "",
                    "opened_on": opened,
                    "remark": "" if case_id % 7 else "已申请异议",
                    "version": 1,
                    "prune_reason": "deregistered" if state == "pruned" else None,
                    "prune_note": "",
                    "pruned_by_id": first if state == "pruned" else None,
                    "pruned_on": opened + timedelta(days=9) if state == "pruned" else None,
                    "exit_proposed_by_id": first if ended or state == "exit_proposed" else None,
                    "exit_decided_by_id": second if ended else None,
                    "exited_on": opened + timedelta(days=50) if ended else None,
                }
            )
            for _ in range(chance.randrange(1, 4)):
                record_id = len(records) + 1
                repaired = ended or chance.random() < 0.5
                records.append(
                    {
                        "id": record_id,
                        "public_id": f"bench{record_id}",
                        "kind": "penalty",
                        "uscc": code,
                        "key": f"示罚〔2026〕{record_id}号",
                        "document_number": f"示罚〔2026〕{record_id}号",
                        "state": "repaired" if repaired else "published",
                        "name": name,
                        "region_code": region,
                        "institution_id": institution_id,
                        "list_name": "",
                        "authority": "示例监管局",
                        "authority_code": "",
                        "decided_on": opened - timedelta(days=9),
                        "degree": "general",
                        "conduct": "",
                        "facts": "",
                        "basis": "",
                        "penalty_kinds": "",
                        "content": "",
                        "licence": "",
                        "source": "",
                        "remark": "",
                        "removal_document": "",
                        "kept_by": "",
                        "met_note": "",
                        "earliest_on": opened,
                        "latest_on": opened + timedelta(days=360),
                        "left_reason": "",
                        "left_on": opened + timedelta(days=40) if repaired else None,
                        "batch_id": batch_id,
                        "confirmed_at": now,
                        "version": 1,
                    }
                )
                links.append({"case_id": case_id, "record_id": record_id, "added_on": opened})
            kinds = ["interview"] * (case_id % 3 > 0) + ["supervision"] * (case_id % 4 == 0)
            measures += [
                {
                    "public_id": f"m{case_id}{kind}",
                    "case_id": case_id,
                    "kind": kind,
                    "state": "done",
                    "form": "reminder" if kind == "interview" else None,
                    "planned_on": opened,
                    "hour": "",
                    "place": "",
                    "contact_name": "",
                    "contact_phone": "",
                    "addressee": "",
                    "reference": "",
                    "office": "示例发展改革委",
                    "text": "请到场。",
                    "shown": 1,
                    "present": "",
                    "minutes": "",
                    "promises": "",
                    "level": "重点" if kind == "supervision" else "",
                    "frequency": "",
                    "suspended": int(kind == "supervision" and case_id % 8 == 0),
                    "response": "",
                    "done_on": opened + timedelta(days=10),
                    "recorded_by_id": first,
                    "recorded_at": now,
                    "public_state": "hidden",
                    "public_text": "",
                    "version": 1,
                }
                for kind in kinds
            ]
            if ended:
                promise_id = len(promises) + 100_001  # beyond those of a sample
                promises.append(
                    {
                        "id": promise_id,
                        "institution_id": institution_id,
                        "state": "published",
                        "template_version": "2026-1",
                        "facts": "{}",
                        "text": "承诺",
                        "sha256": "0" * 64,
                        "end_reason": "",
                        "number": f"bench-{promise_id}",
                        "created_at": now,
                        "version": 1,
                        "published_on": opened + timedelta(days=20),
                        "valid_until": opened + timedelta(days=385),
                    }
                )
                signatures += [
                    {
                        "commitment_id": promise_id,
                        "party": party,
                        "account_id": first,
                        "signer_name": "李示例",
                        "sha256": "0" * 64,
                        "signed_at": now,
                    }
                    for party in ("institution", "legal_representative")
                ]
        for table, rows in (
            ("ledger_case", cases),
            ("credit_record", records),
            ("ledger_case_record", links),
            ("ledger_measure", measures),
            ("commitment", promises),
            ("commitment_signature", signatures),
        ):
            _insert(connection, table, rows)
        connection.execute("ANALYZE")


def _ground(connection: sqlite3.Connection, now: str, today: date) -> tuple[int, int]:
    """The round and the batch that all belong to."""
    _insert(
        connection,
        "ledger_round",
        [{"id": 1, "title": "示例专项治理", "started_on": today - timedelta(days=330), "version": 1}],
    )
    file = {
        "id": 900001,
        "public_id": "bench",
        "purpose": "records",
        "original_name": "示例.csv",
        "media_type": "text/csv",
        "size": 1,
        "sha256": "0" * 64,
        "clean_size": 1,
        "clean_sha256": "0" * 64,
        "stored_at": now,
        "scan": "none",
    }
    batch = {
        "id": 1,
        "kind": "penalties",
        "state": "received",
        "region_code": "000000",
        "full_list": 0,
        "file_id": 900001,
        "file_name": "示例.csv",
        "sha256": "0" * 64,
        "summary": json.dumps({}),
        "received_at": now,
        "received_by": "示例",
        "reason": "",
        "version": 1,
    }
    _insert(connection, "stored_file", [file])
    _insert(connection, "record_batch", [batch])
    return 1, 1


def _insert(connection: sqlite3.Connection, table: str, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    names = list(rows[0])
    places = ", ".join("?" * len(names))
    connection.executemany(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})",
        _plain(rows, names),
    )


def _plain(rows: Iterable[dict[str, Any]], names: Sequence[str]) -> Iterable[tuple[Any, ...]]:
    for row in rows:
        yield tuple(value.isoformat() if isinstance(value := row[name], date) else value for name in names)
