"""Twelve tasks, each done by keyboard only and by pointer only, one after the other.

By pointer only a text still comes from somewhere, as from a keyboard on the screen: it is put in without a
key being pressed.
The list of a select is the browser's own, which no test can point at: it is chosen from as the list does it.
"""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.long

MODES = ("keyboard", "pointer")


class Hand:
    """A person with one device."""

    def __init__(self, page: Page, mode: str) -> None:
        self.page, self.by_keys = page, mode == "keyboard"

    def reach(self, selector: str) -> None:
        """Lead the focus to an element by the tab key."""
        for _ in range(90):
            if self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the tab key does not lead to {selector}")

    def press(self, selector: str, key: str = "") -> None:
        """Use a button, or the key that stands for it."""
        if not self.by_keys:
            self.page.locator(selector).first.click()
        elif key:
            self.page.evaluate("document.activeElement.blur()")
            self.page.keyboard.press(key)
        else:
            self.reach(selector)
            self.page.keyboard.press("Enter")

    def write(self, selector: str, text: str) -> None:
        if self.by_keys:
            self.reach(selector)
            self.page.keyboard.press("Control+A")
            self.page.keyboard.type(text)
        else:
            self.page.locator(selector).click(click_count=3)
            self.page.keyboard.insert_text(text)

    def choose(self, selector: str, option: str) -> None:
        if self.by_keys:
            self.reach(selector)
            self.page.keyboard.type(option[:3])
        else:
            self.page.locator(selector).select_option(option)

    def room(self, number: int) -> None:
        self.press(f"#rooms button:nth-child({number})", str(number))


def type_an_expression(hand: Hand) -> None:
    hand.write("#text", "h = tanh(w*x + b)" if hand.by_keys else "h = tanh(w*x + b)\ny = h*h")
    if hand.by_keys:
        hand.page.keyboard.press("Enter")
        hand.page.keyboard.type("y = h*h")
    hand.page.wait_for_function("() => lab.names.includes('y') && lab.names.length === 7")


def step_forward_and_back(hand: Hand) -> None:
    hand.room(3)
    hand.press("#first", "Home")
    hand.press("#next", "ArrowRight")
    hand.press("#next", "ArrowRight")
    hand.press("#back", "ArrowLeft")
    assert hand.page.evaluate("lab.step") == 1


def undo(hand: Hand) -> None:
    before = hand.page.evaluate("[...lab.data]")
    if hand.by_keys:
        hand.reach("[data-card]")
        hand.page.keyboard.press("Enter")
    else:
        hand.page.locator(".card.leaf").first.click()
    hand.write("#leaf", "3")
    assert hand.page.evaluate("[...lab.data]") != before
    hand.press("#undo", "Control+z")
    assert hand.page.evaluate("[...lab.data]") == before


def unfold_and_fold(hand: Hand) -> None:
    hand.press("#levels button:nth-child(2)")
    headings = hand.page.locator("#picture .heading")
    assert headings.all_text_contents() == ["h = tanh(w·x + b)", "y = h²"] or headings.count() == 2
    if hand.by_keys:
        hand.reach("[data-card]")
        while "h = " not in hand.page.evaluate("document.activeElement.getAttribute('aria-label')"):
            hand.page.keyboard.press("ArrowRight")
        hand.page.keyboard.press("Enter")
        hand.page.keyboard.press("Enter")
    else:
        for _ in range(2):
            hand.page.locator(".card.result").first.click()
    expect(headings).to_have_count(1)
    hand.press("[data-fold]")
    expect(headings).to_have_count(2)


def choose_data(hand: Hand) -> None:
    hand.room(2)
    hand.choose("#choose-data", "circles")
    assert hand.page.evaluate("lab.training.choice.data") == "circles"


def add_a_layer(hand: Hand) -> None:
    hand.press("#layers [aria-label='Add a layer']")
    assert hand.page.evaluate("lab.training.choice.hidden") == [8, 8, 8]


def play_and_pause(hand: Hand) -> None:
    hand.press("#train-play", "Space")
    hand.page.wait_for_function("() => lab.training.steps > 2")
    hand.press("#train-play", "Space")
    assert hand.page.locator("#train-play").inner_text() == "Play"


def step_by_batch(hand: Hand) -> None:
    before = hand.page.evaluate("lab.training.steps")
    hand.press("#train-step", "ArrowRight")
    assert hand.page.evaluate("lab.training.steps") == before + 1


def take_a_step_apart(hand: Hand) -> None:
    hand.press("#dissect")
    hand.page.wait_for_function("() => lab.names.includes('J')")
    assert hand.page.evaluate("document.documentElement.dataset.room") == "apart"


def answer_a_question(hand: Hand) -> None:
    hand.press("#take-tour")
    hand.page.wait_for_function("() => lab.stop === 0")
    right = hand.page.evaluate("lab.worth(lab.STOPS[0].right)")
    hand.write("#answer", f"{right:g}")
    hand.press("#prediction .strong")
    expect(hand.page.locator("#verdict")).to_have_class("right")
    hand.press("#tour-end")


def switch_look_and_projector(hand: Hand) -> None:
    hand.press("#look")
    hand.press("#projector")
    look = "[document.documentElement.dataset.look, document.documentElement.hasAttribute('data-projector')]"
    assert hand.page.evaluate(look) == ["light", True]
    hand.press("#projector")


def export_what_is_seen(hand: Hand) -> None:
    for button, name in (("#save", "graph.svg"), ("#save-png", "graph.png")):
        with hand.page.expect_download() as download:
            hand.press(button)
        assert download.value.suggested_filename == name


TASKS = [type_an_expression, step_forward_and_back, undo, unfold_and_fold, choose_data, add_a_layer]
TASKS += [play_and_pause, step_by_batch, take_a_step_apart, answer_a_question, switch_look_and_projector]
TASKS += [export_what_is_seen]


@pytest.mark.parametrize("mode", MODES)
def test_twelve_tasks_are_done_with_one_device(page: Page, mode: str) -> None:
    assert len(TASKS) == 12
    hand = Hand(page, mode)
    for task in TASKS:
        task(hand)
