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
from nn.datasets.dataset import Scaling
from nn.datasets.encode import measurements
from nn.datasets.load import SHIPPED
from nn.datasets.read import read_table
from nn.files import check_target, replacing
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
    if options.out:
        check_target(options.out)
    with explained(), console.doing(f"reading {options.data or options.model}"):
        model, notes = load_model(options.model)
        _check_notes(options.model, notes)
        X, actual = _samples(_data(options, notes), options, notes)
    twin = MatrixMLP.from_scalar(model)
    with explained():
        inputs = _scaling(notes["scaling"]).standardised(X)
        columns = _predictions(twin, loss_named(notes["loss"]), inputs, notes)
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
        table = read_table(name, options.header, options.decimal).without(notes.get("na", ()))
        X, actual = measurements(table, columns)
    if notes.get("means"):
        X = fill_missing(X, np.array(notes["means"])[:, None])
    if np.isnan(X).any():
        feature, s = np.argwhere(np.isnan(X))[0]
        raise UsageError(
            f"{name}: sample {s} misses {notes['features'][feature]!r}; leave it out, or train with "
            "--missing mean, which puts the mean of the training samples there"
        )
    return X, actual


def _check_notes(path: Path, notes: Mapping[str, Any]) -> None:
    """See that a network says what it was trained on, as train --save writes it."""
    missing = {"data", "features", "columns", "target", "classes", "loss", "scaling"} - notes.keys()
    if missing:
        raise UsageError(
            f"{path} does not say what its inputs are; take one of train --save. "
            f"Missing is {', '.join(sorted(missing))}"
        )


def _data(options: PredictOptions, notes: Mapping[str, Any]) -> str:
    """Where the samples are: what was said, or else what the network was trained on."""
    if options.data is not None:
        return options.data
    source = str(notes.get("source", notes["data"]))
    if source not in SHIPPED and not Path(source).is_file():
        raise UsageError(f"{source}, which the network was trained on, is not there; say --data FILE")
    return source


def _scaling(note: Mapping[str, Any]) -> Scaling:
    if "factor" in note:  # as older files have it: offset + factor·x
        offset, factor = (np.array(note[name])[:, None] for name in ("offset", "factor"))
        return Scaling(np.ones_like(factor), -offset / factor, 1.0 / factor)
    return Scaling(*(np.array(note[name])[:, None] for name in Scaling._fields))


def _predictions(twin: MatrixMLP, loss: Loss, X: Array, notes: Mapping[str, Any]) -> dict[str, list[str]]:
    """The columns of the table, by name."""
    outputs = twin.forward(X).A[twin.L]
    if notes["classes"]:
        chosen = loss.decide(outputs)
        columns = {"prediction": [notes["classes"][k] for k in chosen]}
        if loss.of_logits:
            P = twin.predict_proba(X)
            columns["probability"] = [f"{P[k, s]:.3f}" for s, k in enumerate(chosen)]
        return columns
    scaling = _scaling(notes["target scaling"])
    rows = loss.rows(len(outputs))
    means = scaling.original(outputs[:rows])
    columns = {"prediction": [f"{y:.6g}" for y in means[0]]}
    if rows < len(outputs):
        deviations = np.exp(outputs[rows:] / 2.0) * scaling.deviation * scaling.unit
        columns["± deviation"] = [f"{each:.3g}" for each in deviations[0]]
    return columns


COMMAND = Command(PredictOptions, run, DESCRIPTION)
