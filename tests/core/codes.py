"""Codes of institutions that do not exist, reckoned apart from the code under test."""

from __future__ import annotations

CHARSET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def organisation_check(body: str) -> str:
    """The ninth character of an organisation code (GB 11714)."""
    values = [int(each) if each.isdigit() else ord(each) - 55 for each in body]
    check = (
        11 - sum(value * weight for value, weight in zip(values, (3, 7, 9, 10, 5, 8, 4, 2), strict=True)) % 11
    )
    return {10: "X", 11: "0"}.get(check, str(check))


def uscc(division: str = "110000", serial: int = 1, kind: str = "91") -> str:
    """A valid code; another serial (up to 999999) gives another code."""
    body = f"MA{serial:06d}"
    first17 = kind + division + body + organisation_check(body)
    weights = [pow(3, power, 31) for power in range(17)]
    total = sum(CHARSET.index(each) * weight for each, weight in zip(first17, weights, strict=True))
    return first17 + CHARSET[(31 - total % 31) % 31]
