"""What staff look for: the kinds of cases, who may look for each, and what of a case can be found.

A domain describes a kind once (`CaseKind`). From that come its documents in the index of the cases, the changes that
reach it, the lines of the page and the answer without an index. Nothing of the identity of who reported belongs here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm.interfaces import ORMOption

from credit_register.access.actor import Actor
from credit_register.access.roles import Permission

Row = TypeVar("Row")


@dataclass(frozen=True)
class Case:
    """One case as staff find it and as a line of the list shows it.

    `numbers` name it exactly: its own number first, then codes. `words` say what it is about, `texts` are what staff
    read in it; phone, identity and card numbers in them are masked before they reach the index. `day` is when it began.
    """

    id: int
    title: str
    region: str
    state: str
    state_label: str
    day: date | None
    numbers: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class CaseKind(Generic[Row]):
    """One kind of case.

    `category` is its two-digit number in the index and never changes. `in_scope` gives the rows that the actor's office
    may see; what no office sees is not there for the operator either, and thus in no index. `contains` is the answer of
    the database while there is no index. `parts` are models whose rows belong to a case, with the column that holds its
    number. `institution_id` is the column of the institution whose name or region the case shows, where it shows one.
    """

    name: str
    category: str
    label: str
    permission: Permission
    endpoint: str
    argument: str
    model: type[Any]  # with a column `id`
    in_scope: Callable[[Actor], Select[Row]]
    describe: Callable[[Row], Case]
    contains: Callable[[str], ColumnElement[bool]]
    loading: Sequence[ORMOption] = ()
    parts: Mapping[type[Any], InstrumentedAttribute[Any]] = field(default_factory=dict)
    institution_id: InstrumentedAttribute[Any] | None = None
