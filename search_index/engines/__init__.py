"""The engines and how a URL picks one."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote, urlsplit

from search_index.engines.folder import FolderEngine, Format
from search_index.model import Engine


def _whoosh() -> Format:
    from search_index.engines.whoosh_format import WhooshFormat

    return WhooshFormat()


def _tantivy() -> Format:
    from search_index.engines.tantivy_format import TantivyFormat

    return TantivyFormat()


_FORMATS: dict[str, Callable[[], Format]] = {"whoosh": _whoosh, "tantivy": _tantivy}


def open_engine(url: str) -> Engine:
    """The engine of a URL such as whoosh:////var/lib/register/index; ValueError names the known schemes.

    Opening touches no file: a missing index shows itself as IndexUnavailable at the first search.
    """
    scheme = url.partition(":")[0]
    if scheme not in _FORMATS:
        raise ValueError(f"unknown search engine {scheme!r}; known: {', '.join(sorted(_FORMATS))}")
    path = unquote(urlsplit(url).path)
    if not path.startswith("//"):
        raise ValueError(
            f"a search URL holds an absolute path after four slashes: {scheme}:////var/index, not {url!r}"
        )
    return FolderEngine(path[1:], _FORMATS[scheme]())
