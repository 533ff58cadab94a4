"""Who acts without an account: a citizen who files a report, or who holds its receipt."""

from __future__ import annotations

from credit_register.access.actor import CITIZEN as PUBLIC_ACTOR

__all__ = ["PUBLIC_ACTOR"]
