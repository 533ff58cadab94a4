"""What may be set at all: a domain defines its settings beside its rules, and the page of staff shows them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


class SettingUnreadable(ValueError):
    """What was typed is no value of this setting; the text says what to write."""


@dataclass(frozen=True)
class Setting:
    """One setting. `read` makes a stored value of what was typed and raises SettingUnreadable; `show` gives it back.

    `choices` (value → words) make a list of the field; without them it is a text area. `source` says where the default
    comes from; `confirmed` whether somebody has checked it against the law. `national` ones only the nation sets.
    """

    name: str
    title: str
    hint: str
    default: Any
    source: str
    read: Callable[[str], Any]
    show: Callable[[Any], str]
    choices: Mapping[str, str] | None = None
    confirmed: bool = False
    national: bool = False


_settings: dict[str, Setting] = {}


def define(setting: Setting) -> Setting:
    """Make a setting known; one of the same name takes the place of the one before."""
    _settings[setting.name] = setting
    return setting


def define_choice(
    name: str,
    title: str,
    choices: Mapping[str, str],
    *,
    default: str,
    source: str,
    hint: str = "",
    national: bool = False,
) -> Setting:
    """A setting that is one of a few words."""

    def read(text: str) -> str:
        if text not in choices:
            raise SettingUnreadable(f"请从 {'、'.join(choices.values())} 中选择一项")
        return text

    return define(
        Setting(
            name, title, hint, default, source, read, lambda value: choices[value], choices, national=national
        )
    )


def setting(name: str) -> Setting:
    """The setting of this name; raises KeyError."""
    return _settings[name]


def settings() -> list[Setting]:
    """All of them, in the order in which the domains defined them."""
    return list(_settings.values())
