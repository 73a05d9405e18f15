"""Plots are tested by the data their figures hold."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nn import MLP, MatrixMLP, compare, fit
from nn.losses import mse
from viz import (
    plot_calibration,
    plot_decision_boundary,
    plot_gradient_norms,
    plot_gradients,
    plot_history,
    plot_layers,
    plot_loss_surface,
    plot_network,
    plot_weights,
)
from viz.plots.figure import figure_of

pytestmark = pytest.mark.long

X = np.random.default_rng(0).normal(size=(2, 40))
CLASSES = (X[0] > 0).astype(int)


def doubled(twin, cache, dA):
    """A backward pass that adds up dA twice."""
    return twin.backward(cache, 2.0 * dA)


@pytest.fixture(scope="module")
def comparison():
    return compare(MLP(2, [3, 1], seed=0), X[:, :5], X[:1, :5])


def titles(figure):
    return [axes.get_title() for axes in figure.axes]


# Training curves


@pytest.mark.parametrize("kind", [dict, lambda **curves: SimpleNamespace(**curves)])
def test_training_curves_hold_every_list_over_the_epochs(kind):
    history = kind(train_loss=[3.0, 2.0, 1.0], test_loss=[3.5, 2.5], test_accuracy=[0.1, 0.5, 0.9], epochs=3)
    loss, accuracy = plot_history(history).axes
    assert loss.get_title() == "loss"
    assert [line.get_label() for line in loss.lines] == ["train", "test"]
    assert loss.lines[0].get_xydata().tolist() == [[1, 3.0], [2, 2.0], [3, 1.0]]
    assert [line.get_label() for line in accuracy.lines] == ["test"]
    assert accuracy.lines[0].get_xydata().tolist() == [[1, 0.1], [2, 0.5], [3, 0.9]]


def test_what_fit_returns_can_be_plotted():
    history = fit(MLP(2, [1], seed=0), X, X[:1], epochs=3, engine="matrix", validation=(X, X[:1]))
    (loss,) = plot_history(history).axes
    assert {line.get_label(): line.get_ydata().tolist() for line in loss.lines} == {
        "train": history.train_loss,
        "validation": history.validation_loss,
    }


def test_every_metric_has_a_panel_with_validation_beside_training():
    metrics = {"rmse": lambda A, Y: float(np.sqrt(np.mean((A - Y) ** 2))), "accuracy_gap": lambda A, Y: 0.5}
    model, Y = MLP(2, [2], seed=0), np.stack([CLASSES, 1 - CLASSES])
    history = fit(
        model, X, Y, loss="cross_entropy", epochs=2, engine="matrix", validation=(X, Y), metrics=metrics
    )
    figure = plot_history(history)
    drawn = {
        f"{line.get_label()}_{axes.get_title()}": line.get_ydata().tolist()
        for axes in figure.axes
        for line in axes.lines
    }
    assert titles(figure) == ["loss", "accuracy", "rmse", "accuracy_gap"]
    assert drawn == history.curves() and len(drawn) == 8


@pytest.mark.parametrize("missing", [float("nan"), float("inf")])
def test_a_number_without_neighbours_is_a_point_and_epochs_are_whole(missing):
    (loss,) = plot_history({"train_loss": [missing, 2.0, missing, 1.0, 0.5]}).axes
    assert loss.lines[0].get_markevery() == [1]
    assert all(tick == round(tick) for tick in loss.get_xticks())
    (single,) = plot_history({"train_loss": [2.0]}).axes
    assert single.lines[0].get_markevery() == [0] and 1.0 in single.get_xticks()


def test_what_is_no_curve_is_left_out():
    history = {"train_loss": [1.0], "names": ["a", "b"], "train_seconds": 3.0, "notes": []}
    assert titles(plot_history(history)) == ["loss"]


def test_curves_differ_in_dash_not_only_in_colour():
    (loss,) = plot_history({"train_loss": [1.0], "test_loss": [1.0]}).axes
    assert len({line.get_linestyle() for line in loss.lines}) == 2


def test_nothing_to_plot_is_refused():
    with pytest.raises(ValueError, match="train_loss or validation_accuracy; got none"):
        plot_history({})


# Decision boundary


def test_the_boundary_lies_where_the_classes_are_equally_likely():
    def predict(grid):
        p = 1.0 / (1.0 + np.exp(-4.0 * (grid[0] - 0.5)))
        return np.stack([1.0 - p, p])

    axes = plot_decision_boundary(predict, X, CLASSES).axes[0]
    boundary = axes.collections[1]  # between the ground and the samples
    line = np.concatenate([path.vertices for path in boundary.get_paths()])
    assert np.allclose(line[:, 0], 0.5, atol=0.01)
    assert np.ptp(line[:, 1]) > np.ptp(X[1])


def test_samples_are_drawn_by_class_with_markers_of_their_own():
    figure = plot_decision_boundary(MLP(2, [3, 2], seed=0), X, CLASSES, classes=["left", "right"])
    legend = figure.axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["left", "right"]
    drawn = {each.get_label(): each for each in figure.axes[0].collections[2:]}
    assert drawn["right"].get_offsets().data.tolist() == X[:, CLASSES == 1].T.tolist()
    paths = [each.get_paths()[0].vertices.tolist() for each in drawn.values()]
    assert paths[0] != paths[1]


@pytest.mark.parametrize("outputs", [1, 2, 3])
def test_a_network_of_any_number_of_classes_and_the_truth_beside_it(outputs):
    model = MLP(2, [3, outputs], seed=0)
    truth = MatrixMLP.from_scalar(model).predict_proba
    figure = plot_decision_boundary(model, X, CLASSES, posterior=truth)
    assert titles(figure)[:2] == ["model", "exact posterior"]
    label = "P(y = 1 | x)" if outputs < 3 else "P of the likeliest class"
    assert figure.axes[2].get_ylabel() == label


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((X[:1], CLASSES), r"X has shape \(2, m\), got \(1, 40\)"),
        ((X, CLASSES[:3]), r"shape \(40,\), got \(3,\)"),
        ((X, CLASSES, lambda grid: grid[0]), "exact posterior: P.* has shape"),
    ],
)
def test_shapes_that_do_not_fit_a_plane_are_refused(arguments, said):
    with pytest.raises(ValueError, match=said):
        plot_decision_boundary(MLP(2, [2], seed=0), *arguments)


# Gradients


def test_heat_maps_show_scalar_matrix_and_their_difference(comparison):
    figure = plot_gradients(comparison, ["dW1", "Z1"])
    rows = {row.quantity: row for row in comparison.rows}
    maps = {axes.get_title(): axes.images[0].get_array().data for axes in figure.axes if axes.images}
    maps = {title: numbers for title, numbers in maps.items() if title}
    for name in ("dW1", "Z1"):
        assert maps[f"{name}, scalar"].tolist() == rows[name].values["scalar"].tolist()
        assert maps[f"{name}, matrix"].tolist() == rows[name].values["matrix"].tolist()
    assert sum(title.startswith("rounding, at most") for title in maps) == 2


def test_all_parameter_gradients_are_shown_if_none_is_named(comparison):
    shown = {title.partition(",")[0] for title in titles(plot_gradients(comparison)) if title}
    assert shown == {"dW1", "dW2", "db1", "db2", "rounding"}


def test_what_was_not_compared_is_refused_with_what_was(comparison):
    with pytest.raises(ValueError, match=r"'dW9' was not compared; these were: .*dW1"):
        plot_gradients(comparison, ["dW9"])
    with pytest.raises(ValueError, match="dW1 was not computed by 'torch', but by scalar, matrix"):
        plot_gradients(comparison, ["dW1"], column="torch")


def test_rounding_has_the_colour_of_no_difference_and_a_mistake_has_not(comparison):
    def shades(figure):
        (image,) = [axes.images[0] for axes in figure.axes[:8] if ", at most" in axes.get_title()]
        return image.to_rgba(image.get_array()), image.to_rgba(0.0)

    colors, zero = shades(plot_gradients(comparison, ["db2"]))
    assert np.abs(colors - zero).max() < 0.01
    wrong = compare(MLP(2, [3, 1], seed=0), X[:, :5], X[:1, :5], backward=doubled)
    colors, zero = shades(plot_gradients(wrong, ["db2"], column="yours"))
    assert np.abs(colors - zero).max() > 0.1


def test_numbers_that_are_as_good_as_equal_have_one_colour(comparison):
    scalar, matrix = [axes.images[0] for axes in plot_gradients(comparison, ["db2"]).axes[:2]]
    pair = [np.asarray(image.to_rgba(image.get_array())) for image in (scalar, matrix)]
    assert np.abs(pair[0] - pair[1]).max() < 0.01


# Networks


def test_a_network_has_an_edge_for_each_weight_and_bias_as_wide_as_it_is_large():
    model = MLP(2, [3, 1], seed=0)
    figure = plot_network(model)
    (axes,) = figure.axes
    W = [MatrixMLP.from_scalar(model).W[l] for l in (1, 2)]
    drawn = [each for each in axes.collections]
    assert [len(each.get_segments()) for each in drawn] == [6, 3, 3, 1]
    widths = np.concatenate([each.get_linewidths() for each in drawn[::2]])
    weights = np.concatenate([each.ravel() for each in W])
    assert (np.argsort(widths) == np.argsort(np.abs(weights))).all()
    dashed = [style[1] is not None for each in drawn[::2] for style in each.get_linestyles()]
    assert dashed == (weights < 0).tolist()
    words = [text.get_text() for text in axes.texts]
    assert {f"{weight:.2f}" for weight in weights} <= set(words)
    assert len(axes.patches) == 2 + 3 + 1 + 2  # circles, and a square for the biases of each layer


def test_a_network_shows_gradients_and_the_numbers_of_a_sample():
    model = MLP(2, [3, 1], seed=0)
    twin = MatrixMLP.from_scalar(model)
    cache = twin.forward([[1.0], [-2.0]])
    grads = twin.backward(cache, mse.dA(cache.A[2], np.array([[1.0]])))
    words = {
        text.get_text() for text in plot_network(model, [1.0, -2.0], [1.0], gradients=True).axes[0].texts
    }
    assert {
        f"{each:.2f}" for each in [*grads.dW[1].ravel(), *grads.db[2].ravel(), *cache.A[1].ravel()]
    } <= words


def test_a_wide_network_is_cut_and_says_how_wide_it_is():
    axes = plot_network(MLP(4, [20, 3], seed=0)).axes[0]
    words = [text.get_text() for text in axes.texts]
    assert "⋮" in words and "layer 1 (20)" in words and "$a^{[1]}_{19}$" in words
    assert not any("." in word for word in words)


@pytest.mark.parametrize("arguments", [((), {"gradients": True}), (([1.0, 2.0],), {"gradients": True})])
def test_gradients_need_samples_and_targets(arguments):
    positional, named = arguments
    with pytest.raises(ValueError, match="gradients are of a loss"):
        plot_network(MLP(2, [1]), *positional, **named)


def test_weights_and_their_gradients_are_heat_maps():
    model = MLP(2, [3, 1], seed=0)
    maps = {
        axes.get_title(): axes.images[0].get_array().data for axes in plot_weights(model, X, X[:1]).axes[:4]
    }
    assert list(maps) == ["W1", "dW1", "W2", "dW2"]
    assert maps["W1"].tolist() == MatrixMLP.from_scalar(model).W[1].tolist()
    assert list(titles(plot_weights(model)))[:2] == ["W1", "W2"]


# Curves of training


def test_the_surface_of_a_loss_holds_the_loss_and_the_path():
    model = MLP(2, [1], seed=0)
    path = [model.state_dict()]
    for _ in range(4):
        fit(model, X, X[:1], epochs=3, engine="matrix")
        path.append(model.state_dict())
    figure = plot_loss_surface(model, X, X[:1], path=path, resolution=9)
    axes = figure.axes[0]
    training = next(line for line in axes.lines if line.get_label() == "training").get_xydata()
    assert len(training) == 5 and np.allclose(training[-1], 0.0, atol=1e-9)
    assert max(np.abs(training[0])) == pytest.approx(1.0, abs=1e-6)
    for line in axes.lines:
        x, y = line.get_xydata().T
        assert (axes.get_xlim()[0] <= x).all() and (y <= axes.get_ylim()[1]).all()
    low, high = axes.collections[0].get_clim()
    twin = MatrixMLP.from_scalar(model)
    assert low <= mse.J(twin.forward(X).A[1], X[:1]) <= high


def test_the_surface_takes_directions_of_your_own_and_changes_nothing():
    model = MLP(2, [1], seed=0)
    before = model.state_dict()
    zero = {name: np.zeros_like(array) for name, array in before.items()}
    ways = ({**zero, "W1": np.array([[1.0, 0.0]])}, {**zero, "W1": np.array([[0.0, 1.0]])})
    figure = plot_loss_surface(model, X, X[:1], directions=ways, resolution=3)
    assert figure.axes[0].get_xlabel() == "α, along d₁"
    assert all((model.state_dict()[name] == array).all() for name, array in before.items())
    with pytest.raises(ValueError, match=r"W1 has shape \(1, 2\), got \(2,\)"):
        plot_loss_surface(model, X, X[:1], path=[{**zero, "W1": np.zeros(2)}])
    with pytest.raises(ValueError, match="a state has the arrays W1, b1, got W1"):
        plot_loss_surface(model, X, X[:1], path=[{"W1": zero["W1"]}])


def test_lengths_of_gradients_are_lines_over_whole_epochs():
    norms = {"W1": [1.0, 0.1, 0.0], "W2": [2.0, 1.0, 0.5]}
    for given in (norms, SimpleNamespace(gradient_norms=norms)):
        (axes,) = plot_gradient_norms(given).axes
        assert axes.get_yscale() == "log"
        assert {line.get_label(): line.get_ydata()[0] for line in axes.lines} == {"W1": 1.0, "W2": 2.0}
        assert axes.lines[0].get_xdata().tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match="maps names of parameters"):
        plot_gradient_norms({})


# The reader's own figures and styles


ONE_PANEL = {
    "boundary": lambda ax: plot_decision_boundary(MLP(2, [2], seed=0), X, CLASSES, ax=ax, resolution=9),
    "history": lambda ax: plot_history({"train_loss": [2.0, 1.0]}, ax=ax),
    "network": lambda ax: plot_network(MLP(2, [1], seed=0), ax=ax),
    "norms": lambda ax: plot_gradient_norms({"W1": [1.0]}, ax=ax),
    "surface": lambda ax: plot_loss_surface(MLP(2, [1], seed=0), X, X[:1], resolution=3, ax=ax),
}


@pytest.mark.parametrize("plot", ONE_PANEL.values(), ids=ONE_PANEL)
def test_a_plot_of_one_panel_goes_where_it_is_told(plot):
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert plot(right) is figure
    assert right.has_data() and not left.has_data()


def test_more_panels_than_there_is_room_for_are_refused():
    ax = Figure().subplots()
    with pytest.raises(ValueError, match="room for one panel"):
        plot_history({"train_loss": [1.0], "train_accuracy": [1.0]}, ax=ax)
    with pytest.raises(ValueError, match="one panel"):
        plot_decision_boundary(MLP(2, [2]), X, CLASSES, posterior=lambda grid: grid, ax=ax)


def test_a_style_sheet_of_the_reader_decides_on_colours():
    with matplotlib.rc_context({"axes.prop_cycle": matplotlib.cycler(color=["#123456", "#654321"])}):
        (axes,) = plot_gradient_norms({"W1": [1.0], "W2": [1.0]}).axes
    assert [line.get_color() for line in axes.lines] == ["#123456", "#654321"]


# Layers


def test_histograms_count_every_activation_and_gradient_of_a_layer():
    model = MLP(2, [3, 1], seed=0)
    figure = plot_layers(model, X, X[:1], "mse", bins=7)
    counts = np.array([sum(bar.get_height() for bar in axes.patches) for axes in figure.axes]).reshape(2, 3)
    assert counts.tolist() == [[3 * 40, 3 * 40, 3 * 2], [40, 40, 3]]
    twin = MatrixMLP.from_scalar(model)
    cache = twin.forward(X)
    spread = twin.backward(cache, mse.dA(cache.A[2], X[:1])).dZ[1].std()
    assert figure.axes[1].get_title() == f"layer 1: std {spread:.2g}"


# Calibration


def test_calibration_compares_confidence_with_what_came_true():
    P = np.array([[0.9, 0.9, 0.9, 0.9, 0.4], [0.1, 0.1, 0.1, 0.1, 0.6]])
    figure = plot_calibration(P, [0, 0, 0, 1, 0], bins=10)
    above, below = figure.axes
    assert np.allclose(above.lines[1].get_xydata(), [[0.6, 0.0], [0.9, 0.75]])
    assert [bar.get_height() for bar in below.patches] == [0, 0, 0, 0, 0, 0, 1, 0, 0, 4]
    assert f"{(4 * 0.15 + 0.6) / 5:.3f}" in above.get_title()


@pytest.mark.parametrize(
    ("P", "y", "said"),
    [
        (np.full(3, 0.5), [0, 0, 0], r"P has shape \(classes, m\)"),
        (np.full((2, 3), 0.5), [0, 0], r"and y \(m,\)"),
        (np.full((2, 3), 0.7), [0, 0, 0], "add up to 1"),
    ],
)
def test_what_are_no_probabilities_is_refused(P, y, said):
    with pytest.raises(ValueError, match=said):
        plot_calibration(P, y)


# Figures


def test_a_figure_shows_itself_in_a_notebook():
    bundle, _ = DisplayFormatter().format(plot_history({"loss": [1.0, 0.5]}))
    assert bundle["image/png"].startswith(b"\x89PNG")


def test_pyplot_is_left_alone():
    script = "import sys, viz; viz.plot_history({'loss': [1.0]}); print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_metric_may_be_called_by_what_is_mathematics_elsewhere(tmp_path):
    figure = plot_history({"train_$x^": [1.0, 2.0], "train_a$b$": [1.0, 2.0], "train_$\\frac": [0.5, 0.5]})
    figure.savefig(tmp_path / "curves.png")
    assert [axes.get_title() for axes in figure.axes] == [r"\$x^", r"a\$b\$", r"\$\frac"]


def test_the_figure_of_axes_is_found_in_a_part_of_another_with_the_oldest_matplotlib_too(monkeypatch):
    figure = Figure()
    axes = figure.subfigures(1, 2)[0].subplots()
    newest = Axes.get_figure
    monkeypatch.setattr(Axes, "get_figure", lambda self: newest(self))  # 3.8 knows no root=
    assert figure_of(axes) is figure
