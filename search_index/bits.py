"""Sets of document numbers as Python integers: and, or and counting run at the speed of memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import compress, islice
from operator import itemgetter, or_

_SPARSE = 64


def from_ids(ids: Iterable[int], size: int) -> int:
    """The set of these numbers, each below `size`."""
    ids = list(ids)
    if len(ids) <= _SPARSE:
        return reduce(or_, (1 << one for one in ids), 0)
    flags = bytearray(b"0") * size
    for one in ids:
        flags[one] = 49
    flags.reverse()
    return int(flags, 2)


def to_ids(bits: int) -> list[int]:
    """The numbers in the set, ascending."""
    flags = bin(bits)[:1:-1]
    found = []
    at = flags.find("1")
    while at >= 0:
        found.append(at)
        at = flags.find("1", at + 1)
    return found


def ordered(bits: int, order: Sequence[int], start: int, stop: int) -> list[int]:
    """Places start to stop of the set when it is read in `order`, which names each number once."""
    if not bits or start >= stop or len(order) < 2:
        return [one for one in order if bits >> one & 1][start:stop]
    flags = bin(bits)[:1:-1].ljust(max(order) + 1, "0")
    picked = compress(order, map("1".__eq__, itemgetter(*order)(flags)))
    return list(islice(picked, start, stop))


def all_but(missing: int, sets: Iterable[int], within: int) -> int:
    """Members of `within` that are in all but at most `missing` of the sets."""
    # levels[k] holds those that have missed exactly k of the sets so far.
    levels = [within] + [0] * missing
    for one in sets:
        for k in range(missing, 0, -1):
            levels[k] = (levels[k] & one) | (levels[k - 1] & ~one)
        levels[0] &= one
    return reduce(or_, levels, 0)
