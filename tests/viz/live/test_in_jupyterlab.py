"""The widget in JupyterLab: a real kernel, and Chromium."""

import time
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Frame, expect

from autodiff import Value, grad, log
from tests.viz.live.notebook_server import Kernel, lab_server, run_notebook, write_notebook

pytestmark = pytest.mark.long

PATIENCE = 30_000  # milliseconds, on a machine with much to do
SOURCE = """
from autodiff import Value, log
from viz import widget
w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(-0.5, "b")
y = (w * x + b).tanh() + 0.1 * log(x)
y.label = "y"
shown = widget(y, height=600)
seen = []
shown.observe(lambda change: seen.append(dict(change.new)), "values")
shown
"""


def card(frame: Frame, name: str) -> str:
    """The number on a leaf's card."""
    cards = frame.locator(".card.leaf").filter(has=frame.locator(f".title:text-is('{name}')"))
    return cards.locator(".number").first.text_content() or ""


def choose(frame: Frame, name: str) -> None:
    frame.locator(f".card.leaf .title:text-is('{name}')").click()


def drag(frame: Frame, name: str, to: float) -> None:
    """Pull the slider of a leaf in one go, as a pointer does."""
    choose(frame, name)
    frame.locator("#node input[type=range]").evaluate(
        "(slider, x) => { slider.value = x; slider.dispatchEvent(new Event('input', { bubbles: true })); }",
        to,
    )


def until(kernel: Kernel, expression: str, expected: object) -> None:
    """Ask the kernel until it says what is expected."""
    end = time.monotonic() + PATIENCE / 1000
    while (found := kernel.ask(expression)) != expected:
        assert time.monotonic() < end, f"{expression} is {found}, and not {expected}"


def test_page_and_kernel_move_each_other(browser: Browser, tmp_path: Path) -> None:
    write_notebook(tmp_path / "graph.ipynb", [SOURCE, "shown"])
    troubles: list[str] = []
    with lab_server(tmp_path) as address:
        page = browser.new_page(viewport={"width": 1400, "height": 1700})
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "request",
            lambda request: (
                request.url.startswith((address, "ws:", "data:", "blob:", "about:"))
                or troubles.append(request.url)
            ),
        )
        frame, other = run_notebook(page, address, "graph.ipynb")
        kernel = Kernel(tmp_path)
        there_and_back(frame, kernel)
        refused(frame, kernel)
        shown_twice(frame, other, kernel)
        kernel.close()
        page.close()
    assert troubles == []


def there_and_back(frame: Frame, kernel: Kernel) -> None:
    drag(frame, "w", 0.75)
    until(kernel, "[w.data, shown.values, seen[-1]['w']]", [0.75, {"w": 0.75, "x": 2.0, "b": -0.5}, 0.75])
    w, x, b = Value(0.75, "w"), Value(2.0, "x"), Value(-0.5, "b")
    y = (w * x + b).tanh() + 0.1 * log(x)
    assert kernel.ask("[y.data, shown.output]") == [y.data, y.data]
    np.testing.assert_allclose(
        frame.evaluate("[...explorer.gradients].slice(0, 2)"), grad(y, [w, x]), rtol=1e-12
    )
    kernel.run("shown.values = {'b': 0.125}")
    expect(frame.locator(".number").get_by_text("0.1250")).to_be_visible(timeout=PATIENCE)
    kernel.run("shown.observe(lambda change: setattr(shown, 'values', {'b': -change.new['x']}), 'values')")
    drag(frame, "x", 1.5)
    frame.wait_for_function("() => explorer.data[explorer.names.indexOf('b')] === -1.5")
    assert card(frame, "b") == "−1.5000" and kernel.ask("[x.data, b.data]") == [1.5, -1.5]


def refused(frame: Frame, kernel: Kernel) -> None:
    choose(frame, "x")
    frame.locator("#leaf").fill("-3")
    sentence = "log(x=-3.0) is outside the domain of log; no number has changed"
    expect(frame.locator("#alert")).to_contain_text(sentence, timeout=PATIENCE)
    assert card(frame, "x") == "1.5000" and kernel.ask("[x.data, b.data]") == [1.5, -1.5]
    frame.locator("#leaf").fill("NaN")
    frame.locator("#leaf").blur()
    expect(frame.locator("#alert")).to_contain_text("“NaN” is not a finite number, so x stays 1.5")
    told = kernel.run("shown.values = {'z': 1.0}")
    assert told == "ValueError: no leaf is called 'z'; there are w, x, b"
    assert kernel.ask("[x.data, b.data]") == [1.5, -1.5]


def shown_twice(first: Frame, second: Frame, kernel: Kernel) -> None:
    """Two views of one widget follow each other, whoever moves a leaf."""
    second.wait_for_function("() => explorer.data[explorer.names.indexOf('x')] === 1.5")
    choose(second, "w")
    second.locator("#leaf").fill("2.5")
    first.wait_for_function("() => explorer.data[explorer.names.indexOf('w')] === 2.5")
    assert card(first, "w") == "2.5000" and kernel.ask("w.data") == 2.5
