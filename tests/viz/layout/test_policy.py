"""One policy decides what Graphviz may spend: whoever lays a graph out asks it, and nobody else decides."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import viz
from autodiff import Value
from autodiff.arrays import leaves
from nn import MLP
from viz import draw
from viz.explorer import explore
from viz.graph.cards import Card, Edge, scalar_cards
from viz.graph.structure import find_structure
from viz.layout import positions
from viz.layout.policy import BENT, MANY, graph_attributes

BOUNDS = ("mclimit", "nslimit", "nslimit1", "splines", "outputorder")


def chain(count: int) -> list[Card]:
    """Cards of which each uses the one before."""
    return [Card("result", str(i), edges=[Edge(i - 1)] if i else []) for i in range(count)]


def comb(teeth: int) -> list[Card]:
    """A chain whose cards 1 to ``teeth`` also use the first one: 1 + 2 + … columns."""
    cards = chain(MANY + 1)
    for card in cards[1 : teeth + 1]:
        card.edges.append(Edge(0))
    return cards


def output(sizes: list[int]) -> Value:
    y = sum(MLP(2, sizes, seed=0)(leaves("x", [0.5, -1.0]).tolist()), start=Value(0.0))
    y.backward()
    return y


def asked_for(source: str) -> dict[str, str]:
    """The bounds in the first attributes of a graph in DOT."""
    head = source.partition("\n\tnode [")[0]
    return {name: value for name, value in re.findall(r"(\w+)=(\w[\w.]*)", head) if name in BOUNDS}


@pytest.fixture
def laid_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The DOT of each layout that a page asks for; Graphviz itself is not asked."""
    sources: list[str] = []

    def no_layout(picture: object, kind: str) -> bytes:
        sources.append(picture.source)  # type: ignore[attr-defined]
        names = re.findall(r"\n\t+(\d+) \[", sources[-1])
        objects = [{"_gvid": int(name), "name": name, "pos": "0,0"} for name in names]
        return json.dumps({"bb": "0,0,1,1", "objects": objects}).encode()

    monkeypatch.setattr(positions, "to_bytes", no_layout)
    return sources


def test_up_to_many_cards_graphviz_is_free_and_then_it_is_bound() -> None:
    assert graph_attributes(chain(MANY)) == {}
    assert {*graph_attributes(chain(MANY + 1))} == {*BOUNDS} - {"outputorder"}
    assert graph_attributes(chain(5000), range(MANY)) == {}  # what is left out costs nothing


def test_edges_bend_until_their_spans_are_too_many() -> None:
    assert graph_attributes(chain(5000))["splines"] == "polyline"
    longest = round((3 * BENT) ** (1 / 3))  # 1² + 2² + … + n² is about n³/3
    assert graph_attributes(comb(longest - 20))["splines"] == "polyline"
    assert (
        graph_attributes(comb(longest + 20)).items()
        >= {"splines": "line", "outputorder": "edgesfirst"}.items()
    )
    assert graph_attributes(comb(longest - 20), discs=True)["splines"] == "line"  # twice the columns


def test_a_leaf_stands_by_its_first_user() -> None:
    late = [Card("result", str(i), edges=[Edge(i - 1)] if i else []) for i in range(2000)]
    cards = [*(Card("input", "x") for _ in range(1000)), *late]
    for i, card in enumerate(late):
        card.edges = [Edge(1000 + i - 1)] * bool(i) + [Edge(i - 1000)] * (i >= 1000)
    assert graph_attributes(cards)["splines"] == "polyline"


@pytest.mark.parametrize("level", ["scalar", "neuron", "layer"])
@pytest.mark.parametrize("sizes", [[3, 1], [16, 8, 2], [60, 3]])
def test_a_picture_and_a_page_of_the_same_graph_ask_graphviz_for_the_same(
    sizes: list[int], level: str, laid_out: list[str], tmp_path: Path
) -> None:
    y = output(sizes)
    explore(y, tmp_path / "page.html")
    page = asked_for(laid_out[["scalar", "neuron", "layer"].index(level)])
    picture = asked_for(draw(y, level=level).source)
    assert picture == page
    cards = scalar_cards(find_structure([y]))[0]
    if level == "scalar":
        assert picture == graph_attributes(cards, discs=True)
        assert bool(picture) == (len(cards) > MANY)


def test_no_other_module_knows_the_bounds() -> None:
    for path in Path(viz.__file__).parent.rglob("*.py"):
        known = [name for name in BOUNDS if f'"{name}"' in path.read_text(encoding="utf-8")]
        assert not known or path.name == "policy.py", f"{path.name} decides {known}"
