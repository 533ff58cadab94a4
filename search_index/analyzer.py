"""What of a document is indexed: the terms of each field and the columns kept beside them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from search_index import pinyin, text
from search_index.model import Document
from search_index.names import short_forms
from search_index.places import region_names

# Changes when an index of an older analyzer would answer differently; an engine refuses another version.
VERSION = 2

TERM_FIELDS = ("exact", "name", "near", "former", "syllables", "initials", "code", "label", "text")
CODE_PREFIXES = (4, 6, 8)
INITIAL_GRAM = 3
_SPELLINGS = 4
LONGEST_NEAR = 6
_NEAR_BEGINNINGS = (3, 4, 5)


def _values(record: Row | Body) -> list[Any]:
    """The fields in order; dataclasses.astuple would copy each of them."""
    return [getattr(record, one.name) for one in fields(record)]


@dataclass(frozen=True, slots=True)
class Row:
    """The columns of a document that filters, facets, sorting and exact comparison read.

    `forms`, `former`, `labels` and `initials` hold several texts, each between newlines, so that "begins with"
    and "equals" are one substring test. `registered` is a proleptic day number, 0 when unknown; fees are in yuan.
    """

    key: str
    name: str
    revision: int
    region: str
    categories: tuple[str, ...]
    status: str
    committed: bool
    adverse: bool
    registered: int
    fees: dict[str, float]
    forms: str
    former: str
    labels: str
    initials: str
    code: str
    sort_name: str

    def dump(self) -> bytes:
        """The row as bytes for an engine's column; JSON, because reading a pickle runs what it says."""
        return json.dumps(_values(self), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")

    @classmethod
    def load(cls, data: bytes) -> Row:
        """The row of `dump`; ValueError or TypeError when the bytes are not one."""
        row = cls(*json.loads(data.decode()))
        # Thousands of institutions share their categories and places.
        for name, value in (("categories", tuple(row.categories)), ("labels", sys.intern(row.labels))):
            object.__setattr__(row, name, value)
        return row


@dataclass(frozen=True, slots=True)
class Body:
    """The texts of a document that are read only to show a hit."""

    formers: tuple[str, ...]
    labels: tuple[str, ...]
    text: str

    def dump(self) -> bytes:
        """The body as JSON bytes."""
        return json.dumps(_values(self), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")

    @classmethod
    def load(cls, data: bytes) -> Body:
        """The body of `dump`."""
        formers, labels, running = json.loads(data.decode())
        return cls(tuple(formers), tuple(labels), running)


@dataclass(frozen=True, slots=True)
class Analysis:
    """A document ready for any engine."""

    terms: dict[str, set[str]]
    row: Row
    body: Body


def clean(value: str) -> str:
    """A text without the lone surrogates that no encoding can write."""
    return value.encode("utf-8", "replace").decode("utf-8")


def _between(texts: dict[str, None]) -> str:
    return "\n" + "".join(f"{one}\n" for one in texts) if texts else ""


def _texts(*values: str) -> dict[str, None]:
    return dict.fromkeys(one for one in map(text.compact, values) if one)


@lru_cache(maxsize=4096)
def _label_grams(label: str) -> frozenset[str]:
    return frozenset(text.grams(text.compact(label)))


def without_one(word: str) -> tuple[str, ...]:
    """The word and what is left of it without one of its characters.

    Two words that are one slip apart (wrong, missing, extra or swapped neighbours) have one of these in common.
    """
    return tuple(dict.fromkeys((word, *(word[:at] + word[at + 1 :] for at in range(len(word))))))


def _near(shorts: Sequence[str]) -> set[str]:
    """What short forms, and the beginnings of the shortest, share with slips of themselves."""
    core = shorts[0] if shorts else ""
    beginnings = [core[:length] for length in _NEAR_BEGINNINGS if length < len(core)]
    words = [form for form in shorts if 1 < len(form) <= LONGEST_NEAR]
    return {one for word in (*words, *beginnings) for one in without_one(word)}


def _syllables(name: str, shorts: tuple[str, ...]) -> dict[str, Sequence[tuple[str, ...]]]:
    """The readings of each form; one out of the name is read as there, the shortest also on its own."""
    whole = list(pinyin.readings(name))
    core = shorts[0] if shorts else ""
    at = name.find(core) if core and core != name else -1
    if at >= 0:
        for place, options in enumerate(pinyin.readings(core), at):
            whole[place] = tuple(dict.fromkeys((*whole[place], *options)))
    found: dict[str, Sequence[tuple[str, ...]]] = {name: whole}
    for form in shorts:
        at = name.find(form)
        found[form] = whole[at : at + len(form)] if at >= 0 else pinyin.readings(form)
    return found


def _syllable_terms(name: str, syllables: Mapping[str, Sequence[tuple[str, ...]]]) -> set[str]:
    terms = pinyin.syllable_terms(syllables[name])
    for form, readings in syllables.items():
        if form in name:  # what follows its beginning is in the name's terms already
            terms.update(f"^{one}" for one in (readings[0] if readings else ()))
        else:
            terms |= pinyin.syllable_terms(readings)
    return terms


def analyse(document: Document) -> Analysis:
    """Terms, columns and texts of one document."""
    name = text.compact(document.name)
    shorts = _texts(*short_forms(document.name, document.short_name))
    formers = _texts(*document.former_names)
    former_shorts = _texts(*(form for one in document.former_names for form in short_forms(one)))
    syllables = _syllables(name, tuple(shorts))
    spelled = dict.fromkeys(s for one in syllables.values() for s in pinyin.spellings(one, _SPELLINGS))
    letters = dict.fromkeys(s for one in syllables.values() for s in pinyin.initials(one, _SPELLINGS))
    code = text.compact(document.key)
    labels = (
        *document.category_names,
        *document.products,
        *document.fee_words,
        *region_names(document.region),
    )
    terms: dict[str, set[str]] = {
        "exact": {
            f"n:{name}",
            *(f"s:{one}" for one in shorts),
            *(f"f:{one}" for one in (formers | former_shorts)),
            *(f"p:{one}" for one in spelled),
            *(f"i:{one}" for one in letters),
        },
        "name": set().union(text.grams(name), *map(text.grams, shorts)),
        "near": _near(tuple(shorts)),
        "former": set().union(*map(text.grams, formers | former_shorts)),
        "syllables": _syllable_terms(name, syllables),
        "initials": {
            one[i : i + INITIAL_GRAM] for one in letters for i in range(max(1, len(one) - INITIAL_GRAM + 1))
        },
        "code": {code[:length] for length in CODE_PREFIXES},
        "label": set().union(*map(_label_grams, labels)),
        "text": set().union(*map(text.indexed_words, (*document.products, document.text))),
    }
    first = "".join(options[0].ljust(7) for options in syllables[name])
    row = Row(
        key=document.key,
        name=clean(document.name),
        revision=document.revision,
        region=document.region,
        categories=tuple(document.categories),
        status=document.status,
        committed=document.committed,
        adverse=document.adverse,
        registered=document.registered_on.toordinal() if document.registered_on else 0,
        fees=dict(document.fees),
        forms=_between({name: None, **shorts} if name else shorts),
        former=_between(formers | former_shorts),
        labels=_between(_texts(*labels)),
        initials=_between(letters),
        code=f"\n{code}\n",
        sort_name=f"{first}\n{name}",
    )
    body = Body(
        tuple(map(clean, document.former_names)),
        tuple(map(clean, dict.fromkeys((*document.products, *document.fee_words, *document.category_names)))),
        clean(document.text[: text.MAX_TEXT]),
    )
    return Analysis(terms, row, body)
