"""What is printed of the suite's programs, held to what is computed and to the book.

``unreadable.txt`` and ``unlike_the_book.txt`` say which programs fail so far, and at what: strict xfails.
Where a listing got better, write them anew, and look at every change:

    python -m tests.benchmarks.printing
"""

import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks.suite import PROGRAMS
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


NAME = re.compile(r"(?<!\d)[^\W\d][^\Wᵀ²³]*")  # but not the e of 1e-5
HEAD = ("parameters", "inputs", "constants", "sizes")


def lines(listing):
    """The lines of a listing, without comments and idle spaces, what they fill numbered as it comes."""
    kept = (" ".join(line.partition("#")[0].replace("−", "-").split()) for line in listing.split("\n"))
    found = [line for line in kept if line]
    filling = [line for line in found if re.search(r" \+?= ", line) and not line.startswith(HEAD)]
    numbers = {}
    for target in (NAME.match(line)[0] for line in filling):
        if target != "J" and target[1:] not in {"J", *numbers} and not listing_gives(target, found):
            numbers.setdefault(target, f"n{len(numbers) + 1}")

    def renamed(name):
        word = name[0]
        if word[0] == "d" and word[1:] in numbers:
            return f"d{numbers[word[1:]]}"
        return numbers.get(word, word)

    return [NAME.sub(renamed, line) for line in found]


def listing_gives(target, found):
    """Whether the target is the cotangent of a parameter or an input."""
    head = " ".join(line for line in found if line.startswith(HEAD))
    return target[0] == "d" and bool(re.search(rf"\b{target[1:]} \(", head))


def first_difference(ours, book):
    """The first line in which two listings differ, where there is one, of those that compute."""
    formulas = ([*listing[listing.index("forward") :], "the end"] for listing in (ours, book))
    pairs = (pair for pair in zip(*formulas) if pair[0] != pair[1])
    heads = [] if ours == book else [(ours[0], book[0])]
    return next((f"{a!r}, in the book {b!r}" for a, b in (*pairs, *heads)), "")


def renew():
    """Write both lists."""
    unreadable, unlike = [], []
    for name, case in PROGRAMS.items():
        program = case.lifted(case.data(0))
        try:
            reads_back(case, program)
        except NotationError as error:
            unreadable.append(f"{name}: {' '.join(str(error).partition(' at ')[0].split())}")
        except AssertionError:
            unreadable.append(f"{name}: says something else than is computed")
        difference = first_difference(lines(str(program).partition("\n\n")[2]), lines(case.listing))
        if difference:
            unlike.append(f"{name}: {difference}")
    for file, title, found in (
        (
            "unreadable.txt",
            "Programs whose printed listing breaks the notation, and where first.",
            unreadable,
        ),
        ("unlike_the_book.txt", "Programs whose listing is not the book's, and where first.", unlike),
    ):
        (FOLDER / file).write_text("\n".join([title, "", *found, ""]), encoding="utf-8")


if __name__ == "__main__":
    renew()
