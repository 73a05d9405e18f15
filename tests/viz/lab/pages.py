"""What many tests ask of the lab's page in a browser."""

from playwright.sync_api import Page

__all__ = ["frames", "link"]


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
