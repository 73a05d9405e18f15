"""Results: what a benchmark found, in rows of one form, as a file and as a picture.

``python -m benchmarks`` writes ``{"machine": {...}, "rows": [...]}``; a row has the fields of ``Row``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from benchmarks.timing import Spread
from nn.files import replacing

__all__ = ["RESULTS", "Row", "picture", "ratio_text", "read", "rows_of", "write", "write_picture"]

RESULTS = Path("benchmarks/results.json")  # in the project's root, its picture beside it


@dataclass(frozen=True)
class Row:
    """One quantity of one contestant.

    Attributes:
        benchmark: the command that measured it.
        case: what was done.
        contestant: who did it.
        quantity, unit: what was measured; times are in seconds.
        median, low, high: of the repeats; three times the same number, if it was measured once.
        ratio: the median of the ratios to ``reference`` in the same round, with ``ratio_low`` and
            ``ratio_high``; None where there is no such.
        reference: the contestant whose ratio is 1.
        how: how the number was taken.
    """

    benchmark: str
    case: str
    contestant: str
    quantity: str
    unit: str
    median: float
    low: float
    high: float
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    reference: str | None
    how: str

    @classmethod
    def alone(
        cls,
        benchmark: str,
        case: str,
        contestant: str,
        quantity: str,
        unit: str,
        found: Spread | float,
        how: str,
    ) -> Row:
        """The row of what is compared with nothing; a number is what was measured once."""
        spread = found if isinstance(found, Spread) else Spread(found, found, found)
        measured = asdict(spread)
        return cls(
            benchmark,
            case,
            contestant,
            quantity,
            unit,
            **measured,
            ratio=None,
            ratio_low=None,
            ratio_high=None,
            reference=None,
            how=how,
        )


def rows_of(
    benchmark: str, case: str, found: Mapping[str, Mapping[str, Spread]], reference: str, how: str
) -> list[Row]:
    """The rows of contestants that were timed against each other: the ``seconds`` and ``ratio`` of each."""
    return [
        Row(
            benchmark,
            case,
            name,
            "time",
            "s",
            **asdict(each["seconds"]),
            ratio=each["ratio"].median,
            ratio_low=each["ratio"].low,
            ratio_high=each["ratio"].high,
            reference=reference,
            how=how,
        )
        for name, each in found.items()
    ]


def write(path: Path, machine: Mapping[str, Any], rows: Iterable[Row]) -> None:
    """Write rows and the machine they were taken on; a file that was there is replaced as a whole."""
    results = {"machine": machine, "rows": [asdict(row) for row in rows]}
    with replacing(path) as new:
        new.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read(path: Path) -> tuple[dict[str, Any], list[Row]]:
    """The machine and the rows of a file of results."""
    results = json.loads(path.read_text(encoding="utf-8"))
    return results["machine"], [Row(**row) for row in results["rows"]]


def ratio_text(row: Row) -> str:
    """The ratio of a row that has one, as people read it."""
    ratio = row.ratio or 1.0
    return f"{ratio:,.2f}" if ratio < 10 else f"{ratio:,.0f}"


def picture(rows: Iterable[Row]) -> Figure:
    """A panel for each case, a bar for each ratio, a thin line for its spread; write it with
    ``write_picture``."""
    shown = [row for row in rows if row.ratio is not None]
    panels = [(key, list(group)) for key, group in groupby(shown, lambda row: (row.benchmark, row.case))]
    heights = [len(group) + 1.2 for _, group in panels]
    inches = 0.3 * sum(heights) + 0.9
    figure = Figure(figsize=(9, inches))
    # Margins of our own: what a solver finds differs in the last digits from run to run.
    margins = {"left": 0.2, "right": 0.98, "top": 1.0 - 0.3 / inches, "bottom": 0.6 / inches, "hspace": 0.45}
    axes = figure.subplots(
        len(panels), 1, sharex=True, squeeze=False, height_ratios=heights, gridspec_kw=margins
    )
    for ax, ((benchmark, case), group) in zip(axes[:, 0], panels, strict=True):
        widths = [(row.ratio or 1.0) - 1.0 for row in group]
        spread = np.array([(row.ratio_low, row.ratio, row.ratio_high) for row in group], dtype=float)
        bars = ax.barh(
            [row.contestant for row in group],
            widths,
            left=1.0,
            height=0.6,
            xerr=np.diff(spread).T,
            error_kw={"elinewidth": 0.8, "ecolor": "0.4"},
        )
        ax.bar_label(bars, [ratio_text(row) for row in group], padding=3)
        ax.set_title(f"{benchmark}: {case}", loc="left", fontsize=10)
        ax.set_xscale("log")
        ax.axvline(1.0, color="black", linewidth=0.8)
        ax.invert_yaxis()
        ax.spines[["top", "right"]].set_visible(False)
    ends = [end for row in shown for end in (row.ratio_low, row.ratio_high) if end]
    axes[0, 0].set_xlim(min(ends) / 3, max(ends) * 5)  # shared; leaves room for the numbers at the bars
    figure.supxlabel(
        "time, in units of the contestant that has 1.00: medians, lowest to highest", y=0.1 / inches
    )
    return figure


def write_picture(path: Path, rows: Iterable[Row]) -> None:
    """Write the picture of the rows as SVG with text as text; the same rows give the same file."""
    with matplotlib.rc_context({"svg.hashsalt": "results", "svg.fonttype": "none"}), replacing(path) as new:
        picture(rows).savefig(new, format="svg", metadata={"Date": None})
