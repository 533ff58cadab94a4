"""Blocks of the page of a case that other modules of the ledger hang in, such as its measures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from credit_register.access.actor import Actor
from credit_register.ledger.models import LedgerCase

# What the template of the block reads as `part`; None where the block does not stand on the page of this case.
Loader = Callable[[Actor, LedgerCase], Any]


@dataclass(frozen=True)
class ShownPart:
    """A block with what it shows."""

    name: str
    template: str
    content: Any


_parts: dict[str, tuple[Loader, str]] = {}
_own_parts: dict[str, tuple[Loader, str]] = {}


def register_part(name: str, loader: Loader, template: str) -> None:
    """Let a block stand on the page, in the order of registering; one of the same name takes the place of the one before.

    The template is included between the records and the deeds; it sees `part` (what the loader gave), `case` and `actor`.
    """
    _parts[name] = (loader, template)


def register_own_part(name: str, loader: Loader, template: str) -> None:
    """The same for the page on which an institution sees its own case (/workspace/governance)."""
    _own_parts[name] = (loader, template)


def parts_of(actor: Actor, case: LedgerCase) -> list[ShownPart]:
    """The blocks of the page of one case."""
    return _shown(_parts, actor, case)


def own_parts_of(actor: Actor, case: LedgerCase) -> list[ShownPart]:
    """The blocks of an institution's page of its own case."""
    return _shown(_own_parts, actor, case)


def _shown(parts: dict[str, tuple[Loader, str]], actor: Actor, case: LedgerCase) -> list[ShownPart]:
    shown = ((name, template, loader(actor, case)) for name, (loader, template) in parts.items())
    return [ShownPart(name, template, content) for name, template, content in shown if content is not None]
