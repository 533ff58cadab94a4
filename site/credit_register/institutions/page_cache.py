"""Rendered pages kept in a process, and how they are answered: whole, or as "not modified"."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from threading import Lock

from flask import Response, current_app, request

MOST_PAGES = 256


@dataclass(frozen=True)
class Page:
    """A rendered page and the tag of its content."""

    body: bytes
    tag: str


class PageCache:
    """The pages used last; the key must name everything that the content depends on."""

    def __init__(self, most: int = MOST_PAGES) -> None:
        self._most = most
        self._pages: OrderedDict[Hashable, Page] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Page | None:
        """The page of this key, or None."""
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def put(self, key: Hashable, html: str) -> Page:
        """Keep a page; the one unused for longest gives way."""
        body = html.encode()
        page = Page(body, hashlib.sha256(body).hexdigest()[:32])
        with self._lock:
            self._pages[key] = page
            self._pages.move_to_end(key)
            while len(self._pages) > self._most:
                self._pages.popitem(last=False)
        return page


def pages() -> PageCache:
    """The pages of this application."""
    found: PageCache = current_app.extensions.setdefault("page_cache", PageCache())
    return found


def may_be_personal() -> bool:
    """Whether the reader may be signed in or have a message waiting; cookies of a parent domain do not count."""
    config = current_app.config
    own = {config["SESSION_COOKIE_NAME"], config.get("REMEMBER_COOKIE_NAME", "remember_token")}
    return not own.isdisjoint(request.cookies)


def answer(page: Page) -> Response:
    """The page, or 304 when the browser has it; a browser asks each time, so that a change shows at once."""
    response = Response(page.body, mimetype="text/html")
    response.set_etag(page.tag)
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Cookie")
    response.make_conditional(request)
    return response
