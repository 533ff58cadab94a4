"""What tantivy keeps of a document, and the shared conditions as its queries.

tantivy has no tokenizer for Chinese, so it gets ready terms joined by blanks. Where a text must be found inside another,
its grams of one to three characters are plain terms and its grams of four are a sequence with positions: a short text
is then one term, and only a longer one needs a phrase. A "^" stands before each text, so that "begins with" is nothing
but a text with a "^" before it. Of initials and codes nobody asks for a short part that is no beginning.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import tantivy
from tantivy import Occur, Query

from search_index import ranking
from search_index.analyzer import Analysis, Row
from search_index.plan import (
    LONGEST_INNER_LABEL,
    LONGEST_LABEL,
    AllOf,
    AnyOf,
    Clause,
    Everything,
    Find,
    Has,
    Keys,
)

TERM_FIELDS = ("exact", "near", "syllables", "text")
LABELS = "labels"
LONG = ("forms", "former", "initials", "code")
SHORT = ("forms", "former")
SHORT_BEGINNINGS = ("initials",)
FACET_FIELDS = {"region": ("region_2", "region_4", "region_6"), "category": ("categories",)}
NUMBERS = frozenset((*ranking.COLUMNS, *(ranking.fee_column(f"{code:02}") for code in range(100))))
_GRAM = 4
_SHORT_LENGTHS = (1, 2, 3)
_BORDER = " | "  # no phrase runs from one text into the next


def schema() -> Any:
    """Terms to find, numbers to sort by, texts to count for facets, and two columns to read."""
    builder = tantivy.SchemaBuilder()
    short = [f"{name}_short" for name in (*SHORT, *SHORT_BEGINNINGS)]
    for name in (*TERM_FIELDS, LABELS, *short, "region", "category"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("key", tokenizer_name="raw", index_option="basic")
    for name in LONG:
        builder.add_text_field(f"{name}_long", tokenizer_name="whitespace", index_option="position")
    for name in (*FACET_FIELDS["region"], "categories", "status", "committed"):
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in sorted(NUMBERS):
        builder.add_unsigned_field(name, fast=True)
    for name in ("row", "body"):
        builder.add_bytes_field(name, stored=True)
    return builder.build()


SCHEMA = schema()


def fields(analysis: Analysis) -> Any:
    """A document as tantivy takes it."""
    row = analysis.row
    found: dict[str, Any] = {name: " ".join(analysis.terms[name]) for name in TERM_FIELDS}
    for name in LONG:
        anchored = [f"^{one}" for one in getattr(row, name).split()]
        found[f"{name}_long"] = _BORDER.join(" ".join(_long_grams(one)) for one in anchored)
        if name in SHORT:
            found[f"{name}_short"] = " ".join(_short_grams(anchored))
        elif name in SHORT_BEGINNINGS:
            found[f"{name}_short"] = " ".join({one[:length] for one in anchored for length in _SHORT_LENGTHS})
    found |= {
        LABELS: " ".join(set().union(*map(_label_terms, row.labels.split()))),
        "key": row.key,
        "region": " ".join(_prefixes(row)),
        "category": " ".join(row.categories),
        "categories": " ".join(sorted(set(row.categories))),
        "status": row.status,
        "committed": str(int(row.committed)),
        "row": row.dump(),
        "body": analysis.body.dump(),
    }
    found |= dict(zip(FACET_FIELDS["region"], _prefixes(row), strict=True))
    found |= {name: number for name, number in ranking.numbers(row).items() if name in NUMBERS}
    return tantivy.Document.from_dict(found, SCHEMA)


def _prefixes(row: Row) -> tuple[str, str, str]:
    return row.region[:2], row.region[:4], row.region[:6]


def _short_grams(anchored: Iterable[str]) -> set[str]:
    return {
        one[at : at + length]
        for one in anchored
        for length in _SHORT_LENGTHS
        for at in range(len(one) - length + 1)
    }


@lru_cache(maxsize=4096)
def _label_terms(label: str) -> frozenset[str]:
    """Everything that `plan.in_labels` may ask of a label: what is short and inside, what is long and begins it."""
    inside = (
        label[at : at + length]
        for length in range(1, LONGEST_INNER_LABEL + 1)
        for at in range(len(label) - length + 1)
    )
    begins = (f"^{label[:length]}" for length in range(LONGEST_INNER_LABEL + 1, LONGEST_LABEL + 1))
    return frozenset((*inside, *begins))


def _long_grams(anchored: str) -> list[str]:
    return [anchored[at : at + _GRAM] for at in range(max(1, len(anchored) - _GRAM + 1))]


# Conditions.


def query(clause: Clause, known: dict[int, Query] | None = None) -> Query:
    """The condition as a query of tantivy; `known` holds by identity what was made of conditions that come again."""
    known = {} if known is None else known
    if id(clause) not in known:
        known[id(clause)] = _query(clause, known)
    return known[id(clause)]


def _query(clause: Clause, known: dict[int, Query]) -> Query:
    if isinstance(clause, Everything):
        return Query.all_query()
    if isinstance(clause, Has):
        return _term("forms_short" if clause.field == "name" else clause.field, clause.term)
    if isinstance(clause, Find):
        needle = f"^{clause.needle}" if clause.begins else clause.needle
        return _term(LABELS, needle) if clause.column == LABELS else _holds(clause.column, needle)
    if isinstance(clause, Keys):
        return Query.term_set_query(SCHEMA, "key", list(clause.keys))
    parts = [query(one, known) for one in clause.clauses]
    if isinstance(clause, AllOf):
        return all_of(parts)
    if isinstance(clause, AnyOf):
        return any_of(parts)
    if not clause.missing:
        return all_of(parts)
    # Whoever misses so few has one of the rarest, which are few to look at.
    some = any_of(parts[: clause.missing + 1])
    most = Query.boolean_query(
        [(Occur.Should, part) for part in parts],
        minimum_number_should_match=max(1, len(parts) - clause.missing),
    )
    return all_of([some, most])


def all_of(queries: Sequence[Query], but: Sequence[Query] = ()) -> Query:
    """Documents of all queries but of none of the others; of no queries, none."""
    if not queries:
        return Query.empty_query()
    if len(queries) == 1 and not but:
        return queries[0]
    return Query.boolean_query(
        [*((Occur.Must, one) for one in queries), *((Occur.MustNot, one) for one in but)]
    )


def any_of(queries: Sequence[Query]) -> Query:
    """Documents of at least one query."""
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Should, one) for one in queries]) if queries else Query.empty_query()


def filters(chosen: Iterable[tuple[str, str]]) -> list[Query]:
    """The filters as queries."""
    return [_term(name, value) for name, value in chosen]


def number_is(column: str, number: int) -> Query:
    """Documents with this number in a column."""
    return _numbers(column, number, number)


def number_below(column: str, number: int) -> Query:
    """Documents with a smaller number in a column."""
    return _numbers(column, 0, number - 1) if number else Query.empty_query()


def _numbers(column: str, lowest: int, highest: int) -> Query:
    return Query.range_query(SCHEMA, column, tantivy.FieldType.Unsigned, lowest, highest)


def _term(field: str, value: str) -> Query:
    return Query.term_query(SCHEMA, field, value, "basic")


def _holds(column: str, needle: str) -> Query:
    if len(needle) < _GRAM:
        return _term(f"{column}_short", needle)
    grams = _long_grams(needle)
    if len(grams) == 1:
        return _term(f"{column}_long", grams[0])
    return Query.phrase_query(SCHEMA, f"{column}_long", list(grams))
