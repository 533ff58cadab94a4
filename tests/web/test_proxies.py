from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from credit_register.web.proxies import TrustedProxies


def seen_client(
    proxies: tuple[str, ...], peer: str, forwarded: str | None, scheme: str = ""
) -> tuple[str, str]:
    seen: dict[str, Any] = {}

    def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        seen.update(environ)
        return []

    environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http"}
    if forwarded is not None:
        environ["HTTP_X_FORWARDED_FOR"] = forwarded
    if scheme:
        environ["HTTP_X_FORWARDED_PROTO"] = scheme
    TrustedProxies(application, proxies)(environ, lambda *_: lambda _: None)  # type: ignore[arg-type]
    return seen["REMOTE_ADDR"], seen["wsgi.url_scheme"]


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "client"),
    [
        ((), "203.0.113.9", "198.51.100.1", "203.0.113.9"),
        (("127.0.0.1",), "203.0.113.9", "198.51.100.1", "203.0.113.9"),
        (("127.0.0.1",), "127.0.0.1", "198.51.100.1", "198.51.100.1"),
        (("127.0.0.1",), "127.0.0.1", "192.0.2.66, 198.51.100.1", "198.51.100.1"),
        (("127.0.0.1", "10.0.0.0/8"), "127.0.0.1", "192.0.2.66, 198.51.100.1, 10.1.2.3", "198.51.100.1"),
        (("127.0.0.1",), "127.0.0.1", "not an address", "127.0.0.1"),
        (("127.0.0.1",), "127.0.0.1", None, "127.0.0.1"),
        (("::1",), "::1", "2001:db8::5", "2001:db8::5"),
    ],
)
def test_only_the_hop_before_a_trusted_proxy_is_believed(
    proxies: tuple[str, ...], peer: str, forwarded: str | None, client: str
) -> None:
    assert seen_client(proxies, peer, forwarded)[0] == client


def test_the_scheme_is_believed_from_a_trusted_proxy_only() -> None:
    assert seen_client(("127.0.0.1",), "127.0.0.1", None, "https")[1] == "https"
    assert seen_client(("127.0.0.1",), "203.0.113.9", None, "https")[1] == "http"
