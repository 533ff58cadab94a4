"""Settings come from the environment; with none set, SQLite, Whoosh and local files serve."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from cryptography.fernet import Fernet

PROJECT = Path(__file__).resolve().parents[3]


class SettingsError(Exception):
    """A setting cannot be used; the text names it and says what to write."""


@dataclass(frozen=True)
class Settings:
    """Everything an operator may set; the README lists the same names."""

    instance_path: Path
    database_url: str
    search_url: str
    files_url: str
    redis_url: str | None
    secret_key: str
    password_salt: str
    field_keys: tuple[str, ...]
    totp_secret: str
    port: int
    trusted_proxies: tuple[str, ...]
    secure_cookies: bool
    sample: bool
    site_name: str
    operator_name: str
    site_contact: str
    footer: Mapping[str, str]
    public_url: str


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; secrets that are not given are generated once under the instance folder."""
    env = os.environ if environment is None else environment
    instance = Path(env.get("INSTANCE_PATH") or PROJECT / "instance").resolve()
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)  # data of persons and secrets live here
    return Settings(
        instance_path=instance,
        database_url=_database_url(env.get("DATABASE_URL") or f"sqlite:///{instance / 'register.sqlite3'}"),
        search_url=env.get("SEARCH_URL") or f"whoosh:///{instance / 'search'}",
        files_url=_files_url(env.get("FILES_URL") or f"file://{instance / 'files'}"),
        redis_url=env.get("REDIS_URL") or None,
        secret_key=env.get("SECRET_KEY") or _secret(instance, "secret-key"),
        password_salt=env.get("PASSWORD_SALT") or _secret(instance, "password-salt"),
        field_keys=tuple(filter(None, env.get("FIELD_KEYS", "").split(",")))
        or tuple(_secret(instance, "field-keys", lambda: Fernet.generate_key().decode()).split(",")),
        totp_secret=env.get("TOTP_SECRET") or _secret(instance, "totp-secret"),
        port=_number(env, "PORT", 8000),
        trusted_proxies=_proxies(env.get("TRUSTED_PROXIES", "")),
        secure_cookies=_flag(env, "SECURE_COOKIES", default=False),
        sample=_flag(env, "SAMPLE", default=True),
        site_name=env.get("SITE_NAME") or "信用服务机构专栏",
        operator_name=env.get("OPERATOR_NAME") or "",
        site_contact=env.get("SITE_CONTACT") or "",
        footer={
            label: env[name]
            for name, label in (
                ("FOOTER_ICP", "ICP 备案号"),
                ("FOOTER_POLICE", "公安备案号"),
                ("FOOTER_SITE_CODE", "网站标识码"),
            )
            if env.get(name)
        },
        public_url=(env.get("PUBLIC_URL") or "").rstrip("/"),
    )


def _database_url(url: str) -> str:
    if url.startswith(("postgres://", "postgresql://")):
        return "postgresql+psycopg://" + url.split("://", 1)[1]
    if url.startswith(("sqlite:///", "postgresql+psycopg://")):
        return url
    raise SettingsError("DATABASE_URL 须以 sqlite:/// 或 postgresql:// 开头")


def _files_url(url: str) -> str:
    if not url.startswith("file:///"):
        raise SettingsError("FILES_URL 须以 file:/// 开头，例如 file:///var/lib/register/files")
    return url


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise SettingsError(f"{name} 须为 1 至 65535 的整数，现为 {text!r}")
    return int(text)


def _flag(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = env.get(name, "").strip().lower()
    if text in ("", "yes", "1", "true", "on", "no", "0", "false", "off"):
        return default if not text else text in ("yes", "1", "true", "on")
    raise SettingsError(f"{name} 须为 yes 或 no，现为 {text!r}")


def _proxies(text: str) -> tuple[str, ...]:
    entries = tuple(part.strip() for part in text.split(",") if part.strip())
    for entry in entries:
        try:
            ip_network(entry, strict=False)
        except ValueError:
            raise SettingsError(f"TRUSTED_PROXIES 含无法识别的地址 {entry!r}，应写 IP 或网段") from None
    return entries


def _secret(instance: Path, name: str, make: object = None) -> str:
    """Read a generated secret, or make it once; two processes that start together agree on one."""
    folder = instance / "secrets"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / name
    value = make() if callable(make) else secrets.token_urlsafe(48)
    fresh = folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
    if not path.exists():
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(value)
        try:
            os.link(fresh, path)  # atomic, and fails where another process was first
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text(encoding="ascii").strip()
