"""Whose X-Forwarded-For counts: only proxies that the operator named are believed."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class TrustedProxies:
    """Put the real client into REMOTE_ADDR, and the scheme that a trusted proxy saw into wsgi.url_scheme."""

    def __init__(self, application: WSGIApplication, proxies: Iterable[str]) -> None:
        self._application = application
        self._networks = [ip_network(proxy, strict=False) for proxy in proxies]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self._networks and self._trusted(environ.get("REMOTE_ADDR", "")):
            environ["REMOTE_ADDR"] = self._client(environ)
            if environ.get("HTTP_X_FORWARDED_PROTO") in ("http", "https"):
                environ["wsgi.url_scheme"] = environ["HTTP_X_FORWARDED_PROTO"]
        return self._application(environ, start_response)

    def _trusted(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)

    def _client(self, environ: WSGIEnvironment) -> str:
        """The nearest address that is no trusted proxy, read from the right: the left part may be forged."""
        client: str = environ["REMOTE_ADDR"]
        for hop in reversed(environ.get("HTTP_X_FORWARDED_FOR", "").split(",")):
            address = hop.strip()
            try:
                ip_address(address)
            except ValueError:
                break
            client = address
            if not self._trusted(address):
                break
        return client
