"""A page in Chromium, by the same words as in Firefox: what is tried in both is written once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

__all__ = ["Chromium"]


class Chromium:
    """A page of Playwright's; see ``tests.viz.firefox`` for what each method does."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def resize(self, width: int, height: int) -> None:
        self.page.set_viewport_size({"width": width, "height": height})

    def evaluate(self, expression: str) -> Any:
        return self.page.evaluate(expression)

    def wait_for(self, condition: str) -> None:
        self.page.wait_for_function(f"() => {condition}")

    def click(self, selector: str, times: int = 1) -> None:
        self.page.locator(selector).first.click(click_count=times)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def saved(self, act: Callable[[], None]) -> str:
        with self.page.expect_download() as download:
            act()
        return download.value.suggested_filename
