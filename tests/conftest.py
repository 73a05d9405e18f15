"""Settings and fixtures that the tests share."""

import os
import shutil

import pytest
from hypothesis import settings

# CI repeats the same examples, so that a red run can be seen again; at home they vary.
settings.register_profile("ci", derandomize=True, deadline=None, max_examples=60)
settings.register_profile("home", deadline=None, max_examples=60)
settings.load_profile("ci" if os.environ.get("CI") else "home")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the system's Chromium. Where there is none, tests of pages are skipped, but not in CI."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None and not os.environ.get("CI"):
        pytest.skip("pages are tested in Chromium, which is not installed")
    assert found is not None, "CI installs Chromium"
    return found
