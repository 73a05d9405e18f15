"""The engine that runs on devices: the formulas of the lifted engine, compiled by JAX, whose sharding splits
the samples over processors, graphics cards, or machines.

Devices form a grid of two axes, ``samples`` and ``weights``. Along the first each has a part of the samples,
along the second of the neurons of wide layers; from where the arrays lie JAX finds what is to be sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from autodiff.extras import installed
from nn.losses.regularised import RegularisedLoss
from nn.model.activations import OwnActivation
from nn.model.mlp import MLP
from nn.model.module import Array
from nn.registry import entry_named
from nn.train.engines import ENGINES, PROBE, WEIGHTS, EngineMaker, LiftedEngine, Pass

__all__ = ["ENGINE_NAMES", "Devices", "JaxEngine", "engine_named", "split_layers"]

ENGINE_NAMES = (*ENGINES, "jax")
Devices = int | tuple[int, int] | Sequence[Any]

SAMPLES, PARTS = "samples", "weights"  # the axes of the grid
SAYS = "devices is how many, such as 8, or a grid (samples, weights), such as (4, 2), or devices of JAX's"


def engine_named(name: str, devices: Devices | None = None) -> EngineMaker:
    """What makes the engine of that name, on these devices.

    Raises:
        TypeError, ValueError: if there is none, or it knows of no devices.
    """
    makers: dict[str, EngineMaker] = {**ENGINES, "jax": partial(JaxEngine, devices=devices)}
    make = entry_named("engine", name, makers)
    if devices is not None and name != "jax":
        raise ValueError(f"devices are for engine='jax'; engine={name!r} computes with NumPy on one machine")
    return make


class JaxEngine(LiftedEngine):
    """The program of the lifted engine, run by JAX in float64 on devices.

    Every batch is filled up to one size that the devices divide, with samples of weight 0: so there is one
    program to compile, and a last batch may hold any number. Devices raise nothing: where a number is not
    finite, the NumPy program is asked instead, which says why, or computes what formulas alone could not.

    Optimisers, metrics and checkpoints are those of the other engines: parameters are NumPy's, they go to the
    devices before each step, and gradients come back.

    Args:
        devices: how many, the first that JAX has; a grid (samples, weights), of which the second splits the
            neurons of wide layers; or devices of JAX's. All there are if left out.

    Raises:
        ImportError: if JAX is not installed; it names the extra.
        TypeError, ValueError: for devices that there are not, or layers that they do not divide.
    """

    def __init__(
        self,
        model: MLP,
        objective: RegularisedLoss,
        x: Array,
        y: Array,
        devices: Devices | None = None,
    ) -> None:
        self.jax = installed("jax", "jax", "engine='jax'")
        mesh = self.jax.sharding.Mesh(_grid(self.jax, devices), (SAMPLES, PARTS))
        self.rows = int(mesh.shape[SAMPLES])
        layers = split_layers(model.sizes, int(mesh.shape[PARTS]))
        super().__init__(model, replace(objective, weighted=True), x, y, probed=True)
        self.size = 0  # of the batches, those of weight 0 included
        placed = partial(self.jax.sharding.NamedSharding, mesh)
        axes = self.jax.sharding.PartitionSpec
        self.everywhere, self.split = placed(axes()), placed(axes(None, SAMPLES))
        self.places = {name: placed(axes(*layers.get(name, ()))) for name in self.params}
        self.step, self.forward = self._compiled(y)

    def _compiled(self, target: Array) -> tuple[Any, Any]:
        """The functions of a step and of outputs alone, which JAX compiles when it sees shapes.

        Outputs come from a step, too, of which XLA leaves out what they do not need; with any target.
        """
        numpy, run = self.jax.numpy, _run(self.program.source("jax"))

        def step(params: Mapping[str, Any], X: Any, Y: Any, weights: Any) -> Any:
            def J(probe: Any) -> Any:
                return run(**params, **{"X": X, "Y": Y, WEIGHTS: weights, PROBE: probe})

            nothing = numpy.zeros((self.model.sizes[-1], X.shape[1]), X.dtype)
            (loss, grads), slope = self.jax.value_and_grad(J, has_aux=True)(nothing)
            return loss, grads, slope * X.shape[1]

        def outputs(params: Mapping[str, Any], X: Any) -> Any:
            one = numpy.ones((1, X.shape[1]), X.dtype)
            loss, _, A = step(params, X, target[:, None] * one, one)
            return loss, A

        everywhere, places, split = self.everywhere, self.places, self.split
        return (
            self.jax.jit(
                step,
                in_shardings=(places, split, split, split),
                out_shardings=(everywhere, places, split),
            ),
            self.jax.jit(outputs, in_shardings=(places, split), out_shardings=(everywhere, split)),
        )

    def computed(self, X: Array, Y: Array, weights: Array | None = None) -> Pass:
        m = X.shape[1]
        each = np.ones(m) if weights is None else weights
        with self._float64():
            J, grads, A = self.step(*self._arguments(X, Y, each))
            found = Pass(float(J), self._whole(A)[:, :m], {name: self._whole(grads[name]) for name in grads})
        if np.isfinite(found.J) and all(np.isfinite(grad).all() for grad in found.grads.values()):
            return found
        return super().computed(X, Y, each)

    def outputs(self, X: Array) -> Array:
        m = X.shape[1]
        with self._float64():
            given = self._sent(self.params, self.places), self._laid(_filled(X, self._even(m)), self.split)
            sound, A = self.forward(*given)
            outputs = self._whole(A)[:, :m]
        own = any(isinstance(g, OwnActivation) for g in self.twin.g.values())
        if own or not (np.isfinite(float(sound)) and np.isfinite(outputs).all()):
            return super().outputs(X)
        return outputs

    def compiled_step(self, X: Array, Y: Array) -> str:
        """A step on a batch of these shapes as XLA has compiled it, its HLO, in which ``nn.train.traffic``
        reads what is sent between devices."""
        with self._float64():
            text: str = self.step.lower(*self._arguments(X, Y, np.ones(X.shape[1]))).compile().as_text()
        return text

    def _arguments(self, X: Array, Y: Array, weights: Array) -> tuple[Any, ...]:
        """A batch and the parameters on the devices."""
        m = X.shape[1]
        self.size = max(self.size, self._even(m))
        each = np.zeros((1, self.size))
        each[0, :m] = weights * (self.size / m)
        arrays = (_filled(X, self.size), _filled(Y, self.size), each)
        return self._sent(self.params, self.places), *(self._laid(array, self.split) for array in arrays)

    def _even(self, m: int) -> int:
        """The least number from m on that the devices divide."""
        return -(-m // self.rows) * self.rows

    def _laid(self, array: Array, place: Any) -> Any:
        """An array on the devices; of many machines each gives its own the part that these are to have."""
        return self.jax.make_array_from_callback(array.shape, place, array.__getitem__)

    def _sent(self, arrays: Mapping[str, Array], places: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self._laid(array, places[name]) for name, array in arrays.items()}

    def _whole(self, array: Any) -> Array:
        """An array of the devices as one of NumPy's, parts on other machines included."""
        if not (array.is_fully_addressable or array.is_fully_replicated):
            array = installed("jax.experimental.multihost_utils", "jax", "engine='jax'").process_allgather(
                array, tiled=True
            )
        return np.asarray(array)

    def _float64(self) -> AbstractContextManager[None]:
        """While open, JAX computes in float64 in this thread; nobody's setting changes."""
        if hasattr(self.jax, "enable_x64"):
            context = self.jax.enable_x64(True)
        else:  # before JAX 0.8
            context = installed("jax.experimental", "jax", "engine='jax'").enable_x64()
        return context  # type: ignore[no-any-return]


def split_layers(sizes: Sequence[int], parts: int) -> dict[str, tuple[str | None, ...]]:
    """Along which axes the arrays of layers are split that ``parts`` divide; others are on every device.

    Layers are taken in pairs: the neurons of W[l], its rows, are split, and so are the columns of W[l+1] that
    read them, whose products are added up over the devices; nothing is sent between the two.

    Source: Shoeybi et al., Megatron-LM (2019), section 3.

    Raises:
        ValueError: if no pair can be split.

    >>> split_layers([2, 6, 1], 2)
    {'W1': ('weights', None), 'b1': ('weights',), 'W2': (None, 'weights')}
    """
    split: dict[str, tuple[str | None, ...]] = {}
    for l in range(1, len(sizes) - 1, 2):
        if parts > 1 and sizes[l] % parts == 0:
            split |= {f"W{l}": (PARTS, None), f"b{l}": (PARTS,), f"W{l + 1}": (None, PARTS)}
    if parts > 1 and not split:
        raise ValueError(
            f"of layers {list(sizes)} the neurons of every other hidden one are split, from the first on, "
            f"but {parts} parts divide none of them; take devices=N, which splits samples only"
        )
    return split


def _run(source: str) -> Callable[..., tuple[Any, dict[str, Any]]]:
    """The function ``run`` of the source of a program."""
    names: dict[str, Any] = {}
    exec(compile(source, "<program.source()>", "exec"), names)
    function: Callable[..., tuple[Any, dict[str, Any]]] = names["run"]
    return function


def _filled(array: Array, size: int) -> Array:
    """The samples and copies of the last, so many in all."""
    return np.concatenate([array, np.repeat(array[:, -1:], size - array.shape[1], axis=1)], axis=1)


def _grid(jax: Any, devices: Devices | None) -> Any:
    """The devices as an array of two axes.

    Raises:
        TypeError, ValueError: if they are none, more than there are, or of some of the hosts only.
    """
    grid = _chosen(jax, devices)
    hosts = {device.process_index for device in grid.flat}
    if len(hosts) < jax.process_count():
        raise ValueError(
            f"devices={devices!r:.60} are on {len(hosts)} of {jax.process_count()} hosts, and all of them "
            "train; take some of each, or leave devices out, which takes all"
        )
    return grid


def _chosen(jax: Any, devices: Devices | None) -> Any:
    there = jax.devices()
    if devices is None:
        devices = len(there)
    shape = (devices, 1) if isinstance(devices, (int, np.integer)) else devices
    if not isinstance(shape, Sequence) or isinstance(shape, str) or not len(shape):
        raise TypeError(f"{SAYS}; got {devices!r:.60}")
    if all(isinstance(each, jax.Device) for each in shape):
        return np.array([[each] for each in shape], dtype=object)
    if len(shape) != 2 or any(isinstance(n, bool) or not isinstance(n, (int, np.integer)) for n in shape):
        raise TypeError(f"{SAYS}; got {devices!r:.60}")
    rows, parts = map(int, shape)
    if min(rows, parts) < 1:
        raise ValueError(f"{SAYS}; got {devices!r:.60}")
    if rows * parts > len(there):
        raise ValueError(
            f"devices={devices!r} asks for {rows * parts}, but JAX sees {len(there)} ({there[0].platform}). "
            "One processor counts as 8 with XLA_FLAGS=--xla_force_host_platform_device_count=8 in the "
            "environment before Python starts"
        )
    return np.array(there[: rows * parts], dtype=object).reshape(rows, parts)
