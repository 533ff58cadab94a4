"""The options of a select field."""

from __future__ import annotations

from wtforms import SelectChoice  # type: ignore[attr-defined]  # newer than the published types

__all__ = ["SelectChoice"]
