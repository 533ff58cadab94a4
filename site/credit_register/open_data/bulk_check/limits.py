"""How often one client may ask; the page and the API count together."""

from __future__ import annotations

from typing import Final

from credit_register.accounts.lockout import client
from credit_register.core.rate_limits import counters, limiter

OF_A_CLIENT: Final = "120 per hour"  # a reverse proxy that nobody named stands for all
TOO_MANY: Final = "这个网络最近一小时批量核对得太多，请过一小时再试；也可以先逐家核验。"


def _client_key() -> str:
    return counters().hidden("client", client())


@limiter.shared_limit(lambda: OF_A_CLIENT, key_func=_client_key, scope="bulk checks of a client")
def count_check() -> None:
    """The limit counts the call, and raises RateLimitExceeded."""
