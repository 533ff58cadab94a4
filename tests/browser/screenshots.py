"""`make screenshots`: the pictures of the README, taken of a fresh site with the sample register."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.live_site import LiveSite, running_site
from tests.services import PROJECT, program

PICTURES = PROJECT / "docs" / "pictures"
DESKTOP = (1280, 900)
PHONE = (390, 844)
AGENCY = "/institutions/91511600MA00000233"
CHECKED_AGENCY = "/institutions/91330100MA0000226C"


@dataclass(frozen=True)
class Picture:
    """What to photograph: a way as an address and the words of links to follow, and where the picture begins."""

    name: str
    way: str
    role: str = ""
    size: tuple[int, int] = DESKTOP
    begins_at: str = ""


PICTURES_TAKEN = (
    Picture("home", "/"),
    Picture("list", "/institutions?q=示例&category=03&region=51&sort=fee"),
    Picture("profile", AGENCY),
    Picture(
        "compare",
        "/institutions/compare?uscc=91511600MA00000233&uscc=91231200MA00001036&uscc=91511000MA0000197D",
    ),
    Picture("verify", "/verify?q=广安示例甲子资信评估有限公司"),
    Picture("phone-home", "/", size=PHONE),
    Picture("phone-profile", AGENCY, size=PHONE),
    Picture("registration", "/workspace/registration", role="agent of 91510700MA77002688"),
    Picture("review", "/staff/registrations?kind=claim > 示例", role="reviewer"),
    Picture("commitment", f"{CHECKED_AGENCY} > ^信用承诺书 "),
    Picture("triage", "/staff/reports", role="provincial"),
    Picture("case", "/staff/reports?state=awaiting_reporter > ^2", role="provincial"),
    Picture("check", "/staff/spotchecks?state=ordered > 示例", role="inspector"),
    Picture("record", CHECKED_AGENCY, begins_at="信用承诺"),
    Picture("warnings", "/warnings"),
    Picture("phone-report", f"/reports/new?uscc={AGENCY[-18:]}", size=PHONE, begins_at="关于谁"),
)


def main() -> None:
    """Set up, serve, photograph, end."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="pictures-") as folder,
        running_site(Path(folder) / "instance") as site,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=program("chromium"), args=["--no-sandbox", "--disable-gpu"], headless=True
        )
        for picture in PICTURES_TAKEN:
            photograph(browser, site, picture)
        photograph_receipt(browser, site)
        browser.close()


def photograph(browser: Browser, site: LiveSite, picture: Picture) -> None:
    """Take one picture, as much of a page as a screen shows."""
    page = open_page(browser, site, picture.size)
    if picture.role:
        sign_in(page, site, picture.role)
    address, *words = picture.way.split(" > ")
    page.goto(address)
    for each in words:
        page.get_by_role("main").get_by_role("link", name=re.compile(each)).first.click()
        page.wait_for_load_state()
    if picture.begins_at:
        heading = page.get_by_role("heading", name=picture.begins_at, exact=True)
        heading.evaluate("heading => scrollTo(0, heading.closest('section').offsetTop - 16)")
    save(page, picture.name)


def photograph_receipt(browser: Browser, site: LiveSite) -> None:
    """Send a report as a citizen does, and show what comes back."""
    page = open_page(browser, site, PHONE)
    page.goto(f"/reports/new?uscc={AGENCY[-18:]}")
    page.get_by_label("事实经过").fill("示例：在公示的年费之外，另行收取 500 元加急费。")
    page.get_by_role("button", name="提交").click()
    page.get_by_role("heading", name="您的回执码").wait_for()
    save(page, "phone-receipt")


def open_page(browser: Browser, site: LiveSite, size: tuple[int, int]) -> Page:
    """A page in a fresh profile."""
    width, height = size
    return browser.new_page(
        base_url=site.address,
        viewport={"width": width, "height": height},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )


def sign_in(page: Page, site: LiveSite, role: str) -> None:
    """Sign in with the first sample account of a role, or with the one of an institution: `agent of <code>`."""
    name, _, code = role.partition(" of ")
    account = site.account(name, code or None)
    page.goto("/account/login")
    page.fill("input[name=email]", account.email)
    page.fill("input[name=password]", account.password)
    with page.expect_navigation():
        page.press("input[name=password]", "Enter")


def save(page: Page, name: str) -> None:
    """Write the picture with as many colours as a page of text needs, and close the page."""
    file = PICTURES / f"{name}.png"
    page.screenshot(path=file)
    with Image.open(file) as picture:
        fewer = picture.convert("RGB").quantize(colors=128, dither=Image.Dither.NONE)
    fewer.save(file, optimize=True)
    page.close()


if __name__ == "__main__":
    main()
