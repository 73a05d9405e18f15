"""Settings and fixtures that the tests share."""

import gc
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

# Programs of their own, that need more than the tests do.
collect_ignore = ["mutation", "nn/train/eight_devices.py"]

# Workers and the processes that tests start share the processors; each one's threads of linear algebra would
# wait for those of the others, turning round, and take a fifth of all time.
for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

# A background job of a shell, or nohup, ignores these, and so would a command that a test starts and stops.
for name, standard in {"SIGINT": signal.default_int_handler, "SIGHUP": signal.SIG_DFL}.items():
    if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) is signal.SIG_IGN:
        signal.signal(getattr(signal, name), standard)

# CI repeats the same examples, so that a red run can be seen again; at home they vary, and are twice as many.
settings.register_profile("ci", derandomize=True, deadline=None, max_examples=30)
settings.register_profile("home", deadline=None, max_examples=60)
# Before a release, or after a change of the engine: `pytest --hypothesis-profile=many tests/autodiff`.
settings.register_profile("many", deadline=None, max_examples=1500)
settings.load_profile("ci" if os.environ.get("CI") else "home")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Files that ``-m "not long"`` leaves out are not imported either, which takes as long as many a test."""
    if config.option.markexpr != "not long" or not collection_path.name.startswith("test_"):
        return None
    return "pytest.mark.long" in collection_path.read_text(encoding="utf-8") or None


PEERS = {"jax", "jax_as_it_is", "torch"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Who asks for a library that may not be there, by one of the fixtures below, is marked ``peers``."""
    for item in items:
        asked = {*getattr(item, "fixturenames", ())}
        if "library" in asked:
            asked.add(item.callspec.params["target"])
        if PEERS & asked:
            item.add_marker("peers")


def pytest_collection_finish() -> None:
    """What was collected stays: Python need not go through its millions of objects again with each test."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def torch() -> Any:
    """PyTorch, where it is installed."""
    return pytest.importorskip("torch")


@pytest.fixture(scope="session")
def jax_as_it_is() -> Any:
    """JAX, where it is installed."""
    return pytest.importorskip("jax")


@pytest.fixture
def jax(jax_as_it_is: Any) -> Iterator[Any]:
    """The same with float64, for as long as a test runs."""
    before = jax_as_it_is.config.jax_enable_x64
    jax_as_it_is.config.update("jax_enable_x64", True)
    yield jax_as_it_is
    jax_as_it_is.config.update("jax_enable_x64", before)


@pytest.fixture
def library(target: str, request: pytest.FixtureRequest) -> Any:
    """The one of the two that a test's parameter ``target`` names, if it names one."""
    return request.getfixturevalue(target) if target in PEERS else None


def find_chromium() -> str | None:
    """The path of Chromium: the system's, or else the one that playwright has installed."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        with sync_playwright() as playwright:
            installed = playwright.chromium.executable_path
        found = installed if os.path.exists(installed) else None
    return found


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium. Where there is none, tests of pages are skipped, but not in CI."""
    found = find_chromium()
    if found is None and not os.environ.get("CI"):
        pytest.skip("pages are tested in Chromium; get it by: python -m playwright install chromium")
    assert found is not None, "CI installs Chromium"
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium, started once a process: playwright refuses a second one beside the first."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()
