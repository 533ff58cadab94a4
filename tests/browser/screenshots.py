"""`make screenshots`: the pictures of the README, taken of a fresh site with the sample register."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.live_site import LiveSite, running_site
from tests.services import PROJECT, program

PICTURES = PROJECT / "docs" / "pictures"
DESKTOP = (1280, 900)
PHONE = (390, 844)
AGENCY = "/institutions/91511600MA00000233"
PAGES = {
    "home": (DESKTOP, "/"),
    "list": (DESKTOP, "/institutions?q=示例&category=03&region=51&sort=fee"),
    "profile": (DESKTOP, AGENCY),
    "compare": (
        DESKTOP,
        "/institutions/compare?uscc=91511600MA00000233&uscc=91231200MA00001036&uscc=91511000MA0000197D",
    ),
    "verify": (DESKTOP, "/verify?q=广安示例甲子资信评估有限公司"),
    "phone-home": (PHONE, "/"),
    "phone-profile": (PHONE, AGENCY),
}


def main() -> None:
    """Set up, serve, photograph, end."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="pictures-") as folder,
        running_site(Path(folder) / "instance") as site,
    ):
        photograph(site)


def photograph(site: LiveSite) -> None:
    """Take every picture, as much of a page as a screen shows."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program("chromium"), args=["--no-sandbox", "--disable-gpu"], headless=True
        )
        for name, ((width, height), address) in PAGES.items():
            page = browser.new_page(viewport={"width": width, "height": height}, locale="zh-CN")
            page.goto(site.address + address)
            page.screenshot(path=PICTURES / f"{name}.png")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
