"""The peer of the search: SQLite's FTS5 on the same bigrams, and the same rows as Datasette shows them.

It gets what a careful person would give it in an afternoon: bigrams as tokens, each word of a query as a
phrase of bigrams (so that it means "stands in the text"), words joined by AND, bm25 for the order. It knows
no pinyin, no slips and no relaxation, so many of the questions cost it nothing but an empty answer.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from search_index import Query, text
from search_index.facets import child_length, region_prefix
from tests.search_index.register import Made

_SCHEMA = """
CREATE TABLE institution (
  id INTEGER PRIMARY KEY, uscc TEXT UNIQUE, name TEXT, region TEXT, categories TEXT, status TEXT,
  committed INTEGER, registered_on TEXT, products TEXT, introduction TEXT
);
CREATE TABLE institution_category (institution_id INTEGER, code TEXT, PRIMARY KEY (institution_id, code))
  WITHOUT ROWID;
CREATE INDEX category_code ON institution_category (code);
CREATE INDEX institution_region ON institution (region);
CREATE INDEX institution_registered ON institution (registered_on);
CREATE INDEX institution_name ON institution (name);
-- External content: Datasette finds the search of a table by this option; only row numbers are read from it.
CREATE VIRTUAL TABLE institution_fts USING fts5 (title, rest, content="institution", content_rowid="id");
"""


def pairs(word: str) -> list[str]:
    """Neighbouring characters in order, repeated ones too, as a phrase needs them."""
    return [word[at : at + 2] for at in range(len(word) - 1)] or [word]


def _tokens(values: Iterable[str]) -> str:
    # The letter between two texts keeps a phrase from running over their border.
    return " z ".join(" ".join(pairs(word)) for word in map(text.compact, values) if word)


def build(path: Path, made: Iterable[Made]) -> None:
    """Write a database of these institutions with its full-text index."""
    with sqlite3.connect(path) as database:
        database.executescript(_SCHEMA)
        for number, one in enumerate(made, 1):
            document = one.document
            database.execute(
                "INSERT INTO institution VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    number,
                    document.key,
                    document.name,
                    document.region,
                    "、".join(document.category_names),
                    document.status,
                    int(document.committed),
                    str(document.registered_on),
                    "、".join(document.products),
                    document.text,
                ),
            )
            database.executemany(
                "INSERT INTO institution_category VALUES (?, ?)",
                [(number, category) for category in document.categories],
            )
            others = (*document.former_names, *document.category_names, *document.products, document.text)
            database.execute(
                "INSERT INTO institution_fts (rowid, title, rest) VALUES (?, ?, ?)",
                (number, _tokens([document.name]), _tokens([one.place, *others])),
            )
        database.execute("INSERT INTO institution_fts (institution_fts) VALUES ('optimize')")
    database.close()


def match(typed: str) -> str:
    """The FTS5 expression of a query: each word a phrase of bigrams, a short or Latin word a beginning."""
    words = []
    for word in text.split_words(typed):
        if text.is_latin(word) or len(word) == 1:
            words.append(f'"{word}"*')
        else:
            words.append('"' + " ".join(pairs(word)) + '"')
    return " AND ".join(words)


def datasette_words(typed: str) -> str:
    """The same for Datasette's search box, which quotes each word itself: bigrams joined by AND."""
    words = text.split_words(typed)
    return " ".join(pair for word in words for pair in ([word] if text.is_latin(word) else pairs(word)))


def _filters(query: Query) -> tuple[str, dict[str, str | int]]:
    conditions, values = ["1"], dict[str, str | int]()
    if query.text:
        conditions.append("institution_fts MATCH :match")
        values["match"] = match(query.text) or '""'
    if prefix := region_prefix(query.region):
        conditions.append("region >= :from AND region < :below")
        values |= {"from": prefix, "below": prefix + ":"}
    if query.category:
        conditions.append("id IN (SELECT institution_id FROM institution_category WHERE code = :category)")
        values["category"] = query.category
    if query.status:
        conditions.append("status = :status")
        values["status"] = query.status
    if query.committed is not None:
        conditions.append("committed = :committed")
        values["committed"] = int(query.committed)
    return " AND ".join(conditions), values


class FullText:
    """Questions to the database, answered with the same parts as the search gives."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def hits(self, query: Query) -> list[tuple[str]]:
        """One page of codes, the best first."""
        where, values = _filters(query)
        order = {"newest": "registered_on DESC, id", "relevance": "rank" if query.text else "name"}
        values |= {"most": query.per_page, "skip": (query.page - 1) * query.per_page}
        return self._database.execute(
            f"SELECT uscc FROM {_source(query)} WHERE {where}"
            f" ORDER BY {order.get(query.sort, 'name')} LIMIT :most OFFSET :skip",
            values,
        ).fetchall()

    def counts(self, query: Query) -> list[list[tuple[str, int]]]:
        """The total and the four facets (with all filters on, which is less than the search counts)."""
        where, values = _filters(query)
        source = _source(query)
        length = child_length(region_prefix(query.region))
        categories = "JOIN institution_category ON institution_id = id"
        questions = (
            f"SELECT 'all', count(*) FROM {source} WHERE {where}",
            f"SELECT substr(region, 1, {length}), count(*) FROM {source} WHERE {where} GROUP BY 1",
            f"SELECT code, count(*) FROM {source} {categories} WHERE {where} GROUP BY 1",
            f"SELECT status, count(*) FROM {source} WHERE {where} GROUP BY 1",
            f"SELECT committed, count(*) FROM {source} WHERE {where} GROUP BY 1",
        )
        return [self._database.execute(question, values).fetchall() for question in questions]

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


def _source(query: Query) -> str:
    if not query.text:
        return "institution"
    return "institution_fts CROSS JOIN institution ON id = institution_fts.rowid"
