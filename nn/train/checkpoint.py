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
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, BinaryIO, TypeVar

import numpy as np
import numpy.typing as npt

from nn.files import replacing
from nn.model.activations import ACTIVATIONS, activation_named
from nn.model.mlp import MLP
from nn.model.module import Array

__all__ = ["FORMAT", "Checkpoint", "CheckpointError", "architecture", "load_model", "save_model"]

T = TypeVar("T")

FORMAT = "duograd checkpoint 1"
READ_HEADER = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


class CheckpointError(ValueError):
    """A file is no checkpoint, or not one of this model or training; the message says why."""


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
        with open(path, "rb") as file:
            try:
                arrays = _arrays(file)
                about, digest = str(arrays.pop("about")), str(arrays.pop("digest"))
                read = cls(arrays, _described(about))
            except Exception as error:  # zipfile, numpy and json each raise what they like at a damaged file
                raise CheckpointError(
                    f"{path} is not a checkpoint, or not a whole one: {_reason(error)}; nothing was loaded"
                ) from None
        if read.about.get("format") != FORMAT or digest != read._digest(about):
            raise CheckpointError(
                f"{path} was changed after it was written, or by another program; nothing was loaded"
            )
        return read

    def _digest(self, about: str) -> str:
        digest = hashlib.sha256(about.encode())
        for name, array in sorted(self.arrays.items()):
            digest.update(f"{name} {array.dtype} {array.shape} ".encode())
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def _arrays(file: BinaryIO) -> dict[str, npt.NDArray[Any]]:
    """The arrays of an .npz file. None is larger than the file says and holds, so that a forged size
    takes no memory."""
    if not zipfile.is_zipfile(file):
        raise ValueError("it has not the form of an .npz file")
    arrays = {}
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            with archive.open(member) as data:
                version = np.lib.format.read_magic(data)
                header = READ_HEADER[version](data)
                shape, fortran, dtype = header
                if dtype.hasobject:
                    raise ValueError("it holds Python objects, which might run code when loaded")
                content = data.read()
            if len(content) != math.prod(shape) * dtype.itemsize:
                raise ValueError(f"{member.filename} has not the size that it says")
            array = np.frombuffer(bytearray(content), dtype)
            arrays[member.filename.removesuffix(".npy")] = array.reshape(shape, order="F" if fortran else "C")
    return arrays


def _described(about: str) -> dict[str, Any]:
    described = json.loads(about)
    if not isinstance(described, dict):
        raise ValueError(
            f"its description is a {type(described).__name__}, not names with what they stand for"
        )
    return described


def _reason(error: Exception) -> str:
    return f"{error}" if str(error) else type(error).__name__


def architecture(model: MLP) -> dict[str, Any]:
    """The shape of a network, as JSON has it.

    Raises:
        ValueError: for an activation of your own, since a file cannot hold a function.
    """
    for l, layer in enumerate(model.layers, start=1):
        g = layer.activation
        if ACTIVATIONS.get(g.name) != g:
            raise ValueError(
                f"a file names activations, and that of layer {l}, {g.name!r}, is none of the library's"
            )
    return {"sizes": list(model.sizes), "activations": [layer.activation.name for layer in model.layers]}


def save_model(model: MLP, path: str | os.PathLike[str], notes: Mapping[str, Any] | None = None) -> None:
    """Write a network's shape and weights, and notes for yourself that JSON can hold."""
    about = {"format": FORMAT, **architecture(model), "kept": "params", "notes": dict(notes or {})}
    arrays = {f"params/{name}": array for name, array in model.state_dict().items()}
    Checkpoint(arrays, about).write(path)


def load_model(path: str | os.PathLike[str]) -> tuple[MLP, dict[str, Any]]:
    """The network in a file that ``save_model`` or ``fit`` wrote, and the notes kept with it.

    Raises:
        OSError: if the file cannot be read.
        CheckpointError: if it is not such a file.
    """
    read = Checkpoint.read(path)
    try:
        return _network(read), dict(_of_kind(dict, read.about.get("notes", {}), "notes"))
    except (ValueError, TypeError, KeyError) as error:
        raise CheckpointError(f"{path} holds no network of this library: {_reason(error)}") from None


def _network(read: Checkpoint) -> MLP:
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
    activations = [activation_named(name) for name in names]
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
