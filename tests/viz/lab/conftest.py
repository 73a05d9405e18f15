"""The lab's page, made once."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.viz.chromium import Chromium
from tests.viz.conftest import Tab
from tests.viz.firefox import Firefox
from viz import write_lab

Visit = Callable[[str], Page]


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DUOGRAD_LANGUAGE", "en")
        return write_lab(tmp_path_factory.mktemp("lab") / "lab.html")


@pytest.fixture(scope="session")
def lab_tab(browser: Browser, lab: Path) -> Tab:
    """The lab, loaded once for all tests of what is done in it."""
    tab = Tab(browser)
    tab.open(lab, 1280, 800, "", "light").evaluate("lab.ready")
    return tab


@pytest.fixture
def shared(lab_tab: Tab) -> Iterator[Page]:
    """The page as it stands, for tests that only ask its functions."""
    yield lab_tab.page
    assert lab_tab.heard() == []


@pytest.fixture
def visit(lab_tab: Tab) -> Iterator[Visit]:
    """Go to a state of the lab by its address; when the test is over, nothing may have gone wrong in it."""
    yield lab_tab.visit
    lab_tab.visit("")  # where nothing goes on
    assert lab_tab.heard() == []


@pytest.fixture
def page(visit: Visit) -> Page:
    """The page, once its first graph is there."""
    return visit("")


@pytest.fixture(params=["Chromium", pytest.param("Firefox", marks=pytest.mark.xdist_group("Firefox"))])
def either(request: pytest.FixtureRequest) -> Chromium | Firefox:
    """The page in one browser and in the other, once its first graph is there."""
    if request.param == "Chromium":
        return Chromium(request.getfixturevalue("page"))
    firefox: Firefox = request.getfixturevalue("firefox")
    firefox.open(request.getfixturevalue("lab").as_uri())
    firefox.evaluate("lab.ready.then(() => true)")
    return firefox
