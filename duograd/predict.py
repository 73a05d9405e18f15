"""``duograd predict``: a saved network on other samples."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from duograd.console import Console
from duograd.data import TableOptions, advised, is_file
from duograd.options import option, positional
from duograd.program import Command, UsageError, explained
from nn import MatrixMLP, load_model
from nn.datasets import Column, fill_missing, load
from nn.datasets.encode import measurements
from nn.datasets.read import read_table
from nn.files import replacing
from nn.losses import Loss, loss_named
from nn.model.module import Array

__all__ = ["COMMAND"]

MOST_SHOWN = 20

DESCRIPTION = """\
Predicts the target of each sample of a data set, or of a CSV file of measurements with or without
it, with a network that train --save wrote.

Exit code: 0, or 2 if the command could not be carried out."""


@dataclass(frozen=True, kw_only=True)
class PredictOptions(TableOptions):
    """A saved network, the samples, and where all predictions go."""

    model: Path = positional(type=Path, metavar="FILE", help="what train --save wrote")
    data: str | None = option(metavar="NAME|CSV", help="samples to predict (those it was trained on)")
    out: Path | None = option(type=Path, metavar="FILE", help="write all predictions, a .csv file")


def run(options: PredictOptions, console: Console) -> int:
    """Predict a target for each sample; print the first, and write all if asked to."""
    with explained(), console.doing(f"reading {options.data or options.model}"):
        model, notes = load_model(options.model)
        if "columns" not in notes:
            raise UsageError(f"{options.model} does not say what its inputs are; take one of train --save")
        X, actual = _samples(options.data or notes["data"], options, notes)
    twin = MatrixMLP.from_scalar(model)
    outputs = twin.forward(_scaled(X, notes["scaling"])).A[twin.L]
    columns = _predictions(twin, loss_named(notes["loss"]), outputs, _scaled(X, notes["scaling"]), notes)
    if actual is not None:
        columns["in the data"] = actual
    console.print(f"model  {model}, trained on {notes['data']}")
    table = Table(title=f"{notes['target']} of {X.shape[1]} samples", title_justify="left")
    for name in ("sample", *columns):
        table.add_column(name, justify="right")
    rows = [[str(s), *cells] for s, cells in enumerate(zip(*columns.values(), strict=True))]
    for row in rows[:MOST_SHOWN]:
        table.add_row(*row)
    console.print(table)
    if len(rows) > MOST_SHOWN:
        rest = "" if options.out else "; --out FILE writes all"
        console.print(f"the first {MOST_SHOWN} of {len(rows)}{rest}")
    if actual is not None and notes["classes"]:
        told = [(own, known) for own, known in zip(columns["prediction"], actual, strict=True) if known]
        right = sum(own == known for own, known in told)
        console.print(f"{right} of {len(told)} right, {right / max(len(told), 1):.1%}")
    if options.out:
        with replacing(options.out) as unfinished, unfinished.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["sample", *columns], *rows])
        console.print(f"wrote {options.out}: all predictions", soft_wrap=True)
    return 0


def _samples(name: str, options: PredictOptions, notes: Mapping[str, Any]) -> tuple[Array, list[str] | None]:
    """Measurements of shape (n, m), and the targets as text if the data have these."""
    if not is_file(name):
        data = load(name)
        if list(data.features) != notes["features"]:
            raise UsageError(
                f"{name} has other measurements than {notes['data']}, which the model was trained on"
            )
        return data.X, [data.classes[y] for y in data.y] if data.classes else [f"{y:.6g}" for y in data.y]
    columns = [Column(**{**column, "values": tuple(column["values"])}) for column in notes["columns"]]
    with advised():
        table = read_table(name, options.header, options.decimal).without(notes["na"])
        X, actual = measurements(table, columns)
    if notes["means"]:
        X = fill_missing(X, np.array(notes["means"])[:, None])
    if np.isnan(X).any():
        feature, s = np.argwhere(np.isnan(X))[0]
        raise UsageError(
            f"{name}: sample {s} misses {notes['features'][feature]!r}; leave it out, or train with "
            "--missing mean, which puts the mean of the training samples there"
        )
    return X, actual


def _scaled(X: Array, scaling: Mapping[str, Any]) -> Array:
    offset, factor = (np.array(scaling[name])[:, None] for name in ("offset", "factor"))
    return np.asarray(offset + factor * X)


def _predictions(
    twin: MatrixMLP, loss: Loss, outputs: Array, X: Array, notes: Mapping[str, Any]
) -> dict[str, list[str]]:
    """The columns of the table, by name."""
    if notes["classes"]:
        chosen = loss.decide(outputs)
        columns = {"prediction": [notes["classes"][k] for k in chosen]}
        if loss.of_logits:
            P = twin.predict_proba(X)
            columns["probability"] = [f"{P[k, s]:.3f}" for s, k in enumerate(chosen)]
        return columns
    offset, factor = (np.array(notes["target scaling"][name])[:, None] for name in ("offset", "factor"))
    rows = loss.rows(len(outputs))
    means = (outputs[:rows] - offset) / factor
    columns = {"prediction": [f"{y:.6g}" for y in means[0]]}
    if rows < len(outputs):
        deviations = np.exp(outputs[rows:] / 2.0) / factor
        columns["± deviation"] = [f"{each:.3g}" for each in deviations[0]]
    return columns


COMMAND = Command(PredictOptions, run, DESCRIPTION)
