"""The guard behind every browser test catches what it promises to catch; nothing here leaves the machine."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser.guard import Guard

OWN = "http://site.example/"
POLICY = "default-src 'self'; img-src http://other.example data:"


@pytest.fixture
def problems_of(browser: Browser, guard: Guard) -> Callable[[str], list[str]]:
    """Show a body on an invented site and hand over what the guard noted."""

    def show(body: str) -> list[str]:
        guard.own_host = "site.example"
        context = browser.new_context()
        guard.watch(context)

        def answer(route: Route) -> None:
            markup = f"<!doctype html><title>页</title><link rel=icon href=data:,>{body}"
            route.fulfill(
                body=markup if route.request.url == OWN else "",
                content_type="text/html; charset=utf-8",
                headers={"Content-Security-Policy": POLICY},
            )

        context.route("**/*", answer)
        page: Page = context.new_page()
        page.goto(OWN)
        page.wait_for_timeout(100)
        context.close()
        guard.contexts.clear()
        found, guard.problems = guard.problems, []  # noted on purpose: no reason to fail
        return found

    return show


def test_a_quiet_page_is_let_through(problems_of: Callable[[str], list[str]]) -> None:
    assert problems_of("<h1>安静</h1>") == []


def test_a_request_to_another_host_is_caught(problems_of: Callable[[str], list[str]]) -> None:
    found = problems_of('<img alt="" src="http://other.example/a.png">')
    assert any("request to another host: http://other.example/a.png" in problem for problem in found)


def test_what_the_policy_refuses_is_caught(problems_of: Callable[[str], list[str]]) -> None:
    found = problems_of("<p style='color: red'>x</p>")
    assert any("Content-Security-Policy" in problem for problem in found)


def test_an_inline_script_is_caught(problems_of: Callable[[str], list[str]]) -> None:
    assert problems_of("<script>window.ran = true</script>")
