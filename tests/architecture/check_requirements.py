"""Do the compiled requirements files still say what pyproject.toml declares? Needs no network.

`python -m tests.architecture.check_requirements` prints what is out of step.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)$")
# A compiled file names who wants a package; this is how it names the project itself.
DECLARED_HERE = re.compile(r"#\s+(?:via )?credit-service-register \(pyproject\.toml\)")
HOST = re.compile(r"https?://|file://|^\s*--|\s@\s")


def canonical(requirement: str) -> str:
    """The name in `Flask-Security[mfa]>=5` as the package index spells it: `flask-security`."""
    name = re.split(r"[\s\[<>=!~;]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> tuple[set[str], set[str]]:
    """Names for running, and names for development."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    running = {canonical(line) for line in project["dependencies"]}
    development = {canonical(line) for line in project["optional-dependencies"]["dev"]}
    return running, development


def pins(text: str) -> dict[str, str]:
    found = (PIN.match(line) for line in text.splitlines())
    return {canonical(match["name"]): match["version"] for match in found if match}


def wanted_by_the_project(text: str) -> set[str]:
    """Names that the compiled file says pyproject.toml asked for."""
    names: set[str] = set()
    current = ""
    for line in text.splitlines():
        if match := PIN.match(line):
            current = canonical(match["name"])
        elif DECLARED_HERE.search(line):
            names.add(current)
    return names


def problems(running_text: str, development_text: str) -> list[str]:
    running, development = declared()
    found: list[str] = []
    for file, text, names in (
        ("requirements.txt", running_text, running),
        ("requirements-dev.txt", development_text, running | development),
    ):
        found += [f"{file}: {name} is declared and not pinned" for name in sorted(names - pins(text).keys())]
        stale = wanted_by_the_project(text) - names
        found += [f"{file}: {name} is pinned and no longer declared" for name in sorted(stale)]
        found += [
            f"{file}:{number}: names a host or an option: {line.strip()}"
            for number, line in enumerate(text.splitlines(), start=1)
            if HOST.search(line)
        ]
    in_development = pins(development_text)
    found += [
        f"{name}: {version} for running, {in_development.get(name)} for development"
        for name, version in pins(running_text).items()
        if in_development.get(name) != version
    ]
    return found


def report() -> list[str]:
    return problems(
        (ROOT / "requirements.txt").read_text(encoding="utf-8"),
        (ROOT / "requirements-dev.txt").read_text(encoding="utf-8"),
    )


if __name__ == "__main__":
    lines = report()
    print("\n".join([*lines, "please run: make requirements"] if lines else ["requirements are up to date"]))
    sys.exit(1 if lines else 0)
