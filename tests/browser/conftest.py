"""A running site with the sample register, and Chromium in front of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests.browser.guard import Guard
from tests.browser.live_site import Account, LiveSite, running_site
from tests.services import program

HERE = Path(__file__).parent
FAILURES = HERE / "failures"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",  # Chromium refuses to run as root without it
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def live_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveSite]:
    """The whole site in processes of its own: web, worker and the sample register."""
    instance = tmp_path_factory.mktemp("live") / "instance"
    with running_site(instance) as site:
        yield site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program("chromium"), args=CHROMIUM_ARGUMENTS, headless=True
        )
        yield chromium
        chromium.close()


@pytest.fixture(autouse=True)
def guard() -> Guard:
    return Guard()


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Judge the guard as a part of the test, and keep a picture of every page that a failed test leaves."""
    guard = pyfuncitem.funcargs.get("guard")
    try:
        result = yield
        if isinstance(guard, Guard):
            guard.check()
    except Exception:
        if isinstance(guard, Guard):
            _save_pictures(guard, pyfuncitem.name)
            pyfuncitem.add_report_section("call", "log of the site", guard.new_log_lines())
        raise
    return result


def _save_pictures(guard: Guard, test_name: str) -> None:
    FAILURES.mkdir(exist_ok=True)
    stem = re.sub(r"\W+", "-", test_name)
    pages = [page for context in guard.contexts for page in context.pages]
    for number, page in enumerate(pages, start=1):
        try:
            page.screenshot(path=FAILURES / f"{stem}-{number}.png", full_page=True)
        except Error as error:
            (FAILURES / f"{stem}-{number}.txt").write_text(str(error), encoding="utf-8")


@pytest.fixture
def open_page(browser: Browser, live_site: LiveSite, guard: Guard) -> Iterator[Callable[..., Page]]:
    """Make pages, each with a fresh profile: `open_page(PHONE)`, `open_page(java_script_enabled=False)`."""
    guard.own_host = urlsplit(live_site.address).netloc
    guard.follow_log(live_site.log)

    def make(viewport: dict[str, int] = DESKTOP, *, java_script_enabled: bool = True) -> Page:
        context = browser.new_context(
            base_url=live_site.address,
            viewport={"width": viewport["width"], "height": viewport["height"]},
            java_script_enabled=java_script_enabled,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        context.set_default_timeout(15_000)
        guard.watch(context)
        return context.new_page()

    yield make
    for context in guard.contexts:
        context.close()


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A page on a desktop, 1280 pixels wide."""
    return open_page(DESKTOP)


@pytest.fixture
def phone(open_page: Callable[..., Page]) -> Page:
    """A page on a phone, 390 pixels wide."""
    return open_page(PHONE)


@pytest.fixture
def plain_page(open_page: Callable[..., Page]) -> Page:
    """A page in a browser that runs no scripts."""
    return open_page(DESKTOP, java_script_enabled=False)


@pytest.fixture(scope="session")
def assert_accessible() -> Callable[[Page], None]:
    """Fail with what axe found on a page, where, and how to mend it."""
    axe = Axe()

    def check(page: Page) -> None:
        violations = axe.run(page).response["violations"]
        lines = [
            f"{violation['id']}: {violation['help']} ({violation['helpUrl']})\n"
            + "\n".join(
                f"    {' '.join(map(str, node['target']))}: {node['html']}" for node in violation["nodes"]
            )
            for violation in violations
        ]
        assert not lines, f"{page.url} at {page.viewport_size}\n" + "\n".join(lines)

    return check


@pytest.fixture
def sign_in(live_site: LiveSite) -> Callable[[Page, str], Account]:
    """Sign in with the sample account of a role, through the form that people use."""

    def enter(page: Page, role: str) -> Account:
        account = live_site.account(role)
        page.goto("/account/login")
        page.fill("input[name=email]", account.email)
        page.fill("input[name=password]", account.password)
        with page.expect_navigation():
            page.press("input[name=password]", "Enter")
        assert urlsplit(page.url).path != "/account/login", page.inner_text("main")
        return account

    return enter
