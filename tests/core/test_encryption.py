"""Encrypted fields can be read with any of the keys, are put under a new one, and give nothing away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Integer, String, create_engine, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from credit_register.core.encryption import (
    CannotDecrypt,
    EncryptedText,
    FieldCipher,
    init_encryption,
    keyed_hash,
    rotate_all,
)
from credit_register.core.settings import SettingsError

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))


class Base(DeclarativeBase):
    """Tables of this test only, apart from those of the register."""


class Secret(Base):
    __tablename__ = "secret"
    region: Mapped[str] = mapped_column(String(6), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    contact: Mapped[str | None] = mapped_column(EncryptedText)
    address: Mapped[str | None] = mapped_column(EncryptedText)


@pytest.fixture
def application() -> Iterator[Flask]:
    app = Flask(__name__)
    app.config["SECRET_KEY"] = "a key of the test"
    init_encryption(app, [OLD])
    with app.app_context():
        yield app


@pytest.fixture
def session(application: Flask) -> Iterator[Session]:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_comes_back_and_is_not_seen(secret: str) -> None:
    cipher = FieldCipher([OLD])
    token = cipher.encrypt(secret)
    assert cipher.decrypt(token) == secret
    assert token.startswith("f1:")
    assert token.isascii()
    assert token != cipher.encrypt(secret)


def test_an_older_key_still_opens_and_a_rotated_value_needs_it_no_more() -> None:
    token = FieldCipher([OLD]).encrypt("张三")
    both = FieldCipher([NEW, OLD])
    assert both.decrypt(token) == "张三"
    assert FieldCipher([NEW]).decrypt(both.rotate(token)) == "张三"


@pytest.mark.parametrize("token", ["", "张三", "f1:", "f1:张三", "f2:abc", "f1:" + "A" * 200])
def test_what_no_key_opens_is_told_apart(token: str) -> None:
    cipher = FieldCipher([OLD])
    for act in (cipher.decrypt, cipher.rotate):
        with pytest.raises(CannotDecrypt, match="FIELD_KEYS"):
            act(token)


def test_a_foreign_key_and_an_altered_value_do_not_open() -> None:
    token = FieldCipher([OLD]).encrypt("张三")
    with pytest.raises(CannotDecrypt):
        FieldCipher([OTHER]).decrypt(token)
    with pytest.raises(CannotDecrypt):
        FieldCipher([OLD]).decrypt(token[:-10] + ("A" if token[-10] != "A" else "B") + token[-9:])


@pytest.mark.parametrize("keys", [[], ["short"], [OLD, "密钥"]])
def test_a_malformed_key_is_a_settings_error_that_names_it(keys: list[str]) -> None:
    with pytest.raises(SettingsError, match="FIELD_KEYS"):
        FieldCipher(keys)


def test_a_column_is_encrypted_in_the_database_only(session: Session) -> None:
    session.add(Secret(region="110000", number=1, contact="张三 13812345678", address=None))
    session.commit()
    stored = session.execute(text("SELECT contact, address FROM secret")).one()
    assert stored[0].startswith("f1:")
    assert stored[1] is None
    session.expire_all()
    row = session.get_one(Secret, ("110000", 1))
    assert (row.contact, row.address) == ("张三 13812345678", None)


def test_all_fields_of_all_tables_are_put_under_the_first_key(application: Flask, session: Session) -> None:
    rows = [
        Secret(
            region=f"{number % 3}", number=number, contact=f"人{number}", address="址" if number % 2 else None
        )
        for number in range(1203)
    ]
    session.add_all(rows)
    session.commit()
    init_encryption(application, [NEW, OLD])
    assert rotate_all(session, Base) == 1203 + 601
    init_encryption(application, [NEW])
    session.expire_all()
    assert {row.contact for row in session.query(Secret)} == {f"人{number}" for number in range(1203)}
    assert rotate_all(session, Base) == 1203 + 601


def test_a_rotation_without_the_old_key_says_where_it_stopped(application: Flask, session: Session) -> None:
    session.add(Secret(region="110000", number=7, contact="张三"))
    session.commit()
    init_encryption(application, [NEW])
    with pytest.raises(CannotDecrypt, match=r"secret\.contact") as refused:
        rotate_all(session, Base)
    assert "张三" not in str(refused.value)


def test_equal_texts_have_equal_hashes_for_one_purpose_and_key_only(application: Flask) -> None:
    first = keyed_hash("receipt", "A-1")
    assert first == keyed_hash("receipt", "A-1")
    assert len(first) == 64
    assert len({first, keyed_hash("receipt", "A-2"), keyed_hash("phone", "A-1")}) == 3
    application.config["SECRET_KEY"] = "another key"
    assert keyed_hash("receipt", "A-1") != first
