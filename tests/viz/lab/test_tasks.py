"""Twelve tasks, each done by keyboard only and by pointer only, one after the other.

By pointer only a text still comes from somewhere, as from a keyboard on the screen: it is put in without a
key being pressed.
The list of a select is the browser's own, which no test can point at: it is chosen from as the list does it.
"""

import json
from functools import partial

import pytest

from tests.viz.chromium import Chromium
from tests.viz.firefox import Firefox

pytestmark = pytest.mark.long

MODES = ("keyboard", "pointer")
MOST_TABS = 90
# From where the focus is, or from the top of the page if what is wanted stands before that: at the page's end
# people come to its top by the browser's own buttons, which the keys of a test do not reach.
# The tab key then moves the focus until it is at the element, and no further.
SET_OUT = """(selector => {{
  const {{ activeElement: from, body }} = document, wanted = document.querySelector(selector);
  if (from === body || from.compareDocumentPosition(wanted) & Node.DOCUMENT_POSITION_PRECEDING) {{
    body.tabIndex = -1;
    body.focus();
    body.removeAttribute("tabindex");
  }}
  addEventListener("keydown", window.held = event => {{
    if (event.key === "Tab" && document.activeElement.matches(selector)) event.preventDefault(); }}, true);
}})({})"""
ARRIVE = "removeEventListener('keydown', held, true)"
CHOOSE = """(select => {{ select.value = {1};
  for (const type of ["input", "change"]) select.dispatchEvent(new Event(type, {{ bubbles: true }})); }})(
  document.querySelector({0}))"""


class Hand:
    """A person with one device."""

    def __init__(self, page: Chromium | Firefox, mode: str) -> None:
        self.page, self.by_keys = page, mode == "keyboard"

    def sees(self, condition: str) -> None:
        """Assert that an expression of JavaScript is true."""
        assert self.page.evaluate(f"Boolean({condition})"), condition

    def reach(self, selector: str) -> None:
        """Lead the focus to an element by the tab key."""
        self.page.evaluate(SET_OUT.format(json.dumps(selector)))
        reached = f"document.activeElement.matches({json.dumps(selector)})"
        for _ in range(0, MOST_TABS, 10):
            if self.page.evaluate(reached):
                break
            self.page.press(*["Tab"] * 10)
        self.page.evaluate(ARRIVE)
        assert self.page.evaluate(reached), f"the tab key does not lead to {selector}"

    def press(self, selector: str, key: str = "") -> None:
        """Use a button, or the key that stands for it."""
        if not self.by_keys:
            self.page.click(selector)
        elif key:
            self.page.evaluate("document.activeElement.blur()")
            self.page.press(key)
        else:
            self.reach(selector)
            self.page.press("Enter")

    def write(self, selector: str, text: str) -> None:
        if self.by_keys:
            self.reach(selector)
            self.page.press("Control+a", *text)
        else:
            self.page.click(selector, times=3)
            self.page.evaluate(f"document.execCommand('insertText', false, {json.dumps(text)})")

    def choose(self, selector: str, option: str) -> None:
        if self.by_keys:
            self.reach(selector)
            self.page.press(*option[:3])
        else:
            self.page.evaluate(CHOOSE.format(json.dumps(selector), json.dumps(option)))

    def room(self, number: int) -> None:
        self.press(f"#rooms button:nth-child({number})", str(number))


def type_an_expression(hand: Hand) -> None:
    hand.write("#text", "h = tanh(w*x + b)" if hand.by_keys else "h = tanh(w*x + b)\ny = h*h")
    if hand.by_keys:
        hand.page.press("Enter", *"y = h*h")
    hand.page.wait_for("lab.names.includes('y') && lab.names.length === 7")


def step_forward_and_back(hand: Hand) -> None:
    hand.room(3)
    hand.press("#first", "Home")
    hand.press("#next", "ArrowRight")
    hand.press("#next", "ArrowRight")
    hand.press("#back", "ArrowLeft")
    hand.sees("lab.step === 1")


def undo(hand: Hand) -> None:
    before = hand.page.evaluate("[...lab.data]")
    if hand.by_keys:
        hand.reach("[data-card]")
        hand.page.press("Enter")
    else:
        hand.page.click(".card.leaf")
    hand.write("#leaf", "3")
    assert hand.page.evaluate("[...lab.data]") != before
    hand.press("#undo", "Control+z")
    assert hand.page.evaluate("[...lab.data]") == before


HEADINGS = "[...document.querySelectorAll('#picture .heading')].map(each => each.textContent)"


def unfold_and_fold(hand: Hand) -> None:
    hand.press("#levels button:nth-child(2)")
    hand.page.wait_for(f"{HEADINGS}.join() === 'h = tanh(w·x + b),y = h·h'")
    if hand.by_keys:
        hand.reach("[data-card]")
        while "h = " not in hand.page.evaluate("document.activeElement.getAttribute('aria-label')"):
            hand.page.press("ArrowRight")
        hand.page.press("Enter", "Enter")
    else:
        for _ in range(2):
            hand.page.click(".card.result")
    hand.page.wait_for(f"{HEADINGS}.length === 1")
    hand.press("[data-fold]")
    hand.page.wait_for(f"{HEADINGS}.length === 2")


def choose_data(hand: Hand) -> None:
    hand.room(2)
    hand.choose("#choose-data", "circles")
    hand.sees("lab.training.choice.data === 'circles'")


def add_a_layer(hand: Hand) -> None:
    hand.press("#layers [aria-label='Add a layer']")
    assert hand.page.evaluate("lab.training.choice.hidden") == [8, 8, 8]


def play_and_pause(hand: Hand) -> None:
    hand.press("#train-play", "Space")
    hand.page.wait_for("lab.training.steps > 2")
    hand.press("#train-play", "Space")
    hand.sees("document.getElementById('train-play').innerText === 'Play'")


def step_by_batch(hand: Hand) -> None:
    before = hand.page.evaluate("lab.training.steps")
    hand.press("#train-step", "ArrowRight")
    hand.sees(f"lab.training.steps === {before + 1}")


def take_a_step_apart(hand: Hand) -> None:
    hand.press("#dissect")
    hand.page.wait_for("lab.names.includes('J')")
    hand.sees("document.documentElement.dataset.room === 'apart'")


def answer_a_question(hand: Hand) -> None:
    hand.press("#take-tour")
    hand.page.wait_for("lab.stop === 0")
    right = hand.page.evaluate("lab.worth(lab.STOPS[0].right)")
    hand.write("#answer", f"{right:g}")
    hand.press("#prediction .strong")
    hand.page.wait_for("document.getElementById('verdict').className === 'right'")
    hand.press("#tour-end")


def switch_look_and_projector(hand: Hand) -> None:
    hand.press("#look")
    hand.press("#projector")
    look = "[document.documentElement.dataset.look, document.documentElement.hasAttribute('data-projector')]"
    assert hand.page.evaluate(look) == ["light", True]
    hand.press("#projector")


def export_what_is_seen(hand: Hand) -> None:
    for button, name in (("#save", "graph.svg"), ("#save-png", "graph.png")):
        assert hand.page.saved(partial(hand.press, button)) == name


TASKS = [type_an_expression, step_forward_and_back, undo, unfold_and_fold, choose_data, add_a_layer]
TASKS += [play_and_pause, step_by_batch, take_a_step_apart, answer_a_question, switch_look_and_projector]
TASKS += [export_what_is_seen]


@pytest.mark.parametrize("mode", MODES)
def test_twelve_tasks_are_done_with_one_device(either: Chromium | Firefox, mode: str) -> None:
    assert len(TASKS) == 12
    hand = Hand(either, mode)
    for task in TASKS:
        task(hand)
