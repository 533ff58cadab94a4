"""Page numbers as they come in an address."""

from __future__ import annotations

from flask import request


class BadParameter(Exception):
    """An address carries a parameter that cannot be used; `name` says which, the text says what to do."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def page_number(name: str = "page", most: int = 1_000_000) -> int:
    """The wanted page, from 1; anything else is a bad parameter."""
    return whole_number(name, default=1, most=most)


def whole_number(name: str, *, default: int, most: int) -> int:
    """A whole number from 1 to `most` in the address."""
    text = request.args.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdecimal()) or len(text) > 9 or not 1 <= int(text) <= most:
        raise BadParameter(name, f"参数 {name} 须为 1 至 {most} 的整数")
    return int(text)
