"""The views of the queue that a person keeps under names of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flask import abort
from sqlalchemy import delete, select

from credit_register.access.actor import Actor
from credit_register.accounts.models import Account
from credit_register.core.database import db
from credit_register.reports.work_models import LONGEST_QUERY, SavedFilter

MOST: Final = 20
LONGEST_NAME: Final = 30


class FilterRefused(Exception):
    """The filter cannot be kept; the text stands beside the field of the name."""


def filters_of(actor: Actor) -> Sequence[SavedFilter]:
    """What the person keeps, by name."""
    return db.session.scalars(
        select(SavedFilter)
        .where(SavedFilter.account_id == actor.account_id)
        .order_by(SavedFilter.name, SavedFilter.id)
    ).all()


def filter_for(actor: Actor, filter_id: int) -> SavedFilter:
    """One of the person's own filters, or 404."""
    found = db.session.scalar(
        select(SavedFilter).where(SavedFilter.id == filter_id, SavedFilter.account_id == actor.account_id)
    )
    if found is None:
        abort(404)
    return found


def save_filter(*, name: str, query: str, actor: Actor) -> None:
    """Keep a filter under a name. Raises FilterRefused. Commits.

    A name that is there takes the new filter; a filter that is there takes the new name.
    """
    if not name:
        raise FilterRefused(f"请填写名称，1 至 {LONGEST_NAME} 字")
    if len(name) > LONGEST_NAME:
        raise FilterRefused(f"名称最多 {LONGEST_NAME} 字，现在有 {len(name)} 字")
    if not query:
        raise FilterRefused("现在没有设定条件。请先在上面选好条件并查找，再保存")
    if len(query) > LONGEST_QUERY:
        raise FilterRefused("条件中的文字太长，不能保存。请缩短查找的文字")
    # Held, so that of two tabs the second one sees what the first has kept.
    db.session.execute(select(Account.id).where(Account.id == actor.account_id).with_for_update())
    kept = filters_of(actor)
    named = next((each for each in kept if each.name == name), None)
    same = next((each for each in kept if each.query == query), None)
    if named is not None:
        named.query = query
        if same is not None and same is not named:
            db.session.delete(same)
    elif same is not None:
        same.name = name
    elif len(kept) >= MOST:
        raise FilterRefused(f"最多保存 {MOST} 个条件。请先删除一个不再使用的")
    else:
        assert actor.account_id is not None
        db.session.add(SavedFilter(account_id=actor.account_id, name=name, query=query))
    db.session.commit()


def delete_filter(kept: SavedFilter) -> None:
    """Keep it no longer. Commits."""
    db.session.execute(delete(SavedFilter).where(SavedFilter.id == kept.id))
    db.session.commit()
