"""Tasks of a page's threads by Chromium's trace, in seconds of the processor, whatever loads the machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["MAIN", "WORKER", "traced"]

MAIN, WORKER = "CrRendererMain", "DedicatedWorker thread"
_TASKS = {"RunTask", "ThreadControllerImpl::RunTask"}


@contextmanager
def traced(browser: Browser, page: Page) -> Iterator[Callable[[str], list[float]]]:
    """Trace what is done inside; afterwards the function gives the tasks of a thread, in seconds each."""
    events: list[dict[str, Any]] = []

    def tasks(thread: str) -> list[float]:
        named = [each for each in events if each.get("name") == "thread_name"]
        wanted = {(each["pid"], each["tid"]) for each in named if each["args"]["name"] == thread}
        runs = [each for each in events if each.get("name") in _TASKS and "tdur" in each]
        return [each["tdur"] / 1e6 for each in runs if (each["pid"], each["tid"]) in wanted]

    browser.start_tracing(page=page, categories=["toplevel", "devtools.timeline"])
    try:
        yield tasks
    finally:
        events += json.loads(browser.stop_tracing())["traceEvents"]
