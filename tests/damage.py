"""``python -m tests.damage --files 10000``: damaged checkpoints load the same numbers or raise the one error.

Bits are flipped, files cut off or prolonged, arrays removed, doubled, renamed and swapped between files, and
the sizes that a file declares forged. What reading takes of memory is measured, too.

Last run of 10,000: seed 0, at 14e976b. 1,317 files loaded the same numbers, 8,683 were refused with the one
error, none did anything else, and reading took at most 50 MB above the size of the file.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import struct
import sys
import tempfile
import tracemalloc
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np

from nn import MLP, CheckpointError, fit, load_model
from nn.train.optim import Adam

MOST = 50_000_000  # bytes above the file's size that reading may take

X = np.random.default_rng(0).normal(size=(3, 12))
Y = (X[0] > 0).astype(int)


def trained(path: Path, seed: int) -> bytes:
    """A checkpoint of a training, as bytes."""
    model = MLP(3, [4, 2], seed=seed)
    settings = {"loss": "cross_entropy", "optimizer": Adam(0.05), "epochs": 2, "engine": "matrix"}
    fit(model, X, Y, save=path, notes={"seed": seed, "words": ["[a]", "β"]}, **settings)
    return path.read_bytes()


def members(content: bytes) -> list[tuple[str, bytes]]:
    """The names and contents of the arrays in a file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(each.filename, archive.read(each)) for each in archive.infolist()]


def packed(arrays: list[tuple[str, bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    """A file of these arrays, whose names may occur twice."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in arrays:
            archive.fp.seek(archive.start_dir)
            archive.NameToInfo.pop(name, None)  # or it warns of the second
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return file.getvalue()


def flipped(rng, content, other):
    damaged = bytearray(content)
    for _ in range(int(rng.integers(1, 4))):
        damaged[int(rng.integers(len(damaged)))] ^= 1 << int(rng.integers(8))
    return bytes(damaged)


def flipped_near_a_header(rng, content, other):
    """Where flags, sizes, names and shapes are."""
    marks = [m.start() for m in re.finditer(rb"PK..|NUMPY", content)]
    damaged, place = bytearray(content), marks[int(rng.integers(len(marks)))] + int(rng.integers(60))
    damaged[min(place, len(damaged) - 1)] ^= 1 << int(rng.integers(8))
    return bytes(damaged)


def cut_off(rng, content, other):
    return content[: int(rng.integers(len(content)))]


def prolonged(rng, content, other):
    return content + rng.bytes(int(rng.integers(1, 300)))


def overwritten(rng, content, other):
    place, length = int(rng.integers(len(content))), int(rng.integers(1, 200))
    return content[:place] + rng.bytes(min(length, len(content) - place)) + content[place + length :]


def without_an_array(rng, content, other):
    arrays = members(content)
    arrays.pop(int(rng.integers(len(arrays))))
    return packed(arrays)


def with_an_array_twice(rng, content, other):
    arrays = members(content)
    name, data = arrays[int(rng.integers(len(arrays)))]
    return packed([*arrays, (name, data if rng.random() < 0.5 else data[:-1] + b"\x00")])


def renamed(rng, content, other):
    arrays = members(content)
    i, j = map(int, rng.integers(len(arrays), size=2))
    arrays[i] = (arrays[j][0] + ("x" if i == j else ""), arrays[i][1])
    return packed([each for k, each in enumerate(arrays) if k == i or each[0] != arrays[i][0]])


def swapped(rng, content, other):
    arrays, others = members(content), dict(members(other))
    i = int(rng.integers(len(arrays)))
    return packed([(name, others[name] if k == i else data) for k, (name, data) in enumerate(arrays)])


def compressed(rng, content, other):
    """As a bomb would be: megabytes of zeros in a few kilobytes."""
    arrays = members(content)
    i = int(rng.integers(len(arrays)))
    arrays[i] = arrays[i][0], arrays[i][1] + bytes(10_000_000)
    return packed(arrays, zipfile.ZIP_DEFLATED)


def forged(rng, content, other):
    """A shape that is larger than the file, in the header of an array or in those of the zip."""
    damaged = bytearray(content)
    if rng.random() < 0.5:
        places = [m.start() for m in re.finditer(rb"'shape': \(", content)]
        place = places[int(rng.integers(len(places)))] + len("'shape': (")
        damaged[place : place + 1] = b"9" * int(rng.integers(1, 12))
        return bytes(damaged)
    places = [m.start() for m in re.finditer(rb"PK\x01\x02", content)]
    place = places[int(rng.integers(len(places)))] + int(rng.choice([20, 24, 42]))
    damaged[place : place + 4] = struct.pack("<I", int(rng.integers(2**31, 2**32)))
    return bytes(damaged)


DAMAGES = {
    each.__name__: each
    for each in (
        flipped,
        flipped_near_a_header,
        cut_off,
        prolonged,
        overwritten,
        without_an_array,
        with_an_array_twice,
        renamed,
        swapped,
        compressed,
        forged,
    )
}


def outcome(path: Path, content: bytes, expected) -> str:
    """ "same" or "refused", after reading a file with this content in each way.

    Raises:
        AssertionError: if other numbers were loaded, or too much memory was taken.
        Exception: if reading raises anything but a CheckpointError.
    """
    path.write_bytes(content)
    found = set()
    for read in (load_model, resumed):
        tracemalloc.start()
        try:
            told = read(path)
        except CheckpointError as error:
            assert "\n" not in str(error) and str(path) in str(error), error
            found.add("refused")
        else:
            assert told is None or same(told, expected), "other numbers were loaded"
            found.add("same")
        finally:
            taken = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert taken <= len(content) + MOST, f"reading took {taken:,} bytes"
    assert len(found) == 1, "one way of reading refuses what the other takes"
    return found.pop()


def resumed(path: Path) -> None:
    """Go on with the training in a file, which has ended."""
    model = MLP(3, [4, 2], seed=9)
    settings = {"loss": "cross_entropy", "optimizer": Adam(0.05), "epochs": 2, "engine": "matrix"}
    with contextlib.redirect_stdout(io.StringIO()):  # which says that it has
        fit(model, X, Y, resume=path, **settings)


def same(told, expected) -> bool:
    (model, notes), (whole, written) = told, expected
    state, wanted = model.state_dict(), whole.state_dict()
    return notes == written and all(np.array_equal(state[name], wanted[name]) for name in wanted)


def damage(files: int, seed: int, folder: Path) -> Counter[tuple[str, str]]:
    """What became of so many damaged files, by the damage."""
    contents = [trained(folder / f"{k}.npz", k) for k in range(2)]
    expected, rng, seen = load_model(folder / "0.npz"), np.random.default_rng(seed), Counter()
    for number in range(files):
        name = list(DAMAGES)[number % len(DAMAGES)]
        damaged = DAMAGES[name](rng, *contents)
        try:
            seen[name, outcome(folder / "damaged.npz", damaged, expected)] += 1
        except Exception as error:
            what = f"file {number} of seed {seed}, {name}: {type(error).__name__}: {error}"
            raise AssertionError(what) from error
    return seen


def main() -> int:
    """Damage as many files as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.damage", description="Damage checkpoints.")
    parser.add_argument("--files", type=int, default=1000, help="how many (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the damages (%(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for (name, what), count in sorted(damage(options.files, options.seed, Path(folder)).items()):
            print(f"{name:24} {what:8} {count:6}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
