"""Checkpoints: arrays and a description in one ``.npz`` file, without pickle.

Reading one runs no code that it might hold, and a file that was cut off, edited or made by
something else is refused with a reason. Writing takes the place of an older file in one step,
so whatever happens in between, one of the two is there and whole.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import IO, Any, BinaryIO, TypeVar

import numpy as np
import numpy.typing as npt

from autodiff.operations import Operation
from nn.files import replacing
from nn.model.activations import ACTIVATIONS, Activation, activation_named
from nn.model.mlp import MLP
from nn.model.module import Array
from nn.registry import entry_named

__all__ = [
    "FORMAT",
    "Checkpoint",
    "CheckpointError",
    "architecture",
    "damaged",
    "load_model",
    "save_model",
]

T = TypeVar("T")

FORMAT = "duograd checkpoint 1"
INSTEAD = "; take an older copy, or train anew"
BLOCK = 1 << 20  # bytes that are read at once
READ_HEADER = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


class CheckpointError(ValueError):
    """A file is no checkpoint, or not one of this model or training; the message says why.

    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "notes.txt"
    >>> _ = path.write_text("no model")
    >>> load_model(path)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    nn.train.checkpoint.CheckpointError: ...notes.txt is not a checkpoint, or not a ...
    """


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds.

    Attributes:
        arrays: float arrays by names such as ``"params/W1"``.
        about: everything else, as JSON has it.
    """

    arrays: Mapping[str, Array]
    about: Mapping[str, Any]

    def group(self, name: str) -> dict[str, Array]:
        """The arrays called ``name/…``, by what follows."""
        start = f"{name}/"
        return {key[len(start) :]: array for key, array in self.arrays.items() if key.startswith(start)}

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the file; one that was there is replaced once this is complete.

        Raises:
            OSError: if it cannot be written.
        """
        about = json.dumps(dict(self.about))
        with replacing(path) as unfinished, unfinished.open("wb") as file:
            np.savez(
                file,
                allow_pickle=False,
                **{"about": np.array(about), "digest": np.array(self._digest(about))},
                **self.arrays,
            )

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Checkpoint:
        """The checkpoint in a file.

        Raises:
            OSError: if the file cannot be opened.
            CheckpointError: if it is not what ``write`` wrote, to the last bit.
        """
        with open(path, "rb") as file, damaged(path, "not a checkpoint, or not a whole one", INSTEAD):
            arrays = _arrays(file)
            about, digest = str(arrays.pop("about")), str(arrays.pop("digest"))
            read = cls(arrays, _described(about))
        if read.about.get("format") != FORMAT or digest != read._digest(about):
            raise CheckpointError(
                f"{path} was changed after it was written, or by another program; nothing was loaded{INSTEAD}"
            )
        return read

    def _digest(self, about: str) -> str:
        digest = hashlib.sha256(about.encode())
        for name, array in sorted(self.arrays.items()):
            digest.update(f"{name} {array.dtype} {array.shape} ".encode())
            content = np.ascontiguousarray(array)
            plain = content.size and content.dtype.kind in "biuf"
            digest.update(content.data if plain else content.tobytes())
        return digest.hexdigest()


@contextmanager
def damaged(path: str | os.PathLike[str], what: str, advice: str = "") -> Iterator[None]:
    """Turn whatever reading a file raises into a CheckpointError: zipfile, numpy and json each raise and
    warn as they like where a file is damaged.

    Args:
        what: follows "is" or "holds" in the message.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    except CheckpointError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        verb = "is" if what.startswith("not") else "holds"
        raise CheckpointError(f"{path} {verb} {what}: {reason}; nothing was loaded{advice}") from None


def _arrays(file: BinaryIO) -> dict[str, npt.NDArray[Any]]:
    """The arrays of an .npz file, whose members are not compressed. None is larger than what is left of the
    file, so that a forged size takes no memory."""
    if not zipfile.is_zipfile(file):
        raise ValueError("it has not the form of an .npz file")
    size = os.fstat(file.fileno()).st_size
    arrays: dict[str, npt.NDArray[Any]] = {}
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            name = member.filename.removesuffix(".npy")
            if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size:
                raise ValueError(f"{name} is compressed, which no checkpoint is")
            size -= member.file_size
            if size < 0 or name in arrays:
                raise ValueError(f"{name} is in it twice, or larger than the file")
            with archive.open(member) as data:
                arrays[name] = _array(name, data, member.file_size)
    return arrays


def _array(name: str, data: IO[bytes], size: int) -> npt.NDArray[Any]:
    """One array, from a stream of so many bytes."""
    shape, fortran, dtype = READ_HEADER[np.lib.format.read_magic(data)](data)
    if dtype.hasobject:
        raise ValueError("it holds Python objects, which might run code when loaded")
    if math.prod(shape) * dtype.itemsize > size:
        raise ValueError(f"{name} has not the size that it says")
    array = np.empty(math.prod(shape), dtype)
    content = array.view(np.uint8) if array.nbytes else np.empty(0, np.uint8)
    filled = 0
    while block := data.read(BLOCK):
        content[filled : filled + len(block)] = np.frombuffer(block, np.uint8)  # raises if it is too long
        filled += len(block)
    if filled != array.nbytes:
        raise ValueError(f"{name} has not the size that it says")
    return array.reshape(shape, order="F" if fortran else "C")


def _described(about: str) -> dict[str, Any]:
    described = json.loads(about)
    if not isinstance(described, dict):
        raise ValueError(
            f"its description is a {type(described).__name__}, not names with what they stand for"
        )
    return described


def architecture(model: MLP) -> dict[str, Any]:
    """The shape of a network, as JSON has it; activations by name, since a file holds no function.

    Raises:
        ValueError: for an activation of your own that has the name of one of the library's.
    """
    for l, layer in enumerate(model.layers, start=1):
        g = layer.activation
        if ACTIVATIONS.get(g.name, g) != g:
            raise ValueError(
                f"a file names activations, and that of layer {l} is not the {g.name!r} of the library; "
                "give it another name"
            )
    return {"sizes": list(model.sizes), "activations": [layer.activation.name for layer in model.layers]}


def save_model(model: MLP, path: str | os.PathLike[str], notes: Mapping[str, Any] | None = None) -> None:
    """Write a network's shape and weights, and notes for yourself that JSON can hold.

    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "xor.npz"
    >>> save_model(MLP(2, [3, 1], seed=0), path, {"data": "xor"})
    >>> model, notes = load_model(path)
    >>> len(model.parameters()), notes
    (13, {'data': 'xor'})
    """
    about = {"format": FORMAT, **architecture(model), "kept": "params", "notes": dict(notes or {})}
    arrays = {f"params/{name}": array for name, array in model.state_dict().items()}
    Checkpoint(arrays, about).write(path)


def load_model(
    path: str | os.PathLike[str], custom: Mapping[str, Activation | Operation] | None = None
) -> tuple[MLP, dict[str, Any]]:
    """The network in a file that ``save_model`` or ``fit`` wrote, and the notes kept with it.

    Args:
        custom: activations of your own by the names that the file has for them. Reading runs no code and
            imports nothing, so the file cannot bring them.

    Raises:
        OSError: if the file cannot be read.
        CheckpointError: if it is not such a file.

    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "xor.npz"
    >>> save_model(MLP(2, [3, 1], seed=0), path)
    >>> model, notes = load_model(path)
    >>> model.sizes, notes
    ((2, 3, 1), {})
    """
    read = Checkpoint.read(path)
    known = ACTIVATIONS | {name: activation_named(own) for name, own in (custom or {}).items()}
    with damaged(path, "no network of this library"):
        model = _network(read, known)
        return model, dict(_of_kind(dict, read.about.get("notes", {}), "notes"))


def _network(read: Checkpoint, known: Mapping[str, Activation]) -> MLP:
    """The network that a checkpoint describes; nothing is made before its arrays are seen to fit."""
    sizes = _of_kind(list, read.about["sizes"], "sizes")
    names = _of_kind(list, read.about["activations"], "activations")
    kept = read.about["kept"]
    if kept not in ("params", "best"):
        raise ValueError(f"kept is 'params' or 'best', got {kept!r:.60}")
    if len(sizes) < 2 or any(type(size) is not int or size < 1 for size in sizes):
        raise ValueError(f"sizes are two or more whole numbers from 1 on, got {sizes!r:.60}")
    if len(names) != len(sizes) - 1:
        raise ValueError(f"there are {len(sizes) - 1} layers, but {len(names)} activations")
    try:
        activations = [entry_named("activation", name, known) for name in names]
    except ValueError as error:
        raise ValueError(f"{error}. If it is your own, pass custom={{its name: it}}") from None
    state = read.group(kept)
    shapes: dict[str, tuple[int, ...]] = {}
    for l, (n, m) in enumerate(pairwise(sizes), start=1):
        shapes |= {f"W{l}": (m, n), f"b{l}": (m,)}
    if {name: array.shape for name, array in state.items()} != shapes:
        raise ValueError(f"the arrays of {kept!r} have not the shapes of a network of sizes {sizes!r:.60}")
    if any(array.dtype != np.float64 for array in state.values()):
        raise ValueError(f"the arrays of {kept!r} do not hold floats of 64 bits")
    model = MLP(sizes[0], sizes[1:], output=activations[-1])
    for layer, activation in zip(model.layers, activations, strict=True):
        layer.activation = activation
    model.load_state_dict(state)
    return model


def _of_kind(kind: type[T], thing: Any, name: str) -> T:
    if not isinstance(thing, kind):
        raise TypeError(f"{name} is a {kind.__name__}, got {thing!r:.60}")
    return thing
