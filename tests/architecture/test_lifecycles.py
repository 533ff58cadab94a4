"""Nothing but a lifecycle changes a state."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "site" / "credit_register"
STATES = {"state", "status"}


def assignments(tree: ast.AST) -> list[int]:
    """Lines that assign an attribute called state or status."""
    targets: list[ast.AST] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            targets.extend(node.targets)
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            targets.append(node.target)
    parts = [part for target in targets for part in ast.walk(target)]
    return [
        part.lineno
        for part in parts
        if isinstance(part, ast.Attribute) and part.attr in STATES and isinstance(part.ctx, ast.Store)
    ]


def test_the_check_sees_an_assignment() -> None:
    assert assignments(ast.parse("row.state = 'x'\na, row.status = 1, 2\nrow.status_code = 5")) == [1, 2]


def test_no_module_assigns_a_state() -> None:
    guilty = [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for line in assignments(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert guilty == []
