"""Of very many elements only some are moved for finite differences, and that is said."""

import csv

import numpy as np

from nn import MLP, compare
from nn.comparing import differences


def test_of_many_elements_some_are_measured_and_the_others_are_left_out(monkeypatch, tmp_path):
    monkeypatch.setattr(differences, "MOST", 5)
    comparison = compare(
        MLP(7, [4, 2], seed=1), np.random.default_rng(0).normal(size=(7, 3)), np.ones((2, 3))
    )
    assert comparison
    rows = {row.quantity: row for row in comparison.rows}
    masks = {name: row.slopes.left_out for name, row in rows.items() if row.slopes}
    left_out = {name: 0 if mask is None else int(mask.sum()) for name, mask in masks.items()}
    assert (left_out["dW1"], left_out["dW2"], left_out["dX"]) == (28 - 5, 8 - 5, 6)
    assert rows["db2"].slopes.left_out is None
    assert not rows["dW1"].slopes.left_out[[0, 3], [0, 6]].any()
    said = f"{sum(left_out.values())} others were not measured"
    assert said in " ".join(str(comparison).split())
    with comparison.to_csv(tmp_path / "all.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert sum(not line["numeric"] for line in lines if line["quantity"] == "dW1") == 23
