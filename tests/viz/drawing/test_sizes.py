"""Pictures for a slide, a column, a board: type, room, and what is folded where it does not fit."""

from __future__ import annotations

import re
from contextlib import contextmanager

import pytest

from autodiff import Value
from nn import MLP
from nn.processes import guarded
from tests.viz.drawing.geometry import crossed, drawn, outside, overlapping
from tests.viz.drawing.reading import caption, cards, loss_of, parsed, texts
from viz import draw

pytestmark = pytest.mark.long

PROMISED = {
    "slide": (13.333, 7.5, 18),
    "column": (3.4, 9.0, 7),
    "board": (13.333, 10.0, 28),
    (6, 4): (6, 4, 9),
}


def two_inputs():
    w1, x1, w2, x2, b = (
        Value(each, name) for each, name in ((0.5, "w1"), (2.0, "x1"), (-0.3, "w2"), (1.2, "x2"), (0.25, "b"))
    )
    y = (w1 * x1 + w2 * x2 + b).tanh()
    y.label = "y"
    y.backward()
    return y


SUBJECTS = {
    "scalars": (two_inputs, {}),
    "neurons": (lambda: MLP(2, [3, 1], seed=0), {"level": "neuron", "x": [1.0, 2.0]}),
    "layers": (lambda: MLP(4, [8, 8, 3], seed=0), {"level": "layer"}),
    "loss": (lambda: loss_of(MLP(2, [3, 1], seed=0), 1), {}),
}


@pytest.mark.parametrize("size", PROMISED, ids=str)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_picture_has_the_size_and_the_type_that_were_promised(subject, size):
    make, options = SUBJECTS[subject]
    picture = draw(make(), size=size, title="Forward and backward", legend=True, **options)
    width, height, points = PROMISED[size]
    found = drawn(picture)
    assert found.width <= 72 * width + 0.1 and found.height <= 72 * height + 0.1
    assert not overlapping(found) and not crossed(found) and not outside(found)
    said = re.search(r"too large for .*: type of ([\d.]+) pt", caption(picture).replace(" / ", " "))
    assert found.smallest >= (float(said[1]) if said else points)
    assert not said or subject != "scalars"


@pytest.mark.parametrize("subject", ["scalars", "neurons", "layers"])
def test_a_slide_holds_these_without_folding(subject):
    make, options = SUBJECTS[subject]
    picture = draw(make(), size="slide", **options)
    assert "folded" not in caption(picture) and "too large" not in caption(picture)
    if subject == "scalars":
        assert len(cards(picture)) == 10


def test_what_does_not_fit_is_folded_and_the_picture_says_so():
    picture = draw(loss_of(MLP(2, [3, 1], seed=0), 1), size="slide")
    assert "folded to layers: 39 values do not fit a slide at 18 pt" in caption(picture).replace(" / ", " ")
    assert "Z1 = W1·A0 + b1" in {
        " ".join(card[:2]) if card[0].endswith("=") else card[0] for card in cards(picture)
    }


@pytest.mark.parametrize("size", ["slide", "column", (1.5, 1)], ids=str)
def test_one_process_lays_out_all_that_is_tried(monkeypatch, size):
    started = []

    @contextmanager
    def counted(command, **settings):
        with guarded(command, **settings) as process:
            started.append(command)
            yield process

    monkeypatch.setattr("viz.layout.process.guarded", counted)
    assert draw(loss_of(MLP(2, [3, 1], seed=0), 1), size=size).notes
    assert len(started) == 1


@pytest.mark.parametrize("size", ["poster", (0, 3), (1, 2, 3), 5, ("a", 2)])
def test_sizes_that_are_none_are_refused(size):
    with pytest.raises(ValueError, match=r"size is"):
        draw(two_inputs(), size=size)


# What is shown


@pytest.mark.parametrize("compact", [False, True])
def test_cards_say_what_is_asked_for(compact):
    y = two_inputs()
    both = draw(y, show=("data", "grad"), compact=compact)
    words = [text for card in cards(both) for text in card]
    assert {"0.5000", "0.9878"} <= set(words) and not {"w1", "y", "tanh", "×"} & set(words)
    names = draw(y, show=["name", "op"], compact=compact)
    graph = parsed(names)
    words = {text for node in graph.nodes() for text in texts(node)}
    assert words == {"w1", "x1", "w2", "x2", "b", "y", "×", "+", "tanh"}


def test_an_operation_without_a_card_stands_for_its_result():
    picture = draw(two_inputs(), show=("name", "op"))
    graph = parsed(picture)
    assert sorted(str(node)[0] for node in graph.nodes()) == ["o"] * 5 + ["v"] * 6
    assert len(graph.edges()) == 9 + 1


@pytest.mark.parametrize("show", [("colour",), (), "everything"])
def test_what_cannot_be_shown_is_refused(show):
    with pytest.raises(ValueError, match="show= names some of 'name', 'op'"):
        draw(two_inputs(), show=show)


# Title, legend, mathematics


def test_a_title_stands_over_the_picture_and_the_legend_under_it():
    picture = draw(two_inputs(), title="A neuron", legend=True)
    found = drawn(picture)
    ((_, bottom, _, _), size, text), *_ = found.texts["cluster_title"]
    assert text == "A neuron" and size == 16
    assert bottom > max(top for _, _, _, top in found.nodes.values())
    assert [text for _, _, text in found.texts["graph"]] == ["input", "result", "output", "operation"]


def test_a_legend_can_be_left_out():
    y = Value(1.0, "a") - Value(2.0, "b")
    assert caption(draw(y)) and not caption(draw(y, legend=False))


def test_mathematics_in_labels_is_set():
    words = {"".join(card) for card in cards(draw(Value(1.0, "$W_{1,2}^2$") * Value(2.0, r"$\sigma$")))}
    assert any(word.startswith("W21,2") for word in words) and any(word.startswith("σ") for word in words)
    source = draw(Value(1.0, "$W_{1,2}$") * 2.0).source
    assert "<I>W</I><SUB>1,2</SUB>" in source
    for plain in ("5$ and 6$", "$", "$5$", r"$\frac{a}{b}$", r"$\nonsense{$", "a_b"):
        assert cards(draw(Value(1.0, plain) * 2.0))[0][0] == plain


# Highlighting


def test_paths_stand_out_and_the_rest_is_pale():
    y = two_inputs()
    w1 = y.operands[0].operands[0].operands[0].operands[0]
    graph = parsed(draw(y, highlight=[(w1, y)]))
    wide = {texts(node)[0] for node in graph.nodes() if node.startswith("v") and node.attr["penwidth"] == "3"}
    assert wide == {"w1", "data", "y"}
    assert sum(edge.attr["penwidth"] == "3" for edge in graph.edges()) == 8
    assert draw(y, highlight=[(y, w1)]).source == draw(y, highlight=[(w1, y)]).source
    alone = parsed(draw(y, highlight=[w1]))
    assert [texts(node)[0] for node in alone.nodes() if node.attr["penwidth"] == "3"] == ["w1"]


def test_a_value_in_a_folded_card_lights_the_card():
    model = MLP(2, [2, 1], seed=0)
    J = loss_of(model, 2)
    graph = parsed(draw(J, level="layer", highlight=[model.layers[0].neurons[1].w[0]]))
    assert [texts(node)[0] for node in graph.nodes() if node.attr["penwidth"] == "3"] == ["W1"]


def test_what_cannot_be_highlighted_is_refused():
    y = two_inputs()
    w1, x1 = y.operands[0].operands[0].operands[0].operands
    with pytest.raises(ValueError, match="Values of this graph"):
        draw(y, highlight=[Value(1.0)])
    with pytest.raises(ValueError, match="no path leads from"):
        draw(y, highlight=[(w1, x1)])
    for wrong in (["w1"], y, [(w1, y, y)]):
        with pytest.raises(TypeError, match="highlight= "):
            draw(y, highlight=wrong)
