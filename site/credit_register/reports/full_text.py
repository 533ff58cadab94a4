"""Looking for words in all that was written in reports: asked here, answered by a later domain that has an index.

Without an index, or while it is being built, the queue looks through names, codes and numbers in the database.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from credit_register.access.actor import Actor

# How many of the best hits narrow a queue: whoever has more before them types another word.
MOST = 500


@dataclass(frozen=True)
class Hits:
    """The numbers of the best reports, at most MOST, and how many there are altogether."""

    ids: Sequence[int]
    total: int

    @property
    def is_cut(self) -> bool:
        """Whether there are more than the queue looks at."""
        return self.total > MOST


# Of the actor's region and the one wanted (or none); None while there is no index.
Finder = Callable[[Actor, str, str, int], Hits | None]
_finders: list[Finder] = []


def register_finder(finder: Finder) -> None:
    """Let a domain answer; it takes the place of the one before."""
    _finders[:] = [finder]


def find(actor: Actor, text: str, *, region: str = "") -> Hits | None:
    """The reports in which a text was found; None where only the database can answer."""
    return _finders[0](actor, text, region, MOST) if _finders else None
