"""A test that cannot run says so; it is never passed over in silence."""

from __future__ import annotations

import pytest

from tests import services


@pytest.fixture
def without_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(services.PACKAGES, "redis-server", lambda: False)


def test_a_missing_program_stops_the_run_with_the_command_to_type(without_redis: None) -> None:
    with pytest.raises(pytest.exit.Exception, match=r"apt-get install .* redis-server"):
        services.require_binaries()


def test_whoever_may_not_install_is_given_one_command(
    without_redis: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_administrator_prefix", lambda: None)
    with pytest.raises(SystemExit, match=r"sudo apt-get install .* redis-server"):
        services.install_missing_packages()


def test_programs_get_none_of_the_developers_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://live.example/register")
    assert services.clean_environment(PORT="8001")["PORT"] == "8001"
    assert "DATABASE_URL" not in services.clean_environment()


def test_a_throwaway_redis_answers_and_leaves_nothing_behind() -> None:
    with services.RedisServer() as server:
        assert server.url.startswith("redis://127.0.0.1:")
        folder = server.folder
    assert not folder.exists()
