"""Each test starts from the same rows and numbers, whatever the one before it did."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.databases import ResettableDatabase
from tests.services import PostgresServer

TABLES = """
CREATE TABLE region (code integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE office (id serial PRIMARY KEY, region_code integer NOT NULL REFERENCES region);
INSERT INTO region VALUES (66, 'Corps');
INSERT INTO office (region_code) VALUES (66);
"""


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[ResettableDatabase]:
    postgres_server.execute("CREATE DATABASE resettable")
    made = ResettableDatabase(postgres_server.url("resettable"))
    with connect(made) as connection:
        connection.execute(TABLES)
    made.remember()
    yield made
    made.close()
    postgres_server.execute("DROP DATABASE resettable WITH (FORCE)")


def connect(database: ResettableDatabase) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(database.url.replace("+psycopg", ""), autocommit=True)


def test_rows_and_numbers_go_back_to_the_first_state(database: ResettableDatabase) -> None:
    with connect(database) as connection:
        connection.execute("INSERT INTO office (region_code) VALUES (66), (66)")
        connection.execute("UPDATE region SET name = 'changed'")
    database.reset()
    with connect(database) as connection:
        assert connection.execute("SELECT name FROM region").fetchall() == [("Corps",)]
        assert connection.execute("SELECT id FROM office").fetchall() == [(1,)]
        connection.execute("INSERT INTO office (region_code) VALUES (66)")
        assert connection.execute("SELECT max(id) FROM office").fetchone() == (2,)


def test_a_table_that_a_test_made_is_gone(database: ResettableDatabase) -> None:
    with connect(database) as connection:
        connection.execute("CREATE TABLE scratch (office_id integer REFERENCES office)")
    database.reset()
    with connect(database) as connection:
        assert connection.execute("SELECT to_regclass('scratch')").fetchone() == (None,)


def test_a_forgotten_connection_that_holds_a_lock_is_ended(database: ResettableDatabase) -> None:
    forgotten = connect(database)
    forgotten.autocommit = False
    forgotten.execute("LOCK TABLE office IN ACCESS EXCLUSIVE MODE")
    database.reset()
    with pytest.raises(psycopg.OperationalError):
        forgotten.execute("SELECT 1")
    forgotten.close()
