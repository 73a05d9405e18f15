"""A browser, for all tests of what it shows, and pages in which nothing may go wrong."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.viz.firefox import Firefox

Open = Callable[..., Page]
VISIT = """async address => {
  document.activeElement.blur();
  scrollTo(0, 0);
  history.replaceState(null, "", address || "#");
  dispatchEvent(new HashChangeEvent("hashchange"));
  await lab.ready;
}"""


class Tab:
    """A page that shows one file after the other, and hears what goes wrong in each, or is asked for."""

    def __init__(self, browser: Browser) -> None:
        self.page, self.file = browser.new_page(), ""
        self.troubles: list[str] = []
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", lambda message: self.troubles.append(message.text))
        self.page.on("request", lambda request: self.asked(request.url))

    def asked(self, url: str) -> None:
        if url.split("#")[0] != self.file and not url.startswith("blob:"):
            self.troubles.append(url)

    def open(self, path: Path, width: int, height: int, address: str, color_scheme: str) -> Page:
        self.file = path.as_uri()
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(media="null", color_scheme=color_scheme)  # type: ignore[arg-type]
        self.page.goto(f"{self.file}{address}")
        return self.page

    def visit(self, address: str) -> Page:
        """Go to another state of the lab that is open, by its address alone, as it is when it is loaded."""
        self.page.set_viewport_size({"width": 1280, "height": 800})
        self.page.emulate_media(media="null", color_scheme="light")
        self.page.mouse.move(0, 0)
        self.page.evaluate(VISIT, address)
        return self.page

    def heard(self) -> list[str]:
        """What went wrong since one asked."""
        told, self.troubles = self.troubles, []
        return told

    def leave(self) -> list[str]:
        """Leave the file, so that its script does nothing any more; what went wrong in it."""
        self.page.goto("about:blank")
        return self.heard()


@pytest.fixture(scope="session")
def tabs() -> list[Tab]:
    """Those there are: to open a page in one that is there takes half the time of a new one."""
    return []


@pytest.fixture
def open_page(browser: Browser, tabs: list[Tab]) -> Iterator[Open]:
    """Open a file; when the test is over, nothing may have gone wrong or been asked for."""
    used = 0

    def open_file(
        path: Path, width: int = 1280, height: int = 800, address: str = "", color_scheme: str = "light"
    ) -> Page:
        nonlocal used
        if used == len(tabs):
            tabs.append(Tab(browser))
        used += 1
        return tabs[used - 1].open(path, width, height, address, color_scheme)

    yield open_file
    troubles = [trouble for tab in tabs[:used] for trouble in tab.leave()]
    assert troubles == []


PLACES = [  # where Firefox is installed on other systems
    "/Applications/Firefox.app/Contents/MacOS/firefox",
    "C:/Program Files/Mozilla Firefox/firefox.exe",
]


@pytest.fixture(scope="session")
def started_firefox() -> Iterator[Firefox]:
    """Firefox, started once for all tests that ask for it: that takes longer than most of them."""
    found = shutil.which("firefox") or shutil.which("firefox-esr")
    found = found or next(filter(os.path.exists, PLACES), None)
    if found is None and not os.environ.get("CI"):
        pytest.skip("pages are tested in Firefox, too, where the system has one")
    assert found is not None, "CI installs Firefox"
    browser = Firefox(found)
    yield browser
    browser.close()


@pytest.fixture
def firefox(started_firefox: Firefox) -> Iterator[Firefox]:
    """The browser, that after a test has had nothing to complain of, and has asked nobody for anything."""
    yield started_firefox
    started_firefox.open("about:blank")
    assert started_firefox.heard() == []
