from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from credit_register.accounts.models import Account
from credit_register.core.database import Model, db
from credit_register.core.heartbeat import Heartbeat
from credit_register.core.outbox import IndexName, SearchOutbox, enqueue
from credit_register.core.settings import PROJECT, load_settings
from credit_register.institutions.models import InstitutionCategory
from credit_register.web.factory import create_app


def test_moments_come_back_aware_and_in_utc(app: Flask) -> None:
    moment = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
    db.session.add(Heartbeat(name="x", at=moment))
    db.session.commit()
    db.session.expire_all()
    found = db.session.get(Heartbeat, "x")
    assert found is not None
    assert found.at == moment
    assert found.at.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(app: Flask) -> None:
    db.session.add(Heartbeat(name="x", at=datetime(2026, 3, 1)))  # noqa: DTZ001 -- the very mistake
    with pytest.raises(StatementError, match="zone"):
        db.session.flush()


def test_foreign_keys_hold_on_every_database(app: Flask) -> None:
    db.session.add(InstitutionCategory(institution_id=999_999, code="01"))
    with pytest.raises(IntegrityError):
        db.session.flush()


def test_migrations_go_down_to_nothing_and_up_again(empty_database_url: str, instance_path: Path) -> None:
    folder = str(PROJECT / "migrations")
    app = create_app(load_settings({"DATABASE_URL": empty_database_url, "INSTANCE_PATH": str(instance_path)}))
    with app.app_context():
        for _ in range(2):
            upgrade(directory=folder)
            assert set(Model.metadata.tables) <= set(inspect(db.engine).get_table_names())
            downgrade(directory=folder, revision="base")
            assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
        db.session.remove()
        db.engine.dispose()


def test_accounts_of_before_are_confirmed_by_the_migration(
    empty_database_url: str, instance_path: Path
) -> None:
    folder = str(PROJECT / "migrations")
    app = create_app(load_settings({"DATABASE_URL": empty_database_url, "INSTANCE_PATH": str(instance_path)}))
    with app.app_context():
        upgrade(directory=folder, revision="0001")
        db.session.execute(
            text(
                "INSERT INTO account (email, name, password, password_set_at, must_change_password, active,"
                " fs_uniquifier, role, uscc, sample, created_at) VALUES ('agent@example.cn', 'a', 'x', :at,"
                " :no, :yes, 'u', 'agent', '91510100MA0000000X', :no, :at)"
            ),
            {"at": datetime(2026, 3, 1, tzinfo=UTC), "yes": True, "no": False},
        )
        db.session.commit()
        upgrade(directory=folder)
        found = db.session.scalars(select(Account)).one()
        assert (found.email, found.confirmed, found.active) == ("agent@example.cn", True, True)
        db.session.remove()
        db.engine.dispose()


def test_what_waits_for_the_index_while_upgrading_are_changes_of_institutions(
    empty_database_url: str, instance_path: Path
) -> None:
    folder = str(PROJECT / "migrations")
    app = create_app(load_settings({"DATABASE_URL": empty_database_url, "INSTANCE_PATH": str(instance_path)}))
    with app.app_context():
        upgrade(directory=folder, revision="0002")
        db.session.execute(
            text("INSERT INTO search_outbox (key, created_at) VALUES ('91510100MA0000000X', :at)"),
            {"at": datetime(2026, 3, 1, tzinfo=UTC)},
        )
        db.session.commit()
        upgrade(directory=folder)
        waits = db.session.scalars(select(SearchOutbox)).one()
        assert (waits.index_name, waits.key) == ("institutions", "91510100MA0000000X")
        enqueue(["report:1"], at=datetime(2026, 3, 1, tzinfo=UTC), index=IndexName.CASES)
        db.session.commit()
        with pytest.raises(IntegrityError):
            db.session.execute(text("UPDATE search_outbox SET index_name = 'letters'"))
        db.session.rollback()
        downgrade(directory=folder, revision="0002")
        assert db.session.scalars(text("SELECT key FROM search_outbox")).all() == ["91510100MA0000000X"]
        db.session.remove()
        db.engine.dispose()


def test_the_migrated_database_is_what_the_models_say(app: Flask) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Model.metadata) == []


def test_the_audit_cannot_be_changed_or_emptied_even_by_hand(app: Flask) -> None:
    db.session.execute(
        text(
            "INSERT INTO audit_event (at, actor_name, actor_role, action, subject_kind, subject_id, region_code,"
            " detail) VALUES (:at, 'a', 'operator', 'b', 'c', 'd', '000000', '{}')"
        ),
        {"at": datetime(2026, 3, 1, tzinfo=UTC)},
    )
    db.session.commit()
    for statement in ("UPDATE audit_event SET action = 'x'", "DELETE FROM audit_event"):
        with pytest.raises(Exception, match="append only"):
            db.session.execute(text(statement))
        db.session.rollback()
