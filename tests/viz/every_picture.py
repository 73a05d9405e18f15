"""Pictures of everything in every way: rows of which each pair of choices occurs in one.

``python -m tests.viz.every_picture`` tries all triples, some thousand pictures, and prints what is wrong.
The last time, at 05798a1, these were 1,679, of which one PNG was refused as too wide.

Source of the idea: Kuhn, Kacker & Lei, Introduction to Combinatorial Testing (2013), covering arrays.
"""

from __future__ import annotations

import itertools
import math
import re
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import repeat
from pathlib import Path

import numpy as np

from autodiff import Value, topological_order
from nn import MLP
from nn.losses import LOSSES
from nn.model.activations import ACTIVATIONS
from tests.viz.drawing.geometry import Drawn, crossed, drawn, outside, overlapping
from tests.viz.drawing.reading import loss_of
from viz import draw, render

SVG = "{http://www.w3.org/2000/svg}"
PLACES = {"slide": (13.333, 7.5, 18), "column": (3.4, 9.0, 7), "board": (13.333, 10.0, 28), (6, 4): (6, 4, 9)}
FITTING = list(LOSSES)
NETWORKS = [f"{g} {FITTING[k % len(FITTING)]}" for k, g in enumerate(ACTIVATIONS) if g != "softmax"]
FEW = NETWORKS[6:16:2]  # in the tests: five activations, five losses
FACTORS = {
    "graph": ["1", "10", "300", "20000", "outputs", *FEW],
    "look": ["usual", "compact", "locals", "widths", "highlight", "legend", "upright", "backwards", "show"],
    "format": ["svg", "png", "pdf", "dot", "tex", "mmd"],
    "numbers": ["usual", "nan", "inf", "-0.0", "1e-320", "none"],
    "size": [None, *PLACES],
    "level": ["scalar", "neuron", "layer"],
    "labels": ["plain", "odd"],
}
LOOKS = {
    "usual": {},
    "compact": {"compact": True},
    "locals": {"local_derivatives": True},
    "widths": {"gradient_width": True},
    "highlight": {},
    "legend": {"legend": True, "title": "A title"},
    "upright": {"direction": "TB"},
    "backwards": {"direction": "RL", "precision": 2},
    "show": {"show": ("name", "data", "grad")},
}
ODD = ["<b>&amp;</b>", 'say "hi" {a|b}', "경사 \\N", "$W_{1,2}$", "two\nlines", "x" * 60]


def covering(strength: int, factors: dict[str, list] = FACTORS) -> list[dict[str, object]]:
    """Rows in which all combinations of so many factors occur: greedily, always the same."""
    names = list(factors)
    missing = {
        tuple(zip(chosen, values))
        for chosen in itertools.combinations(range(len(names)), strength)
        for values in itertools.product(*(range(len(factors[names[i]])) for i in chosen))
    }
    rows = []
    for wanted in sorted(missing):
        if wanted not in missing:
            continue
        row = dict(wanted)
        for i in range(len(names)):
            if i not in row:
                row[i] = max(
                    range(len(factors[names[i]])), key=lambda v: (_gain(row, i, v, missing, strength), -v)
                )
        missing -= set(_combinations(row, strength))
        rows.append({names[i]: factors[names[i]][v] for i, v in sorted(row.items())})
    return rows


def _combinations(row: dict[int, int], strength: int) -> Iterator[tuple[tuple[int, int], ...]]:
    return itertools.combinations(sorted(row.items()), strength)


def _gain(row: dict[int, int], i: int, value: int, missing: set, strength: int) -> int:
    """How many combinations a further choice would cover."""
    others = sorted(row.items())
    return sum(
        tuple(sorted((*rest, (i, value)))) in missing for rest in itertools.combinations(others, strength - 1)
    )


@cache
def chain(length: int) -> Value:
    x, w = Value(0.5, "x"), Value(0.3, "w")
    y = x * w
    while len(topological_order(y)) < min(length, 300):
        y = (y + w).sin() * x - 0.25
    for _ in range(length - 300):
        y = y + x
    return y


def graph(name: str) -> list[Value]:
    """Outputs of a graph by its name."""
    if name == "1":
        return [Value(0.5, "x")]
    if name == "outputs":
        x, z = Value(0.5, "x"), Value(-0.25, "z")
        return [x.sin() / z, x - z, (z * z).exp()]
    if name.isdigit():
        return [chain(int(name))]
    activation, loss = name.split()
    model = MLP(2, [3, 2], activation=activation if activation != "softmax" else "tanh", seed=1)
    return [loss_of(model, 1, LOSSES[loss])]


def subject(row: dict[str, object]) -> list[Value]:
    """The outputs, with gradients, numbers and labels as the row says."""
    outputs = graph(str(row["graph"]))
    nodes = topological_order(*outputs)
    for node in nodes:
        node.grad = 0.0
    if row["numbers"] != "none":
        for output in outputs:
            output.backward()
        if row["numbers"] != "usual":
            leaf = next(node for node in nodes if not node.op and node.label)
            leaf.grad = float(str(row["numbers"]))
            if row["numbers"] in ("-0.0", "1e-320"):
                leaf.data = float(str(row["numbers"]))
    for node, label in zip([node for node in nodes if node.op][-len(ODD) :], ODD):
        node.label = label if row["labels"] == "odd" else ""
    return outputs


def check(row: dict[str, object], folder: Path) -> list[str]:
    """Draw what a row says, write it, and say what is wrong with it."""
    outputs = subject(row)
    options = dict(LOOKS[str(row["look"])])
    level = "scalar" if row["look"] == "locals" else row["level"]
    if row["look"] == "highlight":
        options["highlight"] = [topological_order(*outputs)[0], outputs[0]]
        if outputs[0].op:
            options["highlight"].append((topological_order(outputs[0])[0], outputs[0]))
    if row["graph"] == "20000" and level == "scalar":
        options["max_nodes"] = 40
        options.pop("highlight", None)
    picture = draw(outputs if len(outputs) > 1 else outputs[0], level=level, size=row["size"], **options)
    found = drawn(picture)
    wrong = list(misread(picture, found))
    if len(picture.kept) <= 300:
        wrong += misplaced(found, picture.notes, row["size"])
    try:
        path = render(picture, folder / f"graph.{row['format']}")
    except ValueError as refused:
        said = str(refused)
        return wrong + [said] * ("Mermaid draws" not in said and "more than 32,767 pixels" not in said)
    if row["format"] == "svg":
        expected = Counter(
            text.strip().replace("\\\\", "\\") for texts in found.texts.values() for _, _, text in texts
        )
        wrong += [f"the SVG differs: {each}" for each in (expected - Counter(texts_of_svg(path)))]
    return wrong + ["the file is empty"] * (path.stat().st_size < 60)


def misplaced(found: Drawn, notes: Sequence[str], size: object) -> list[str]:
    """What lies on or over something else, or is not as large as promised."""
    wrong = [f"cards overlap: {pair}" for pair in overlapping(found)]
    wrong += [f"an edge runs through a card: {each}" for each in crossed(found)]
    wrong += [f"a text leaves its card: {each}" for each in outside(found)]
    if size is not None:
        width, height, points = PLACES[size]
        said = re.search(r"type of ([\d.]+) pt", " ".join(notes))
        if found.width > 72 * width + 0.1 or found.height > 72 * height + 0.1:
            wrong.append(f"{found.width:.0f} × {found.height:.0f} points are too large for {size}")
        if found.smallest < (float(said[1]) if said else points) - 0.01:
            wrong.append(f"type of {found.smallest:.2f} points, promised were {said[1] if said else points}")
    return wrong


def texts_of_svg(path: Path) -> list[str]:
    """All texts of an SVG, from the first to the last."""
    return [(text.text or "").strip() for text in ET.parse(path).getroot().iter(f"{SVG}text")]


def misread(picture, found: Drawn) -> Iterator[str]:
    """Cards whose numbers are not those of the graph, as far as these are known."""
    look = picture.look
    nodes = topological_order(*{value: None for i in picture.kept for value in picture.cards[i].values})
    reached: set[Value] = set()
    for node in reversed(nodes):
        if node.grad != 0.0 or node in reached:
            reached |= {node, *node.operands}
    for i in picture.kept:
        card, said = picture.cards[i], [text.strip() for _, _, text in found.texts.get(f"v{i}", [])]
        right: list[float] = []
        for name in ("data", "grad"):
            known = name == "data" or (card.kind != "constant" and reached.intersection(card.values))
            if name in look.show and known:
                numbers = np.array([getattr(value, name) for value in card.values])
                real = numbers[~np.isnan(numbers)]
                ends = [real.min(), real.max()] if real.size else [math.nan, math.nan]
                right += ends if numbers.size > 1 else ends[:1]
        if not (card.title or card.symbol or card.formula) and "data" not in look.show:
            right = [card.values[0].data]  # which stands for its name
        rows = [text for text in said if re.fullmatch(NUMBERS, text)]
        read = [each for text in rows for each in re.findall(NUMBER, text.partition(", ")[0])]
        if not (len(read) == len(right) and all(map(reads, read, right, repeat(look.precision)))):
            yield f"v{i} reads {said}, is {right}"


NUMBER = r"-?\d+\.\d+(?:e[-+]\d+)?|-?inf|nan"
NUMBERS = rf"(?:{NUMBER})(?: *… *(?:{NUMBER}))?(?:, \d+ nan)?"


def reads(text: str, right: float, precision: int) -> bool:
    """Whether a number is right in all the digits that are shown."""
    shown = float(text)
    if not math.isfinite(right):
        return shown == right or (math.isnan(shown) and math.isnan(right))
    unit = 10.0 ** math.floor(math.log10(abs(right))) if "e" in text else 1.0
    return abs(shown - right) <= 0.51 * 10.0**-precision * unit


if __name__ == "__main__":
    rows = covering(3, {**FACTORS, "graph": [*FACTORS["graph"][:5], *NETWORKS]})
    print(f"{len(rows)} pictures")
    bad = 0
    with tempfile.TemporaryDirectory() as place:
        for count, row in enumerate(rows, 1):
            for each in check(row, Path(place)):
                bad += 1
                print(row, each)
            if count % 100 == 0:
                print(f"{count} done, {bad} wrong")
    sys.exit(bad > 0)
