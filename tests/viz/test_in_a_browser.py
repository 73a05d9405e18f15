"""Pictures as a browser shows them: its own measure of every text, and what is seen where nothing moves."""

import pytest

from autodiff import Value
from benchmarks.suite import PROGRAMS
from nn import MLP
from tests.viz.drawing.reading import loss_of, neuron
from viz import animate, compare_picture, draw, render

# Of each card, how far texts reach out of it, less what the browser's hinting may widen them: a hundredth.
# In units of the picture, in which type is about 10 high.
OUTSIDE = """() => [...document.querySelectorAll("g.node")].flatMap(card => {
  const shapes = [...card.querySelectorAll("polygon, path, ellipse")].map(each => each.getBBox());
  const left = Math.min(...shapes.map(b => b.x)), right = Math.max(...shapes.map(b => b.x + b.width));
  const top = Math.min(...shapes.map(b => b.y)), bottom = Math.max(...shapes.map(b => b.y + b.height));
  return [...card.querySelectorAll("text")].map(text => {
    const b = text.getBBox();
    const far = Math.max(left - b.x, b.x + b.width - right, top - b.y, b.y + b.height - bottom);
    return [text.textContent, far - b.width / 100];
  });
})"""

PICTURES = {
    "scalars": lambda: draw(neuron(), local_derivatives=True),
    "compact": lambda: draw(loss_of(MLP(2, [3, 1]), 1), compact=True),
    "neurons": lambda: draw(loss_of(MLP(2, [3, 1]), 2), level="neuron", legend=True, title="A title"),
    "layers": lambda: draw(MLP(4, [8, 8, 3]), size="slide"),
    "formulas": lambda: draw(PROGRAMS["Elman network"].lifted(PROGRAMS["Elman network"].data())),
    "side by side": lambda: compare_picture(MLP(2, [2, 1]), [[0.5, -1.0], [1.0, 2.0]], [[1.0, 0.0]]),
    "labels": lambda: draw(Value(1.5, "경사 하강법") * Value(-2.5e-9, "$W_{1,2}$") + Value(1e30, "x" * 60)),
}


@pytest.mark.parametrize("name", PICTURES)
def test_no_text_leaves_its_card(browser, tmp_path, name):
    path = render(PICTURES[name](), tmp_path / "picture.svg")
    page = browser.new_page()
    page.goto(path.as_uri())
    measured = page.evaluate(OUTSIDE)
    page.close()
    assert len(measured) > 5
    assert [(text, far) for text, far in measured if far > 2.0] == []


VISIBLE = """() => [...document.querySelectorAll("text")]
  .filter(text => getComputedStyle(text).visibility === "visible").map(text => text.textContent.trim())"""


def test_a_film_is_at_its_end_on_paper_and_where_nothing_may_move(browser, tmp_path):
    y = neuron()
    path = animate(y, tmp_path / "film.svg")
    seen = {}
    for name, media in {
        "moving": {"media": "screen", "reduced_motion": "no-preference"},
        "paper": {"media": "print"},
        "still": {"media": "screen", "reduced_motion": "reduce"},
    }.items():
        page = browser.new_page()
        page.emulate_media(**media)
        page.goto(path.as_uri())
        seen[name] = page.evaluate(VISIBLE)
        page.close()
    assert seen["paper"] == seen["still"] != seen["moving"]
    assert f"{y.data:.4f}" in seen["paper"] and f"{y.data:.4f}" not in seen["moving"]
    assert seen["paper"].count("grad") > seen["moving"].count("grad")
