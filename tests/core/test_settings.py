from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from credit_register.core.settings import MailServer, SettingsError, load_settings


def test_with_nothing_set_sqlite_whoosh_and_local_files_serve(tmp_path: Path) -> None:
    settings = load_settings({"INSTANCE_PATH": str(tmp_path)})
    assert settings.database_url == f"sqlite:///{tmp_path}/register.sqlite3"
    assert settings.search_url == f"whoosh:///{tmp_path}/search"
    assert settings.files_url == f"file://{tmp_path}/files"
    assert settings.redis_url is None
    assert settings.port == 8000


def test_secrets_are_made_once_and_only_the_owner_reads_them(tmp_path: Path) -> None:
    first = load_settings({"INSTANCE_PATH": str(tmp_path)})
    second = load_settings({"INSTANCE_PATH": str(tmp_path)})
    assert (first.secret_key, first.field_keys, first.totp_secret, first.proof_keys) == (
        second.secret_key,
        second.field_keys,
        second.totp_secret,
        second.proof_keys,
    )
    files = list((tmp_path / "secrets").iterdir())
    assert len(files) == 5
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    made = {
        first.secret_key,
        first.password_salt,
        first.totp_secret,
        first.field_keys[0],
        first.proof_keys[0],
    }
    assert len(made) == 5


def test_processes_that_start_together_agree_on_the_secrets(tmp_path: Path) -> None:
    code = "from credit_register.core.settings import load_settings; print(load_settings().secret_key)"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            env={"INSTANCE_PATH": str(tmp_path), "PYTHONPATH": "site"},
            text=True,
        )
        for _ in range(4)
    ]
    assert len({process.communicate()[0] for process in processes}) == 1


def test_postgresql_addresses_get_their_driver(tmp_path: Path) -> None:
    settings = load_settings({"INSTANCE_PATH": str(tmp_path), "DATABASE_URL": "postgresql://u@h/db"})
    assert settings.database_url == "postgresql+psycopg://u@h/db"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://x"),
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("FILES_URL", "s3://bucket"),
        ("SAMPLE", "maybe"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, somewhere"),
        ("CLAMAV_URL", "127.0.0.1:3310"),
        ("CLAMAV_URL", "tcp://127.0.0.1"),
        ("CLAMAV_URL", "tcp://:3310"),
        ("CLAMAV_URL", "tcp://127.0.0.1:0"),
        ("CLAMAV_URL", "tcp://127.0.0.1:99999"),
        ("CLAMAV_URL", "tcp://127.0.0.1:port"),
        ("CLAMAV_URL", "tcp://127.0.0.1:3310/socket"),
        ("CLAMAV_URL", "tcp://user@127.0.0.1:3310"),
        ("CLAMAV_URL", "tcp://127.0.0.1:3310?x=1"),
        ("CLAMAV_URL", "tcp://[::1"),
        ("CLAMAV_URL", "unix://run/clamd.ctl"),
        ("CLAMAV_URL", "unix:///"),
        ("CLAMAV_URL", "unix:"),
        ("CLAMAV_URL", "unix:///run/clamd%00.ctl"),
        ("CLAMAV_URL", "http://127.0.0.1:3310"),
        ("MAIL_FROM", "register"),
        ("MAIL_FROM", "专栏 <register@example.cn>"),
        ("MAIL_FROM", "register@example.cn\nBcc: x@example.cn"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load_settings({"INSTANCE_PATH": str(tmp_path), name: value})


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.cn", MailServer("mail.example.cn", 25, "none")),
        ("smtp://[::1]:2525/", MailServer("::1", 2525, "none")),
        (
            "smtp+starttls://me%40example.cn:a%3Ab%2F%40@mail.example.cn",
            MailServer("mail.example.cn", 587, "starttls", "me@example.cn", "a:b/@"),
        ),
        (
            "smtps://me:secret@mail.example.cn:4650",
            MailServer("mail.example.cn", 4650, "tls", "me", "secret"),
        ),
    ],
)
def test_the_address_of_the_mail_server_is_read(tmp_path: Path, url: str, server: MailServer) -> None:
    given = {"INSTANCE_PATH": str(tmp_path), "MAIL_URL": url, "MAIL_FROM": "register@example.cn"}
    assert load_settings(given).mail_server == server
    assert "topsecret" not in repr(load_settings(given))


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.cn:25",
        "http://me:topsecret@mail.example.cn",
        "smtp://",
        "smtp://me:topsecret@mail.example.cn:99999",
        "smtp://me:topsecret@mail.example.cn:port",
        "smtp://topsecret@mail.example.cn",
        "smtp://me:topsecret@mail.example.cn/inbox",
        "smtp://me:topsecret@mail.example.cn?tls=1",
        "smtp://me:topsecret密@mail.example.cn",
        "smtp://me:topsecret%ff@mail.example.cn",
        "smtp://[::1",
    ],
)
def test_a_mail_server_that_cannot_be_used_is_named_without_its_password(tmp_path: Path, url: str) -> None:
    given = {"INSTANCE_PATH": str(tmp_path), "MAIL_URL": url, "MAIL_FROM": "register@example.cn"}
    with pytest.raises(SettingsError, match="MAIL_URL") as refusal:
        load_settings(given)
    assert "topsecret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("", None),
        ("tcp://127.0.0.1:3310", ("127.0.0.1", 3310)),
        (" tcp://[::1]:3310/ ", ("::1", 3310)),
        ("tcp://scanner.example.cn:9", ("scanner.example.cn", 9)),
        ("unix:///run/clamav/clamd.ctl", Path("/run/clamav/clamd.ctl")),
        ("unix:///run/a%20b.ctl", Path("/run/a b.ctl")),
    ],
)
def test_the_address_of_the_scanner_is_read(
    tmp_path: Path, url: str, address: tuple[str, int] | Path | None
) -> None:
    assert load_settings({"INSTANCE_PATH": str(tmp_path), "CLAMAV_URL": url}).clamd == address


def test_a_mail_server_needs_a_sender(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="MAIL_FROM"):
        load_settings({"INSTANCE_PATH": str(tmp_path), "MAIL_URL": "smtp://mail.example.cn"})
    assert load_settings({"INSTANCE_PATH": str(tmp_path)}).mail_server is None
