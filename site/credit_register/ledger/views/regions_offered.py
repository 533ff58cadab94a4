"""The regions that an officer may make responsible: the own one and those below it."""

from __future__ import annotations

from credit_register.access.actor import Actor
from credit_register.core import regions
from credit_register.core.choices import SelectChoice
from credit_register.ledger.months.queries import offices_below


def region_choices(actor: Actor, *, present: str = "", empty: str) -> list[SelectChoice]:
    """The own region, the next level below, and the level below the province or city that is responsible now."""
    own = actor.region or regions.NATION
    codes = [own, *(region.code for region in regions.children(own))]
    province = f"{present[:2]}0000"
    for upper in (province, f"{present[:4]}00"):
        if present and upper != own and regions.find(upper) and regions.covers(own, upper):
            codes += [upper, *(region.code for region in regions.children(upper))]
    offered = dict.fromkeys(sorted(codes))
    return [
        SelectChoice("", empty),
        *(SelectChoice(code, f"{regions.full_name(code)}（{code}）") for code in offered if code != present),
    ]


def offices_in_scope(actor: Actor, *, named: str) -> list[SelectChoice]:
    """The own office, those directly below it, those below these, and the one that is named, where the actor sees it."""
    own = actor.region or regions.NATION
    codes = [own]
    for office in offices_below(own):
        codes += [office, *offices_below(office)]
    if named not in codes and regions.find(named) is not None and actor.sees_region(named):
        codes.append(named)
    return [SelectChoice(code, f"{regions.full_name(code)}（{code}）") for code in codes]
