"""The lab, the explorer and the widget in Firefox: the numbers of Python, no complaint and no request."""

import json
from pathlib import Path

import numpy as np
import pytest

from autodiff import Value, expression, grad
from nn import MLP, fit, losses
from nn.datasets import GENERATORS
from nn.train.optim import OPTIMIZERS
from tests.viz.firefox import Firefox
from tests.viz.live.test_link import write_host
from viz import explore, widget, write_lab

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("Firefox")]


def built(firefox: Firefox) -> None:
    """An expression is typed, and its graph has the numbers of Python."""
    firefox.click("#text")
    firefox.press("Control+a", *"loss = (tanh(w*x + b) - y)**2")
    firefox.wait_for("lab.names.length === 10 && document.querySelectorAll('.card').length === 10")
    leaves = {name: Value(x, name) for name, x in {"w": 0.5, "x": 2.0, "b": 1.0, "y": 1.5}.items()}
    y = expression("(tanh(w*x + b) - y)**2", **leaves)
    names, data, gradients = firefox.evaluate("[lab.names, [...lab.data], [...lab.gradients]]")
    assert data[-1] == pytest.approx(y.data, rel=1e-12)
    for name, expected in zip(leaves, grad(y, [*leaves.values()])):
        assert gradients[names.index(name)] == pytest.approx(expected, rel=1e-12)


def trained(firefox: Firefox) -> None:
    """Fifty steps, a key each, are those of ``fit``."""
    firefox.press("2", *["ArrowRight"] * 50)
    firefox.wait_for("lab.training.steps === 50")
    data, model = GENERATORS["moons"](200), MLP(2, [4, 1], activation="tanh", seed=3)
    fit(
        model,
        data.X,
        losses.binary_cross_entropy.from_classes(data.y, 1),
        loss="binary_cross_entropy",
        optimizer=OPTIMIZERS["adam"].make(OPTIMIZERS["adam"].rate),
        epochs=5,
        batch_size=20,
        engine="scalar",
        seed=3,
    )
    expected = np.concatenate([np.ravel(array) for array in model.state_dict().values()])
    np.testing.assert_allclose(
        firefox.evaluate("[...lab.training.network.params]"), expected, rtol=1e-9, atol=1e-12
    )


def taken_apart(firefox: Firefox) -> None:
    """The step that comes next is stepped through, and a weight of it is dragged."""
    firefox.click("#dissect")
    firefox.wait_for("document.documentElement.dataset.room === 'apart' && lab.names.includes('J')")
    firefox.press("Home", *["ArrowRight"] * 3)
    assert firefox.evaluate("document.getElementById('where').textContent").startswith("Forward, 3 of ")
    before = firefox.evaluate("lab.data[lab.data.length - 1]")
    firefox.evaluate("lab.setLeaves([[lab.names.indexOf('W1[0,0]'), 0.25]])")
    assert firefox.evaluate("lab.data[lab.data.length - 1]") != before


def typed(firefox: Firefox, folder: Path) -> None:
    """The explorer has the numbers of Python after a leaf was typed."""
    w, x = Value(0.5, "w"), Value(-2.0, "x")
    firefox.open(explore((w * x).tanh(), folder / "explorer.html").as_uri())
    firefox.wait_for("document.querySelectorAll('.card').length === 4")
    firefox.click(".card.leaf")
    firefox.click("#leaf")
    firefox.press("Control+a", *"1.5")
    data, gradients = firefox.evaluate("[[...explorer.data], [...explorer.gradients]]")
    w.data = 1.5
    y = (w * x).tanh()
    assert data == pytest.approx([1.5, -2.0, -3.0, y.data], rel=1e-12)
    assert [gradients[0], gradients[1]] == pytest.approx(grad(y, [w, x]), rel=1e-12)


def linked(firefox: Firefox, folder: Path) -> None:
    """The widget's page asks what it is framed in, and follows what is told."""
    w, x = Value(0.5, "w"), Value(-2.0, "x")
    shown = widget(w * x)
    firefox.open(write_host(folder / "host.html", shown).as_uri())
    inside = "document.querySelector('iframe').contentWindow.explorer"
    firefox.wait_for(inside)
    firefox.evaluate(f"{inside}.setLeaves([[0, 0.75]])")
    firefox.wait_for("asked.length === 1")
    shown.set_state({"_asked": firefox.evaluate("asked[0]")})
    assert w.data == 0.75
    shown.values = {"x": 4.0}
    told = shown.get_state(["_told"])["_told"] | {"turn": shown._asked["turn"]}
    firefox.evaluate(f"tell({json.dumps(told)})")
    firefox.wait_for(f"{inside}.data[1] === 4 && {inside}.data[2] === 3")


def test_every_page(firefox: Firefox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUOGRAD_LANGUAGE", "en")
    lab = write_lab(tmp_path / "lab.html", address="h=4&m=20&s=3")
    firefox.open(lab.as_uri())
    firefox.evaluate("lab.ready.then(() => true)")
    built(firefox)
    firefox.evaluate("document.activeElement.blur()")
    trained(firefox)
    taken_apart(firefox)
    typed(firefox, tmp_path)
    linked(firefox, tmp_path)
