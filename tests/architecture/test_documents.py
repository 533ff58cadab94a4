"""The documents say what is: their links lead somewhere, their commands and settings exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_relative_link_leads_to_a_file(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)\)", document.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert missing == []


def test_the_readme_names_every_setting_and_no_other() -> None:
    code = (ROOT / "site/credit_register/core/settings.py").read_text(encoding="utf-8")
    code += (ROOT / "site/credit_register/web/serving.py").read_text(encoding="utf-8")
    code += (ROOT / "site/credit_register/core/regions.py").read_text(encoding="utf-8")
    read = set(re.findall(r"\"([A-Z][A-Z_]{3,})\"", code)) - {"NFKC"}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    settings = readme.split("## Settings")[1].split("##")[0]
    named = {
        name
        for line in settings.splitlines()
        for name in re.findall(r"`([A-Z_]{4,})`", line.split("|")[1] if line.startswith("|") else "")
    }
    assert named == read


def test_the_readme_names_every_command(app: Flask) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8").split("## Commands")[1].split("## Settings")[0]
    own = {"setup", "serve", "worker", "import", "user", "search", "calendar", "jobs", "keys"}
    assert own <= set(app.cli.commands)
    for name in own:
        assert f"`{name}" in readme or f" `{name}`" in readme, name
