"""The lab's page in a browser: one for many tests, and what all of them ask of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

__all__ = ["frames", "link", "one_page"]


@contextmanager
def one_page(browser: Browser, lab: Path, address: str = "") -> Iterator[Page]:
    """A page for tests one after the other, in which no error may have come up in the end."""
    opened = browser.new_page(viewport={"width": 1280, "height": 800})
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.goto(f"{lab.as_uri()}{address}")
    opened.evaluate("lab.ready")
    yield opened
    opened.close()
    assert troubles == []


def link(page: Page) -> str:
    """What stands after the address of the page, once it holds all that is shown by now."""
    page.wait_for_function("() => location.hash === lab.address")
    return str(page.evaluate("location.hash"))


def frames(page: Page, count: int = 2) -> None:
    """Let the page draw some frames: what it does for each of them is done."""
    page.evaluate(
        """async count => { while (count--) await new Promise(requestAnimationFrame);
        await new Promise(done => setTimeout(done)); }""",
        count,
    )
