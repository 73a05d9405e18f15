"""The lab's page, made once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from viz import write_lab


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DUOGRAD_LANGUAGE", "en")
        return write_lab(tmp_path_factory.mktemp("lab") / "lab.html")


@pytest.fixture(scope="session")
def shared(browser: Browser, lab: Path) -> Iterator[Page]:
    """One page for all tests that only ask its functions."""
    opened = browser.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.goto(lab.as_uri())
    opened.evaluate("lab.ready")
    yield opened
    opened.close()
    assert troubles == []


@pytest.fixture
def page(open_page, lab) -> Page:
    """The page, once its first graph is there."""
    opened = open_page(lab)
    opened.evaluate("lab.ready")
    return opened
