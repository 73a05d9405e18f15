"""What notebooks get from Values and models, through IPython's own display formatter."""

from __future__ import annotations

import html.parser
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from IPython.core.formatters import DisplayFormatter

from autodiff import Value
from nn import MLP, History, fit
from nn.model.module import Module
from viz import explore, summary

SVG = "{http://www.w3.org/2000/svg}"


class HTMLParser(html.parser.HTMLParser):
    """The attributes of the first element."""

    @classmethod
    def attributes(cls, text):
        parser = cls()
        parser.found = None
        parser.feed(text)
        return parser.found

    def handle_starttag(self, tag, attributes):
        self.found = self.found or dict(attributes)


def displayed(thing):
    bundle, _ = DisplayFormatter().format(thing)
    return bundle


def words(svg):
    return {each.text.strip() for each in ET.fromstring(svg.encode()).iter(f"{SVG}text")}


def test_a_small_graph_shows_its_picture():
    x = Value(3.0, "x")
    bundle = displayed((x * x).tanh())
    assert {"x", "×", "tanh", "3.0000"} <= words(bundle["image/svg+xml"])


def test_a_leaf_shows_its_text():
    assert displayed(Value(3.0, "x")) == {"text/plain": "Value(3.0, grad=0.0, label='x')"}


def test_a_large_graph_shows_a_folded_picture_and_what_it_consists_of():
    y = x = Value(1.0, "x")
    for _ in range(200):
        y = y + x
    bundle = displayed(y)
    assert {"x", "+", "nodes", "200"} <= words(bundle["image/svg+xml"])
    assert "201 nodes: 1 leaf, 200 operations (200 add), 200 deep" in bundle["text/plain"]
    assert "explore(y)" in bundle["text/plain"]


def test_a_graph_that_folding_leaves_large_shows_what_it_consists_of():
    y = sum(Value(1.0, f"x{i}") * Value(2.0, f"z{i}") for i in range(120))
    assert set(displayed(y)) == {"text/plain"}


def test_a_page_shows_itself_and_is_a_path(tmp_path):
    page = explore(Value(3.0, "x").tanh(), tmp_path / "page.html")
    assert page == tmp_path / "page.html" and isinstance(page, Path)
    shown = displayed(page)["text/html"]
    frame = HTMLParser.attributes(shown)
    assert frame["srcdoc"] == page.read_text(encoding="utf-8") and frame["title"] == "page.html"
    page.unlink()
    assert "text/html" not in displayed(page)


def test_a_model_shows_its_layers():
    model = MLP(2, [3, 1])
    for each in (model, model.layers[0], model.layers[0].neurons[0]):
        assert "Z1 = W1·A0 + b1" in words(displayed(each)["image/svg+xml"])


def test_a_model_of_your_own_shows_its_text():
    class Line(Module):
        def __repr__(self):
            return "a line"

    assert displayed(Line()) == {"text/plain": "a line"}


@pytest.mark.parametrize("thing", [Value(1.0, "x") * 2.0, MLP(1, [1])])
def test_without_graphviz_there_is_the_text(thing, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "")
    assert displayed(thing) == {"text/plain": repr(thing)}


def test_summary_counts_operations_by_kind():
    x = Value(3.0, "x")
    assert summary(x) == "1 node: 1 leaf, 0 operations, 0 deep"
    assert summary(x * x + x) == "3 nodes: 1 leaf, 2 operations (1 mul, 1 add), 2 deep"


def test_a_history_shows_its_curves():
    bundle = displayed(fit(MLP(1, [1]), [[0.5, 1.0]], [1.0, 0.0], epochs=3))
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert "image/png" not in displayed(History())
