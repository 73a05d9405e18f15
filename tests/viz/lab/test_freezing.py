"""Nothing that is done in the lab freezes it for more than 200 ms: of the processor, whatever loads it."""

import pytest

from benchmarks.page_tasks import MAIN, traced
from tests.viz.lab.pages import frames

pytestmark = pytest.mark.long

LONGEST = 0.2  # seconds


def take_apart(page):
    page.locator("#dissect").click()
    page.wait_for_function("() => lab.names.length > 2000")
    frames(page, 12)  # in which the arrays are made


def step_and_open(page):
    page.get_by_role("button", name="Layers").click()
    page.evaluate("lab.goTo(1500)")
    frames(page)
    for _ in range(2):
        page.locator(".card", has_text="Z1 = ").press("Enter")
    frames(page)


def type_much(page):
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("1")
    for text in ("(" * 10_000, "x" * 10_000, " + ".join(f"tanh(w{i}*x{i})" for i in range(59))):
        page.locator("#text").fill(text)
        frames(page, 4)
    page.wait_for_function("() => lab.names.length > 290 && lab.names.length < 2000")


def train(page, table):
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("2")
    page.locator("#choose-data").select_option("iris")
    page.locator("#train-play").click()
    page.wait_for_function("() => lab.training.steps > 20")
    page.locator("#file").set_input_files(table)
    page.wait_for_function("() => document.getElementById('file-said').textContent.startsWith('a.csv')")


def test_no_task_of_the_page_is_long(browser, open_page, lab, tmp_path):
    table = tmp_path / "a.csv"
    table.write_bytes(b"0.25,0.5,1\n" + b"0.5,0.25,0\n" * 180_000)
    page = open_page(lab, address="#room=train&h=24-24")
    page.evaluate("lab.ready")
    with traced(browser, page) as tasks:
        for act in (take_apart, step_and_open, type_much, lambda page: train(page, table)):
            act(page)
    found = tasks(MAIN)
    assert len(found) > 100 and max(found) < LONGEST
