"""Every deed that the program records has a Chinese name."""

from __future__ import annotations

import re
from pathlib import Path

from credit_register.audit.labels import ACTION_LABELS, SUBJECT_LABELS

SOURCES = Path(__file__).parents[2] / "site" / "credit_register"
RECORDED = re.compile(r'(?:audit\.record|_record)\(\s*f?"([a-z_{}.]+)"')
SUBJECTS = re.compile(r'subject_kind="([a-z_]+)"')


def test_every_recorded_action_has_a_label() -> None:
    recorded = {
        action
        for path in SOURCES.rglob("*.py")
        for action in RECORDED.findall(path.read_text(encoding="utf-8"))
        if "{" not in action
    }
    assert len(recorded) > 10
    assert recorded - ACTION_LABELS.keys() == set()


def test_every_recorded_subject_has_a_label() -> None:
    recorded = {
        subject
        for path in SOURCES.rglob("*.py")
        if "audit" in path.read_text(encoding="utf-8")
        for subject in SUBJECTS.findall(path.read_text(encoding="utf-8"))
    }
    assert recorded - SUBJECT_LABELS.keys() == set()
