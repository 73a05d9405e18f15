"""A browser, for all tests of what it shows, and pages in which nothing may go wrong."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Open a file; when the test is over, nothing may have gone wrong or been asked for."""
    troubles: list[str] = []
    contexts = []

    def open_file(
        path: Path, width: int = 1280, height: int = 800, address: str = "", **options: str
    ) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda message: troubles.append(message.text))
        asked = lambda request: troubles.append(request.url)  # noqa: E731
        page.on(
            "request",
            lambda request: (
                None
                if request.url.split("#")[0] == path.as_uri() or request.url.startswith("blob:")
                else asked(request)
            ),
        )
        page.goto(f"{path.as_uri()}{address}")
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert troubles == []
