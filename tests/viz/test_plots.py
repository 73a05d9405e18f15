"""Plots are tested by the data their figures hold."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from viz import plot_history


@pytest.mark.parametrize("kind", [dict, lambda **curves: SimpleNamespace(**curves)])
def test_training_curves_hold_every_list_over_the_epochs(kind):
    history = kind(train_loss=[3.0, 2.0, 1.0], test_loss=[3.5, 2.5], test_accuracy=[0.1, 0.5, 0.9], epochs=3)
    loss, accuracy = plot_history(history).axes
    assert loss.get_title() == "loss"
    assert [line.get_label() for line in loss.lines] == ["train", "test"]
    assert loss.lines[0].get_xydata().tolist() == [[1, 3.0], [2, 2.0], [3, 1.0]]
    assert [line.get_label() for line in accuracy.lines] == ["test"]
    assert accuracy.lines[0].get_xydata().tolist() == [[1, 0.1], [2, 0.5], [3, 0.9]]


def test_curves_differ_in_dash_not_only_in_colour():
    (loss,) = plot_history({"train_loss": [1.0], "test_loss": [1.0]}).axes
    assert len({line.get_linestyle() for line in loss.lines}) == 2


def test_nothing_to_plot_is_refused():
    with pytest.raises(ValueError, match=r"\.\.\.loss or \.\.\.accuracy; got none"):
        plot_history({})
