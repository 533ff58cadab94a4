"""The sample register: fictional institutions, products and accounts, so that every page has something to show."""

from __future__ import annotations

from credit_register.web.sample.loading import SAMPLE_ACCOUNTS, load

__all__ = ["SAMPLE_ACCOUNTS", "load"]
