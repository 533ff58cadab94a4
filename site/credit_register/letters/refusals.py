"""Why a deed at a letter was refused, each with a sentence for the person who tried."""

from __future__ import annotations


class LetterRefused(Exception):
    """What was sent cannot be taken; `field` names the input, the text says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class LetterIncomplete(Exception):
    """The draft lacks something that every letter has; `missing` are the names of it."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(f"还不能送签发：请先修改草稿，补上{'、'.join(missing)}。")
        self.missing = missing


class WrongPerson(Exception):
    """Somebody else has to take the step; the text says who."""
