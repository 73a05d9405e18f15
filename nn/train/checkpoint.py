"""Checkpoints: arrays and a description in one ``.npz`` file, without pickle.

Reading one runs no code that it might hold, and a file that was cut off, edited or made by
something else is refused with a reason. Writing takes the place of an older file in one step,
so whatever happens in between, one of the two is there and whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nn.files import replacing
from nn.model.mlp import MLP
from nn.model.module import Array

__all__ = ["Checkpoint", "CheckpointError", "load_model", "save_model"]

FORMAT = "duograd checkpoint 1"
UNREADABLE = (ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError)


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
            OSError: if the file cannot be read.
            CheckpointError: if it is not what ``write`` wrote, to the last bit.
        """
        try:
            with open(path, "rb") as file:
                if not zipfile.is_zipfile(file):
                    raise ValueError("it has not the form of an .npz file")
                file.seek(0)
                with np.load(file, allow_pickle=False) as archive:
                    arrays = {name: archive[name] for name in archive.files}
            about, digest = str(arrays.pop("about")), str(arrays.pop("digest"))
            read = cls(arrays, json.loads(about))
        except (*UNREADABLE, AttributeError, TypeError) as error:
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


def _reason(error: Exception) -> str:
    if "Object arrays" in str(error):
        return "it holds Python objects, which might run code when loaded"
    return f"{error}" if str(error) else type(error).__name__


def architecture(model: MLP) -> dict[str, Any]:
    """The shape of a network, as JSON has it."""
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
    found = Checkpoint.read(path)
    try:
        n, *sizes = found.about["sizes"]
        *inner, output = found.about["activations"]
        model = MLP(n, sizes, inner[0] if inner else output, output)
        model.load_state_dict(found.group(found.about["kept"]))
        return model, found.about.get("notes", {})
    except (ValueError, TypeError, KeyError) as error:
        raise CheckpointError(f"{path} holds no network of this library: {error}") from None
