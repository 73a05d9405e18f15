"""The widget's two scripts in Chromium, beside a Python that answers when the test lets it."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, expect

from autodiff import Value, log
from viz import widget
from viz.live.bundle import notebook_side

pytestmark = pytest.mark.long

HOST = """<!DOCTYPE html><link rel="icon" href="data:,"><title>A notebook</title><div id="output"></div>
<script type="module">
const state = {state}, listening = {};
window.asked = [];
window.model = {
  get: name => state[name],
  set(name, x) { state[name] = x; },
  save_changes: () => window.asked.push(state._asked),
  on(event, heard) { listening[event] = heard; },
  off: event => { delete listening[event]; },
};
window.tell = told => { state._told = told; listening["change:_told"](); };
{script}
window.stop = render({ model, el: document.getElementById("output") });
</script>"""


class Notebook:
    """A page with the widget in it, whose questions the test passes on."""

    def __init__(self, page: Page, shown: Any) -> None:
        self.page, self.shown = page, shown
        page.wait_for_selector("iframe")
        self.frame.wait_for_selector(".card")

    @property
    def frame(self) -> Frame:
        element = self.page.wait_for_selector("iframe")
        frame = element and element.content_frame()
        assert frame
        return frame

    def set(self, name: str, x: float) -> None:
        self.frame.evaluate(
            "([name, x]) => explorer.setLeaves([[explorer.names.indexOf(name), x]])", [name, x]
        )

    def numbers(self, *names: str) -> list[float]:
        return self.frame.evaluate(
            "names => names.map(name => explorer.data[explorer.names.indexOf(name)])", names
        )

    def questions(self, number: int) -> list[dict[str, Any]]:
        """What was asked since the last time, once it is so much; and nothing comes after it."""
        self.page.wait_for_function("number => asked.length >= number", arg=number)
        self.page.wait_for_timeout(30)
        return self.page.evaluate("asked.splice(0)")

    def answer(self, question: dict[str, Any]) -> None:
        self.shown.set_state({"_asked": question})
        self.tell()

    def tell(self) -> None:
        self.page.evaluate("told => tell(told)", self.shown.get_state(["_told"])["_told"])
        self.page.wait_for_timeout(30)


@pytest.fixture
def leaves() -> dict[str, Value]:
    return {"w": Value(0.5, "w"), "x": Value(2.0, "x")}


def write_host(path: Path, shown: Any) -> Path:
    """A page that shows a widget as a notebook does, with nobody behind it."""
    state = {**shown.get_state(["_page", "_told", "height"]), "_asked": {}}
    text = HOST.replace("{script}", notebook_side().replace("export default { render };", ""))
    text = text.replace("{state}", json.dumps(state).replace("</", "<\\/"))
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def notebook(open_page: Any, tmp_path: Path, leaves: dict[str, Value]) -> Notebook:
    shown = widget(leaves["w"] * log(leaves["x"]))
    return Notebook(open_page(write_host(tmp_path / "host.html", shown)), shown)


def test_one_question_at_a_time_and_what_was_moved_since_stays(notebook, leaves):
    for x in (0.6, 0.7, 0.8):
        notebook.set("w", x)
    (first,) = notebook.questions(1)
    assert [x for _, x in first["leaves"]] == [0.6]
    notebook.answer(first)
    assert notebook.numbers("w") == [0.8] and leaves["w"].data == 0.6
    (second,) = notebook.questions(1)
    assert [x for _, x in second["leaves"]] == [0.8]
    notebook.answer(second)
    assert leaves["w"].data == 0.8 and notebook.page.evaluate("asked") == []


def test_python_moves_the_page_and_the_other_leaves_of_an_answer(notebook, leaves):
    notebook.shown.values = {"x": 4.0}
    notebook.tell()
    assert notebook.numbers("w", "x") == [0.5, 4.0]
    notebook.set("w", 1.0)
    (question,) = notebook.questions(1)
    notebook.shown.values = {"x": 5.0}  # before it has heard of w
    notebook.tell()
    assert notebook.numbers("w", "x") == [1.0, 4.0]
    notebook.answer(question)
    assert notebook.numbers("w", "x") == [1.0, 5.0] and leaves["w"].data == 1.0
    assert notebook.page.evaluate("asked") == []


def test_what_is_refused_goes_back_with_its_sentence(notebook, leaves):
    notebook.set("x", -1.0)
    notebook.set("w", 0.75)
    (question,) = notebook.questions(1)
    notebook.answer(question)
    assert notebook.numbers("w", "x") == [0.5, 2.0] == [leaf.data for leaf in leaves.values()]
    expect(notebook.frame.locator("#alert")).to_contain_text("log(x=-1.0) is outside the domain")
    notebook.set("w", 0.75)
    notebook.answer(*notebook.questions(1))
    assert notebook.numbers("w", "x") == [0.75, 2.0] == [leaf.data for leaf in leaves.values()]
    expect(notebook.frame.locator("#alert")).to_be_hidden()


def test_a_frame_that_a_notebook_moves_loads_with_the_numbers_of_now(notebook, leaves):
    notebook.set("w", 0.75)
    notebook.answer(*notebook.questions(1))
    notebook.page.evaluate("document.body.prepend(document.getElementById('output'))")
    notebook.frame.wait_for_function("() => window.explorer && explorer.data[0] === 0.75")
    notebook.set("w", 0.25)
    notebook.answer(*notebook.questions(1))
    assert leaves["w"].data == 0.25
    notebook.page.evaluate("stop()")
    notebook.set("w", 0.5)
    notebook.page.wait_for_timeout(30)
    assert notebook.page.evaluate("asked") == []


def test_a_kernel_that_is_gone_is_said_to_be(notebook):
    notebook.page.clock.install()
    notebook.set("w", 0.75)
    notebook.page.clock.run_for(6000)
    expect(notebook.frame.locator("#alert")).to_contain_text("Python has not answered yet")
    notebook.answer(*notebook.questions(1))
    expect(notebook.frame.locator("#alert")).to_be_hidden()
