"""Settings come from the environment; with none set, SQLite, Whoosh and local files serve."""

from __future__ import annotations

import base64
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cryptography.fernet import Fernet

PROJECT = Path(__file__).resolve().parents[3]


# Host and port, or the socket of a scanner on this machine.
ClamdAddress = tuple[str, int] | Path


class SettingsError(Exception):
    """A setting cannot be used; the text names it and says what to write."""


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over; `security` is one of none, starttls, tls."""

    host: str
    port: int
    security: str
    user: str = ""
    password: str = field(default="", repr=False)


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
    proof_keys: tuple[str, ...]
    port: int
    trusted_proxies: tuple[str, ...]
    secure_cookies: bool
    sample: bool
    site_name: str
    operator_name: str
    site_contact: str
    footer: Mapping[str, str]
    public_url: str
    mail_server: MailServer | None
    mail_from: str
    report_surge: int
    clamd: ClamdAddress | None


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; secrets that are not given are generated once under the instance folder."""
    env = os.environ if environment is None else environment
    instance = Path(env.get("INSTANCE_PATH") or PROJECT / "instance").resolve()
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)  # data of persons and secrets live here
    return Settings(
        instance_path=instance,
        database_url=_database_url(env.get("DATABASE_URL") or f"sqlite:///{instance / 'register.sqlite3'}"),
        search_url=_search_url(env.get("SEARCH_URL") or f"whoosh:///{instance / 'search'}"),
        files_url=_files_url(env.get("FILES_URL") or f"file://{instance / 'files'}"),
        redis_url=env.get("REDIS_URL") or None,
        secret_key=env.get("SECRET_KEY") or _secret(instance, "secret-key"),
        password_salt=env.get("PASSWORD_SALT") or _secret(instance, "password-salt"),
        field_keys=tuple(filter(None, env.get("FIELD_KEYS", "").split(",")))
        or tuple(_secret(instance, "field-keys", lambda: Fernet.generate_key().decode()).split(",")),
        totp_secret=env.get("TOTP_SECRET") or _secret(instance, "totp-secret"),
        proof_keys=tuple(filter(None, env.get("PROOF_KEYS", "").split(",")))
        or tuple(_secret(instance, "proof-keys", _new_proof_key).split(",")),
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
        mail_server=_mail_server(env.get("MAIL_URL", "").strip()),
        mail_from=_mail_from(env),
        report_surge=_number(env, "REPORT_SURGE", 5),
        clamd=_clamd(env.get("CLAMAV_URL", "").strip()),
    )


def _database_url(url: str) -> str:
    if url.startswith(("postgres://", "postgresql://")):
        return "postgresql+psycopg://" + url.split("://", 1)[1]
    if url.startswith(("sqlite:///", "postgresql+psycopg://")):
        return url
    raise SettingsError("DATABASE_URL 须以 sqlite:/// 或 postgresql:// 开头")


def _search_url(url: str) -> str:
    if not url.startswith(("whoosh:////", "tantivy:////")):
        raise SettingsError(
            "SEARCH_URL 须以 whoosh:/// 或 tantivy:/// 开头，后接绝对路径，例如 tantivy:////var/lib/register/search"
        )
    return url


def _files_url(url: str) -> str:
    if not url.startswith("file:///"):
        raise SettingsError("FILES_URL 须以 file:/// 开头，例如 file:///var/lib/register/files")
    return url


def _clamd(url: str) -> ClamdAddress | None:
    """Read CLAMAV_URL, the address of a virus scanner."""
    if not url:
        return None
    unusable = SettingsError(
        "CLAMAV_URL 须写成 tcp://地址:端口 或 unix:///套接字文件，"
        "例如 tcp://127.0.0.1:3310 或 unix:///run/clamav/clamd.ctl"
    )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise unusable from None
    if parts.query or parts.fragment or "@" in parts.netloc or "%00" in parts.path:
        raise unusable
    if parts.scheme == "tcp" and parts.hostname and port and parts.path in ("", "/"):
        return parts.hostname, port
    if parts.scheme == "unix" and not parts.netloc and parts.path.startswith("/") and parts.path.strip("/"):
        return Path(unquote(parts.path))
    raise unusable


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


_MAIL_SCHEMES = {"smtp": ("none", 25), "smtp+starttls": ("starttls", 587), "smtps": ("tls", 465)}
_MAIL_EXAMPLE = (
    "例如 smtp+starttls://用户:密码@mail.example.cn:587（用户和密码中的特殊字符写成 %40 这样的形式）"
)


def _mail_server(url: str) -> MailServer | None:
    """Read MAIL_URL; no message repeats it, for it may hold a password."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
        user, password = (unquote(part or "", errors="strict") for part in (parts.username, parts.password))
    except ValueError:
        raise SettingsError(f"MAIL_URL 无法识别，{_MAIL_EXAMPLE}") from None
    if parts.scheme not in _MAIL_SCHEMES:
        raise SettingsError(f"MAIL_URL 须以 smtp://、smtp+starttls:// 或 smtps:// 开头，{_MAIL_EXAMPLE}")
    if not parts.hostname:
        raise SettingsError(f"MAIL_URL 缺少邮件服务器的地址，{_MAIL_EXAMPLE}")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise SettingsError(f"MAIL_URL 的地址和端口之后不能再有内容，{_MAIL_EXAMPLE}")
    if bool(user) != bool(password):
        raise SettingsError(f"MAIL_URL 的用户和密码须同时填写或同时不填，{_MAIL_EXAMPLE}")
    if not (user + password).isascii():  # the library that signs in knows no other characters
        raise SettingsError(f"MAIL_URL 的用户和密码只能含英文字母、数字和英文符号，{_MAIL_EXAMPLE}")
    security, usual_port = _MAIL_SCHEMES[parts.scheme]
    return MailServer(parts.hostname, port or usual_port, security, user, password)


def _mail_from(env: Mapping[str, str]) -> str:
    address = env.get("MAIL_FROM", "").strip()
    if not address and env.get("MAIL_URL", "").strip():
        raise SettingsError("设置了 MAIL_URL 时须同时设置 MAIL_FROM（发件邮箱），例如 register@example.cn")
    if address and not re.fullmatch(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}", address):
        raise SettingsError("MAIL_FROM 须为一个邮箱地址，不带名称，例如 register@example.cn")
    return address


def _proxies(text: str) -> tuple[str, ...]:
    entries = tuple(part.strip() for part in text.split(",") if part.strip())
    for entry in entries:
        try:
            ip_network(entry, strict=False)
        except ValueError:
            raise SettingsError(f"TRUSTED_PROXIES 含无法识别的地址 {entry!r}，应写 IP 或网段") from None
    return entries


def _new_proof_key() -> str:
    """The private key of Ed25519 is any 32 bytes."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


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
