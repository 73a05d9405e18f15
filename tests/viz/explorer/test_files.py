"""What ``explore`` accepts, and the file it writes."""

from pathlib import Path

import numpy as np
import pytest

from autodiff import Value
from duograd.entries import VIZ
from nn import MLP
from viz import explore
from viz.explorer.api import MOST_NODES

pytestmark = pytest.mark.long

X, Y = [[0.5, -1.0], [1.0, 2.0]], [1.0, 0.0]


def squares(count: int) -> Value:
    y = Value(1.0, "x")
    while count > 1:
        y, count = y * y, count - 1
    return y


def test_the_same_graph_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (
        explore(MLP(2, [3, 1]), tmp_path / name, X=X, Y=Y).read_bytes() for name in ("a.html", "b.html")
    )
    assert first == second


def test_a_page_for_500_nodes_is_below_a_megabyte_and_names_no_address(tmp_path: Path) -> None:
    text = explore(squares(500), tmp_path / "page.html").read_text(encoding="utf-8")
    assert len(text) < 1_000_000
    addresses = {part.split('"')[0].split("<")[0] for part in text.split("http")[1:]}
    assert all(address.startswith(("://www.w3.org/", "-equiv")) for address in addresses)  # names of XML's


def test_neither_values_nor_models_are_changed(tmp_path: Path) -> None:
    model = MLP(2, [3, 1])
    for parameter in model.parameters():
        parameter.grad = 7.0
    before = [(each.data, each.grad, each.label) for each in model.parameters()]
    explore(model, tmp_path / "page.html", X=X, Y=Y)
    assert [(each.data, each.grad, each.label) for each in model.parameters()] == before


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((3.0,), TypeError, "a Value or an MLP, got 3.0 of type float"),
        (([Value(1.0)],), TypeError, "pick one of them"),
        ((lambda x: x,), TypeError, "call it"),
        ((MLP(2, [1]),), ValueError, r"X of shape \(2, m\)"),
        ((MLP(2, [2]), {"X": X}), ValueError, "give targets Y"),
        ((MLP(2, [1]), {"X": X, "loss": "mse"}), ValueError, "give Y too"),
        ((MLP(2, [1]), {"X": np.transpose(X)[:1], "Y": Y}), ValueError, r"shape \(2, m\)"),
        ((MLP(2, [1]), {"X": X, "Y": Y, "loss": "msee"}), ValueError, "mse"),
        ((Value(1.0), {"X": X}), ValueError, "are for models"),
    ],
)
def test_errors_say_what_to_do(tmp_path: Path, arguments: tuple, error: type, message: str) -> None:
    y, options = (*arguments, {})[:2]
    page = tmp_path / "page.html"
    page.write_text("before", encoding="utf-8")
    with pytest.raises(error, match=message):
        explore(y, page, **options)
    assert page.read_text(encoding="utf-8") == "before" and list(tmp_path.iterdir()) == [page]


def test_a_graph_that_is_too_large_is_refused_with_its_size(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"50,001 nodes.*50,000 at most.*draw\(y, level='layer'\)"):
        explore(squares(MOST_NODES + 1), tmp_path / "page.html")


def test_missing_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no folder"):
        explore(Value(1.0), tmp_path / "missing" / "page.html")


@pytest.mark.parametrize("label", ["W1[0]", "b1[0]", "W1[0,1]"])
def test_labels_of_a_layer_that_no_neuron_uses_are_arrays(tmp_path: Path, label: str) -> None:
    p = Value(2.0, label)
    text = explore(p * p, tmp_path / "page.html").read_text(encoding="utf-8")
    assert label.partition("[")[0] in text and '"Neurons"' not in text
    network = explore(MLP(2, [2, 1]), tmp_path / "network.html", X=[[1.0], [2.0]])
    assert '"Neurons"' in network.read_text(encoding="utf-8")


def test_a_single_leaf_and_a_model_without_targets_have_pages(tmp_path: Path) -> None:
    assert explore(Value(1.0, "x"), tmp_path / "leaf.html").exists()
    assert explore(MLP(2, [1]), tmp_path / "model.html", X=[[1.0], [2.0]]).exists()


def test_the_command_writes_pages_of_expressions_and_of_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"
    assert VIZ.main(["explore", "tanh(w*x + b)", "w=0.5", "x=-2", "b=1", "-o", str(page)]) == 0
    assert (
        '"names":["w","x"' in page.read_text(encoding="utf-8") and f"wrote {page}" in capsys.readouterr().out
    )
    assert VIZ.main(["explore", "--data", "iris", "--layers", "3,3", "--samples", "2", "-o", str(page)]) == 0
    assert '"W1[2,3]"' in page.read_text(encoding="utf-8")
    assert VIZ.main(["explore", "--data", "iris", "--layers", "3,2", "-o", str(page)]) == 2
    assert "iris has 3 classes, so --layers ends with 3 for cross_entropy, not 2" in capsys.readouterr().err
