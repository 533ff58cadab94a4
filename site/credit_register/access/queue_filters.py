"""What the filters above the queues of staff say: each value is known, or the page says which parameter is not."""

from __future__ import annotations

from collections.abc import Container

from flask import request

from credit_register.access.actor import Actor
from credit_register.core import regions
from credit_register.core.paging import BadParameter

LONGEST_TEXT = 100


def one_of(name: str, known: Container[str]) -> str:
    """A word of a list, or nothing; raises BadParameter."""
    value = request.args.get(name, "").strip()
    if value and value not in known:
        raise BadParameter(name, f"参数 {name} 的值“{value[:40]}”无法识别，请从列表中选择")
    return value


def typed(name: str = "q", most: int = LONGEST_TEXT) -> str:
    """A text to look for, without what cannot be printed."""
    text = "".join(char if char.isprintable() else " " for char in request.args.get(name, ""))
    return " ".join(text.split())[:most]


def region_of(name: str = "region") -> str:
    """The code of a region, given as such or by its beginning, or nothing; raises BadParameter."""
    text = request.args.get(name, "").strip()
    try:
        return regions.parse_filter(text) if text else ""
    except regions.UnknownRegion as error:
        raise BadParameter(name, str(error).removesuffix("。")) from error


def regions_below(actor: Actor, chosen: str) -> list[tuple[str, str]]:
    """What the region filter offers: the next level below the office, and the one already chosen."""
    below = regions.children(actor.region or regions.NATION)
    offered = [(region.code, regions.full_name(region.code)) for region in below]
    if chosen and chosen not in dict(offered):
        offered.append((chosen, regions.full_name(chosen)))
    return offered
