"""What a clue may come from: a later domain registers here how it proposes one, for the domain below cannot ask it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from credit_register.access.actor import Actor
from credit_register.letters.drafting import Clue, Source
from credit_register.letters.models import Kind

_REFERENCE = re.compile(r"([a-z_]{1,20}):([1-9][0-9]{0,8})", re.ASCII)


@dataclass(frozen=True)
class Proposal:
    """A clue that something gives, and what else it says about the letter. Nothing of who reported stands in it.

    `label` is how officers call the thing, as 举报 2026-000012.
    """

    name: str
    description: str
    label: str
    uscc: str = ""
    kind: Kind = Kind.IMPERSONATION
    addressee: str = ""


# None where there is no such thing for this actor, or nothing to write a letter about.
Loader = Callable[[Actor, int], Proposal | None]
# The page of the thing, for who may see it.
Address = Callable[[int], str]


@dataclass(frozen=True)
class _Kind:
    loader: Loader
    label: str
    address: Address | None


_kinds: dict[str, _Kind] = {}


def register_source(
    kind: str, loader: Loader, *, label: str = "来源", address: Address | None = None
) -> None:
    """Let clues come from a kind of thing; one of the same name takes the place of the one before."""
    if _REFERENCE.fullmatch(f"{kind}:1") is None:
        raise ValueError(f"{kind!r} is no name of a source")
    _kinds[kind] = _Kind(loader, label, address)


def read_reference(text: str) -> Source | None:
    """The thing that an address names, as report:12; None where it names none of a registered kind."""
    found = _REFERENCE.fullmatch(text.strip())
    return Source(found[1], int(found[2])) if found and found[1] in _kinds else None


def proposal(actor: Actor, source: Source) -> Proposal | None:
    """What the thing proposes to this actor."""
    known = _kinds.get(source.kind)
    return known.loader(actor, source.id) if known else None


def proposed_clue(source: Source, found: Proposal) -> Clue:
    """The line of the annex."""
    return Clue(name=found.name, description=found.description, uscc=found.uscc, source=source)


def source_link(source_kind: str, source_id: int | None) -> tuple[str, str]:
    """What a clue comes from in words, and the address of its page; both may be empty."""
    if not source_kind or source_id is None:
        return "", ""
    known = _kinds.get(source_kind)
    label = known.label if known else "来源"
    return f"{label} {source_id}", known.address(source_id) if known and known.address else ""
