"""Questions to the list of institutions, all different, as each server wants them written."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from search_index.facets import region_prefix
from tests.bench.fts import datasette_words
from tests.search_index.labelled import labelled
from tests.search_index.register import Made

_PER_KIND = 1_400  # of 20 kinds: more than any server here answers in all its turns


@dataclass(frozen=True)
class Question:
    """What a person types, and the code of the institution that is meant."""

    kind: str
    typed: str
    region: str | None
    key: str

    @property
    def page(self) -> str:
        """The address of the page."""
        return f"/institutions?{self._query}"

    @property
    def api(self) -> str:
        """The address of the API."""
        return f"/api/v1/institutions?{self._query}"

    @property
    def datasette(self) -> str:
        """The same for Datasette: bigrams joined by AND, and as many rows as our page shows."""
        asked = {"_search": datasette_words(self.typed), "_size": "20"}
        if self.region:
            asked["region__startswith"] = region_prefix(self.region)
        return urlencode(asked)

    @property
    def _query(self) -> str:
        return urlencode({"q": self.typed} | ({"region": self.region} if self.region else {}))


def different(made: Sequence[Made], part: int) -> list[Question]:
    """Questions of all kinds in random order, no two alike; part 0 and part 1 have none in common.

    Names, short names, slips, pinyin, initials, codes, places with trades, sentences: the kinds that the
    right answers are counted for.
    """
    rng = random.Random(23)
    found = {
        (one.text, one.region): Question(one.kind, one.text, one.region, one.key)
        for one in labelled(made, per_kind=min(_PER_KIND, len(made) * 7 // 10), seed=29)
        if not one.category  # a filter that Datasette's page of this table does not have
    }
    asked = list(found.values())
    rng.shuffle(asked)
    return asked[part::2]
