"""Fields that are stored encrypted, under keys that can be changed without losing what was written."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, cast

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask, current_app
from sqlalchemy import Column, Table, Text, bindparam, literal, select, tuple_, type_coerce, update
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Session, scoped_session
from sqlalchemy.types import TypeDecorator

from credit_register.core.settings import SettingsError

_FERNET: Final = "f1:"  # names the algorithm, so that another (SM4) can stand beside it
_BATCH: Final = 500


class CannotDecrypt(Exception):
    """None of the keys opens the value: a key is missing, or the value was altered."""

    def __init__(self, place: str = "") -> None:
        where = f"（{place}）" if place else ""
        super().__init__(f"加密字段无法解密{where}。请检查 FIELD_KEYS 是否包含写入时使用的密钥")


class FieldCipher:
    """Encrypts with the first key and decrypts with any of them."""

    def __init__(self, keys: Sequence[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise SettingsError(
                "FIELD_KEYS 须为以逗号分隔的密钥，每个由 Fernet.generate_key() 生成，第一个用于加密"
            ) from None

    def encrypt(self, text: str) -> str:
        return _FERNET + self._fernet.encrypt(text.encode("utf-8")).decode("ascii")

    def decrypt(self, token: str) -> str:
        """The text behind a stored value; raises CannotDecrypt."""
        try:
            return self._fernet.decrypt(_payload(token)).decode("utf-8")
        except InvalidToken:
            raise CannotDecrypt from None

    def rotate(self, token: str) -> str:
        """The same text under the first key; raises CannotDecrypt."""
        try:
            return _FERNET + self._fernet.rotate(_payload(token)).decode("ascii")
        except InvalidToken:
            raise CannotDecrypt from None


def _payload(token: str) -> bytes:
    if not token.startswith(_FERNET) or not token.isascii():
        raise CannotDecrypt
    return token.removeprefix(_FERNET).encode("ascii")


def init_encryption(app: Flask, keys: Sequence[str]) -> None:
    """Give the application its field keys; raises SettingsError where one is malformed."""
    app.extensions["field_cipher"] = FieldCipher(keys)


def field_cipher() -> FieldCipher:
    """The cipher of the current application."""
    return cast(FieldCipher, current_app.extensions["field_cipher"])


class EncryptedText(TypeDecorator[str]):
    """Text that the database holds encrypted.

    Each writing gives another token, so a query cannot compare it; look up by a column of `keyed_hash`.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else field_cipher().encrypt(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else field_cipher().decrypt(value)


def keyed_hash(purpose: str, text: str) -> str:
    """64 hexadecimal digits that find equal texts without telling them; each purpose has its own key.

    The key comes from SECRET_KEY: whoever changes that must recompute the columns that hold such hashes.
    """
    key = _purpose_key(current_app.config["SECRET_KEY"], purpose)
    return hmac.digest(key, text.encode("utf-8"), "sha256").hex()


@lru_cache(maxsize=64)
def _purpose_key(secret: str | bytes, purpose: str) -> bytes:
    material = secret.encode("utf-8") if isinstance(secret, str) else secret
    info = b"credit-register keyed hash\x00" + purpose.encode("utf-8")
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(material)


def rotate_all(session: Session | scoped_session[Session], base: type[DeclarativeBase]) -> int:
    """Put every encrypted field of every mapped table under the first key; returns how many were rewritten.

    Commits after each batch, so that other writers get their turn; stopped half-way, it may be run again.
    """
    tables = {
        table for mapper in base.registry.mappers for table in mapper.tables if isinstance(table, Table)
    }
    rewritten = 0
    for table in sorted(tables, key=lambda table: table.name):
        for column in table.columns:
            if isinstance(column.type, EncryptedText):
                rewritten += _rotate_column(session, table, column)
    return rewritten


def _rotate_column(session: Session | scoped_session[Session], table: Table, column: Column[Any]) -> int:
    cipher = field_cipher()
    keys = list(table.primary_key.columns)
    stored = type_coerce(column, Text)
    query = select(*keys, stored).where(column.is_not(None)).order_by(*keys).limit(_BATCH)
    change = (
        update(table)
        .where(*(key == bindparam(f"key_{place}") for place, key in enumerate(keys)))
        # A row that was written meanwhile is under the new key already and keeps its new text.
        .where(stored == bindparam("before", type_=Text))
        .values({column: bindparam("after", type_=Text)})
    )
    rewritten = 0
    rows = session.execute(query).all()
    while rows:
        for *key, token in rows:
            values = {f"key_{place}": value for place, value in enumerate(key)}
            try:
                after = cipher.rotate(token)
            except CannotDecrypt:
                raise CannotDecrypt(f"{table.name}.{column.name}，主键 {key}") from None
            session.execute(change, {**values, "before": token, "after": after})
        session.commit()
        rewritten += len(rows)
        last = tuple_(*(literal(value, key.type) for key, value in zip(keys, rows[-1][:-1], strict=True)))
        rows = session.execute(query.where(tuple_(*keys) > last)).all()
    return rewritten
