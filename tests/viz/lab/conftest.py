"""The lab's page, made once."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from viz import write_lab


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_lab(tmp_path_factory.mktemp("lab") / "lab.html")


@pytest.fixture
def page(open_page, lab) -> Page:
    """The page, once its first graph is there."""
    opened = open_page(lab)
    opened.evaluate("lab.ready")
    return opened
