"""A layout is read back and measured: what lies where, and which edge goes from where to where."""

from itertools import combinations, pairwise

import pytest

from autodiff import Value
from autodiff.arrays import leaves
from nn import MLP
from viz.graph.cards import Card, scalar_cards
from viz.graph.fold import folded_cards
from viz.graph.structure import find_structure
from viz.layout.positions import Layout, lay_out

LaidOut = tuple[list[Card], list[tuple[float, float]], Layout]


def cards_of(sizes: list[int], level: str) -> list[Card]:
    y = sum(MLP(2, sizes, seed=0)(leaves("x", [0.5, -1.0]).tolist()), start=Value(0.0))
    structure = find_structure([y])
    return scalar_cards(structure)[0] if level == "scalar" else folded_cards(structure, level == "neuron")[0]


@pytest.fixture(
    params=[([2, 1], "scalar"), ([9, 8], "scalar"), ([3, 2], "neuron"), ([3, 2], "layer")], ids=str
)
def laid_out(request: pytest.FixtureRequest) -> LaidOut:
    cards = cards_of(*request.param)
    sizes = [(90.0 + 7 * (i % 5), 30.0 + i % 3) for i in range(len(cards))]
    return cards, sizes, lay_out(cards, sizes, crossing=request.param[1] == "neuron")


def rectangles(sizes: list[tuple[float, float]], layout: Layout) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of each card."""
    return [
        (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        for (x, y), (width, height) in zip(layout.centres, sizes, strict=True)
    ]


def test_cards_lie_inside_beside_each_other_and_right_of_their_operands(laid_out: LaidOut) -> None:
    cards, sizes, layout = laid_out
    spots = rectangles(sizes, layout)
    for left, top, right, bottom in spots:
        assert left >= -1.0 and top >= -1.0 and right <= layout.width + 1.0 and bottom <= layout.height + 1.0
    for a, b in combinations(spots, 2):
        assert a[2] <= b[0] + 0.5 or b[2] <= a[0] + 0.5 or a[3] <= b[1] + 0.5 or b[3] <= a[1] + 0.5
    for i, card in enumerate(cards):
        assert all(layout.centres[edge.operand][0] < layout.centres[i][0] for edge in card.edges)


def test_an_edge_is_a_curve_from_its_operand_to_its_card(laid_out: LaidOut) -> None:
    cards, sizes, layout = laid_out
    spots = rectangles(sizes, layout)
    for i, card in enumerate(cards):
        assert len(layout.curves[i]) == len(card.edges)
        for edge, curve in zip(card.edges, layout.curves[i], strict=True):
            assert len(curve) % 6 == 2  # a point, and three for each segment
            start, end = curve[:2], curve[-2:]
            assert start == pytest.approx([spots[edge.operand][2], layout.centres[edge.operand][1]], abs=2.5)
            assert end == pytest.approx([spots[i][0], layout.centres[i][1]], abs=2.5)


def test_boxes_hold_their_cards_outer_ones_first(laid_out: LaidOut) -> None:
    cards, sizes, layout = laid_out
    wanted = {boxes[:depth] for card in cards if (boxes := card.boxes) for depth in range(1, len(boxes) + 1)}
    assert sorted(box.title for box in layout.boxes) == sorted(
        " ".join(map(str, boxes[-1])) for boxes in wanted
    )
    areas = [box.width * box.height for box in layout.boxes]
    assert all(before >= after for before, after in pairwise(areas))
    for card, (left, top, right, bottom) in zip(cards, rectangles(sizes, layout), strict=True):
        around = [
            box.title
            for box in layout.boxes
            if box.x <= left and box.y <= top and right <= box.x + box.width and bottom <= box.y + box.height
        ]
        assert {" ".join(map(str, title)) for title in card.boxes} <= set(around)
