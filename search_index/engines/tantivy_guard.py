"""tantivy's failures as exceptions that callers expect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from search_index.model import IndexUnavailable


def guarded(call: Callable[..., Any], *values: Any, **named: Any) -> Any:
    """What tantivy answers; IndexUnavailable for its errors and its panics, which Python counts among no exceptions."""
    try:
        return call(*values, **named)
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise IndexUnavailable(f"the search index is damaged or cannot be written: {error}") from error
        raise
