"""The engines and how a URL picks one."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from search_index.model import Engine


def _whoosh(url: str) -> Engine:
    from search_index.engines.whoosh_engine import WhooshEngine

    path = unquote(urlsplit(url).path)
    if not path.startswith("//"):
        raise ValueError(
            f"a whoosh URL holds an absolute path after four slashes: whoosh:////var/index, not {url!r}"
        )
    return WhooshEngine(path[1:])


_SCHEMES: dict[str, Callable[[str], Engine]] = {"whoosh": _whoosh}


def open_engine(url: str) -> Engine:
    """The engine of a URL such as whoosh:////var/lib/register/index; ValueError names the known schemes.

    Opening touches no file: a missing index shows itself as IndexUnavailable at the first search.
    """
    scheme = url.partition(":")[0]
    if scheme not in _SCHEMES:
        raise ValueError(f"unknown search engine {scheme!r}; known: {', '.join(sorted(_SCHEMES))}")
    return _SCHEMES[scheme](url)
