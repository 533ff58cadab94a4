"""What else leaves the public with a record: a domain that published something about records registers itself here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from credit_register.access.actor import Actor
from credit_register.credit_records.models import CreditRecord

# Judges by the present state of the records; within the transaction of the deed, whose caller commits.
Follower = Callable[[Sequence[CreditRecord], Actor, datetime], None]
_followers: dict[str, Follower] = {}


def register_follower(name: str, follower: Follower) -> None:
    """Let a domain follow; one of the same name takes the place of the one before."""
    _followers[name] = follower


def follow(records: Sequence[CreditRecord], *, actor: Actor, now: datetime) -> None:
    """Let every domain look at records that have left, or whose obligations were met; the caller commits."""
    if records:
        for follower in _followers.values():
            follower(records, actor, now)
