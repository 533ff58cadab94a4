"""The site comes up as `make run` brings it up, and takes its sample accounts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.live_site import Account, LiveSite


def test_web_database_index_and_worker_answer(live_site: LiveSite) -> None:
    assert live_site.answers("/healthz")
    assert live_site.answers("/readyz")


def test_the_home_page_reads_well_on_a_desktop(page: Page, assert_accessible: Callable[[Page], None]) -> None:
    page.goto("/")
    assert_accessible(page)


def test_the_home_page_reads_well_on_a_phone(phone: Page, assert_accessible: Callable[[Page], None]) -> None:
    phone.goto("/")
    assert_accessible(phone)


@pytest.mark.parametrize("role", ["national", "provincial", "sysadmin", "auditor", "agent"])
def test_sample_accounts_sign_in(page: Page, sign_in: Callable[[Page, str], Account], role: str) -> None:
    sign_in(page, role)
    page.goto("/account/start")
    assert "/account/login" not in page.url
