"""The compiled requirements follow pyproject.toml and tie nobody to one host."""

from __future__ import annotations

from tests.architecture.check_requirements import ROOT, problems, report

RUNNING = (ROOT / "requirements.txt").read_text(encoding="utf-8")
DEVELOPMENT = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")


def test_the_compiled_files_follow_what_is_declared() -> None:
    assert report() == []


def test_a_declared_name_without_a_pin_is_found() -> None:
    without_flask = "\n".join(line for line in RUNNING.splitlines() if not line.startswith("flask=="))
    assert "requirements.txt: flask is declared and not pinned" in problems(without_flask, DEVELOPMENT)


def test_a_pin_that_nobody_declares_any_more_is_found() -> None:
    text = RUNNING + "left-over==1.0\n    # via credit-service-register (pyproject.toml)\n"
    assert "requirements.txt: left-over is pinned and no longer declared" in problems(text, DEVELOPMENT)


def test_two_versions_of_one_package_are_found() -> None:
    text = DEVELOPMENT.replace("\nflask==", "\nflask==0.")
    assert any(problem.startswith("flask: ") for problem in problems(RUNNING, text))


def test_the_name_of_a_host_is_found() -> None:
    text = "--extra-index-url https://packages.example/simple\n" + RUNNING
    assert any("names a host" in problem for problem in problems(text, DEVELOPMENT))
