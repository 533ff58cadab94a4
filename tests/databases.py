"""One PostgreSQL database that goes back to its first state between tests, faster than a new one is made."""

from __future__ import annotations

import psycopg

# What `remember` keeps: which tables there are, every row in them, and where every sequence stood.
REMEMBER = """
CREATE SCHEMA first_rows;
CREATE SCHEMA first_state;
CREATE TABLE first_state.tables AS
    SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public';
CREATE TABLE first_state.sequences AS
    SELECT sequencename AS name, last_value FROM pg_sequences WHERE schemaname = 'public';
DO $$
DECLARE item record; has_rows boolean;
BEGIN
    FOR item IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', item.tablename) INTO has_rows;
        IF has_rows THEN
            EXECUTE format('CREATE TABLE first_rows.%1$I AS TABLE public.%1$I', item.tablename);
        END IF;
    END LOOP;
END $$;
"""

# A connection that a test forgot may hold a lock, so it goes first. The role "replica" sets foreign keys and
# triggers aside, so that the order of the tables does not matter and append-only tables can be emptied.
RESET = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
SET session_replication_role = replica;
DO $$
DECLARE item record;
BEGIN
    FOR item IN
        SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND tablename NOT IN (SELECT name FROM first_state.tables)
    LOOP
        EXECUTE format('DROP TABLE public.%I CASCADE', item.tablename);
    END LOOP;
    FOR item IN SELECT name FROM first_state.tables LOOP
        EXECUTE format('DELETE FROM public.%I', item.name);
    END LOOP;
    FOR item IN SELECT tablename FROM pg_tables WHERE schemaname = 'first_rows' LOOP
        EXECUTE format('INSERT INTO public.%1$I TABLE first_rows.%1$I', item.tablename);
    END LOOP;
    FOR item IN
        SELECT sequencename, start_value, before.last_value
        FROM pg_sequences AS present
        JOIN first_state.sequences AS before ON before.name = present.sequencename
        WHERE schemaname = 'public' AND present.last_value IS DISTINCT FROM before.last_value
    LOOP
        PERFORM setval(
            format('public.%I', item.sequencename)::regclass,
            coalesce(item.last_value, item.start_value),
            item.last_value IS NOT NULL
        );
    END LOOP;
END $$;
"""


class ResettableDatabase:
    """A set-up database and a connection of its own that puts it back."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection = psycopg.connect(
            url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True
        )

    def remember(self) -> None:
        """Take the present rows for the first state."""
        self._connection.execute(REMEMBER)

    def reset(self) -> None:
        """Go back to the first state."""
        self._connection.execute(RESET)

    def close(self) -> None:
        self._connection.close()
