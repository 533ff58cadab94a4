"""Every deed that the program records has a Chinese name, and so has everything recorded beside it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from credit_register.audit.labels import ACTION_LABELS, DETAIL_LABELS, SUBJECT_LABELS, detail_lines
from credit_register.institutions.imports.results import Counts
from credit_register.web import registry

# Each domain names its own deeds; whoever has read the registry has read them all.
assert registry.register_blueprints

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


# Functions that record, with the arguments that are no detail.
RECORDERS = {"record", "_record", "record_import"}
NO_DETAIL = {"actor", "at", "now", "subject_kind", "subject_id", "region", "detail"}


def recorded_details(tree: ast.AST) -> Iterator[str]:
    """The keys that a module records: those of a `detail` spelt out, and keyword arguments that become one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "detail" for target in node.targets
        ):
            yield from keys(node.value)
        if isinstance(node, ast.Call):
            function = node.func
            called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            for keyword in node.keywords if called in RECORDERS else ():
                if keyword.arg == "detail":
                    yield from keys(keyword.value)
                elif keyword.arg and keyword.arg not in NO_DETAIL:
                    yield keyword.arg


def keys(value: ast.AST) -> Iterator[str]:
    if isinstance(value, ast.Dict):
        yield from (key.value for key in value.keys if isinstance(key, ast.Constant))


def test_every_recorded_detail_has_a_label() -> None:
    recorded = {
        key
        for path in SOURCES.rglob("*.py")
        if (text := path.read_text(encoding="utf-8")) and "audit" in text
        for key in recorded_details(ast.parse(text))
    }
    for kind in ("institutions", "products"):
        recorded |= Counts(kind).contract().keys()
    assert recorded >= {"sha256", "file_name", "new", "role", "fields", "from", "holidays", "uscc"}
    assert recorded - DETAIL_LABELS.keys() == set()


def test_a_hash_is_shortened_and_a_kind_of_file_has_its_chinese_name() -> None:
    detail = {"kind": "institutions", "sha256": "0123456789abcdef" * 4, "duplicate": 0}
    assert detail_lines(detail) == [("类型", "机构名单"), ("文件指纹", "0123456789ab"), ("重复行", "0")]
