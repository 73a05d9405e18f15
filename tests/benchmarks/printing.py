"""What is printed of the suite's programs, held to what is computed and to the book.

``unreadable.txt`` and ``unlike_the_book.txt`` say which programs fail so far, and at what: strict xfails.
What counts as the same is said in ``tests.notation.alike``. Where a listing got better, write them anew,
and look at every change:

    python -m tests.benchmarks.printing
"""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.suite import PROGRAMS
from tests.notation.alike import differences
from tests.notation.reader import read
from tests.notation.values import NotationError

TOLERANCE = 1e-11  # relative to the largest element of each gradient, or 1
FOLDER = Path(__file__).parent


def expected_failures(name):
    """By program, why a test of it has to fail so far."""
    text = (FOLDER / name).read_text(encoding="utf-8").partition("\n\n")[2]
    return dict(line.split(": ", 1) for line in text.splitlines())


def agree(loss, grads, expected):
    right, by_hand = expected
    assert loss == pytest.approx(right, rel=TOLERANCE, abs=TOLERANCE)
    assert set(grads) == set(by_hand)
    for name, wanted in by_hand.items():
        scale = max(1.0, np.abs(wanted).max())
        np.testing.assert_allclose(grads[name], wanted, rtol=0.0, atol=TOLERANCE * scale, err_msg=name)


def reads_back(case, program):
    """Hold what a listing says to what is computed by hand."""
    data = case.data(1)
    symbols = {block.name: block.symbol for block in program.blocks if block.role in ("parameter", "input")}
    arrays = {symbols[name]: array for name, array in data.items()}
    found = read(str(program), arrays, getattr(program, "constants", {}))
    grads = {name: found.gradient(symbols[name]) for name in case.params}
    agree(found.loss, grads, case.by_hand(**data))


def unlike(case, program):
    """Where a listing is not its book's, as ``tests.notation.alike`` counts."""
    return differences(str(program), case.listing, (getattr(program, "constants", {}), case.constants))


def renew():
    """Write both lists."""
    unreadable, others = [], []
    for name, case in PROGRAMS.items():
        program = case.lifted(case.data(0))
        try:
            reads_back(case, program)
        except NotationError as error:
            unreadable.append(f"{name}: {' '.join(str(error).partition(' at ')[0].split())}")
        except AssertionError:
            unreadable.append(f"{name}: says something else than is computed")
        if found := unlike(case, program):
            others.append(f"{name}: {', '.join(found)}")
    for file, title, found in (
        (
            "unreadable.txt",
            "Programs whose printed listing breaks the notation, and where first.",
            unreadable,
        ),
        ("unlike_the_book.txt", "Programs whose listing is not the book's, and where.", others),
    ):
        (FOLDER / file).write_text("\n".join([title, "", *found, ""]), encoding="utf-8")


if __name__ == "__main__":
    renew()
