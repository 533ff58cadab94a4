"""The layout that people and other programs rely on."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 450
TOP_LEVEL = {
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "Makefile",
    "README.md",
    "deploy",
    "docs",
    "migrations",
    "pyproject.toml",
    "requirements-dev.txt",
    "requirements.txt",
    "search_index",
    "site",
    "static",
    "templates",
    "tests",
    "wsgi.py",
}


def python_files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def test_site_is_a_folder_on_the_path_and_never_a_package() -> None:
    # A package named `site` would stand in the way of the module with which Python starts.
    assert not (ROOT / "site" / "__init__.py").exists()


def test_only_agreed_names_stand_at_the_top() -> None:
    # A clone may belong to another account than the one that tests it, as in a build container.
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True
    )
    names = {Path(name).parts[0] for name in listed.stdout.decode().split("\0") if name}
    assert names <= TOP_LEVEL, sorted(names - TOP_LEVEL)


def test_no_source_file_outgrows_a_reader() -> None:
    lengths = {
        path: len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files("site", "search_index")
    }
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_files_leave_the_store_through_one_function() -> None:
    """`hand_out` refuses what is infected; errors.py has the page of each refusal, so that no view catches one."""
    own = ROOT / "site/credit_register/core/files"
    inner = ("open_clean", "download_response_headers", "file_store(")
    others = [path for path in python_files("site") if own not in path.parents]
    assert [path for path in others if any(name in path.read_text(encoding="utf-8") for name in inner)] == []


def test_every_file_is_named_after_what_it_holds() -> None:
    vague = {"helpers.py", "utils.py", "util.py", "misc.py"}
    assert [path for path in python_files("site", "search_index", "tests") if path.name in vague] == []
