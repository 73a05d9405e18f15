"""The lab's page, made once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.viz.lab.pages import one_page
from viz import write_lab


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DUOGRAD_LANGUAGE", "en")
        return write_lab(tmp_path_factory.mktemp("lab") / "lab.html")


@pytest.fixture(scope="session")
def shared(browser: Browser, lab: Path) -> Iterator[Page]:
    """One page for all tests that only ask its functions."""
    with one_page(browser, lab) as page:
        yield page


@pytest.fixture
def page(open_page, lab) -> Page:
    """The page, once its first graph is there."""
    opened = open_page(lab)
    opened.evaluate("lab.ready")
    return opened
