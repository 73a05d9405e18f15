"""Neurons, layers and networks made of Values, one node for every multiplication.

A layer l computes, for one sample, zᵢ = bᵢ + Σⱼ Wᵢⱼ·aⱼ and aᵢ = g(zᵢ), where aⱼ are the outputs
of layer l-1 or the inputs of the network. ``nn.model.matrix`` computes the same with matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff import Value, dot, softmax
from autodiff.arrays import leaves
from autodiff.labels import element
from nn.model.activations import Activation, activation_named
from nn.model.init import initialiser_named
from nn.model.module import Array, Module
from nn.model.samples import as_batch

__all__ = ["MLP", "Layer", "Neuron", "Trace"]


class Neuron(Module):
    """a = g(w·x + b).

    Args:
        w: the weights, numbers or Values.
        b: the bias, a number or a Value.
        activation: the name of g, a function of one Value, an operation of your own, or an Activation.

    >>> neuron = Neuron([0.5, -1.0], 0.25, activation="relu")
    >>> neuron([1.0, 0.5])
    Value(0.25, grad=0.0)
    """

    def __init__(
        self,
        w: Iterable[Any],
        b: Any = 0.0,
        activation: str | Callable[[Any], Any] = "tanh",
    ) -> None:
        self.w = _labelled("w", w)
        self.b = b if isinstance(b, Value) else Value(b, "b")
        self.activation = activation

    @property
    def activation(self) -> Activation:
        """g; it may be set, by name too."""
        return self._activation

    @activation.setter
    def activation(self, activation: str | Callable[[Any], Any]) -> None:
        self._activation = activation_named(activation)

    def z(self, x: Sequence[Any]) -> Value:
        """b + w₀·x₀ + w₁·x₁ + …, the weighted sum before the activation."""
        return dot(self.w, x, self.b)  # type: ignore[no-any-return]

    def __call__(self, x: Sequence[Any]) -> Value:
        """The neuron's output for one sample ``x`` of numbers or Values."""
        return self.activation(self.z(x))


class Layer(Module):
    """Neurons side by side, each of which sees the whole input.

    Args:
        W: weights of shape (m, n), a row per neuron.
        b: biases of shape (m,); zeros if left out.
        activation: of every neuron.
        number: the l in the labels ``Wl[i,j]`` and ``bl[i]``.

    >>> layer = MLP(2, [3, 1], seed=0).layers[0]
    >>> len(layer([0.5, -1.0]))
    3
    """

    def __init__(
        self,
        W: npt.ArrayLike,
        b: npt.ArrayLike | None = None,
        activation: str | Callable[[Any], Any] = "tanh",
        number: int = 1,
    ) -> None:
        weights = np.asarray(W, dtype=np.float64)
        biases = np.zeros(len(weights)) if b is None else np.asarray(b, dtype=np.float64)
        if weights.ndim != 2 or biases.shape != weights.shape[:1]:
            raise ValueError(
                f"a layer has W of shape (m, n) and b of shape (m,), got {weights.shape} and {biases.shape}"
            )
        if not len(weights):
            raise ValueError("a layer has at least one neuron, got W without a row")
        rows = zip(leaves(f"W{number}", weights).tolist(), leaves(f"b{number}", biases).tolist(), strict=True)
        self.neurons = [Neuron(w, bias) for w, bias in rows]
        self.activation = activation_named(activation)

    @property
    def activation(self) -> Activation:
        """That of every neuron. It may be set, by name too, and then is that of each.

        Raises:
            ValueError: if a neuron was given another one than the others, or for softmax of one neuron.
        """
        first = self.neurons[0].activation
        for neuron in self.neurons:
            if neuron.activation is not first and neuron.activation != first:
                raise ValueError(
                    f"the neurons of a layer have one activation, but here are {first.name!r} and "
                    f"{neuron.activation.name!r}; set that of the layer, or take layers of their own"
                )
        return first

    @activation.setter
    def activation(self, activation: str | Callable[[Any], Any]) -> None:
        g = activation_named(activation)
        if not g.elementwise and len(self.neurons) == 1:
            raise ValueError(
                f"the {g.name} of a single neuron is 1 whatever its weights; take two or more, "
                "or sigmoid for the probability of one of two classes"
            )
        for neuron in self.neurons:
            neuron.activation = g

    def __call__(self, x: Sequence[Any]) -> list[Value]:
        """The m outputs for one sample of n numbers or Values."""
        return self.activation.layer(self.z(x))

    def z(self, x: Sequence[Any]) -> list[Value]:
        """The m weighted sums before the activation."""
        return [neuron.z(x) for neuron in self.neurons]


@dataclass(frozen=True)
class Trace:
    """What a network computed on the way, for one sample; layers count from 1.

    Attributes:
        Z: ``Z[l][i]``, the weighted sum of neuron i in layer l.
        A: ``A[l][i]``, its activation; ``A[0]`` is the input.
    """

    Z: dict[int, list[Value]]
    A: dict[int, list[Value]]


class MLP(Module):
    """A network of fully connected layers.

    Args:
        n: number of inputs.
        sizes: number of neurons of each layer; the last are the outputs.
        activation: of all layers but the last; its name, a function of one Value, or an operation.
        output: activation of the last layer. ``"linear"`` outputs are what losses that work
            on logits expect.
        seed: of the initial weights; the same seed gives the same network.
        init: how weights are drawn, a name from ``nn.model.init``.

    Raises:
        ValueError: for a size below 1 or an unknown name.

    >>> model = MLP(2, [16, 16, 1])
    >>> model([0.5, -1.0])  # doctest: +ELLIPSIS
    [Value(...)]
    """

    def __init__(
        self,
        n: int,
        sizes: Sequence[int],
        activation: str | Callable[[Any], Any] = "tanh",
        output: str | Callable[[Any], Any] = "linear",
        seed: int = 0,
        init: str = "xavier_uniform",
    ) -> None:
        widths = [n, *sizes]
        if len(widths) < 2:
            raise ValueError("a network has at least one layer, got no sizes; try MLP(2, [16, 16, 1])")
        for place, width in enumerate(widths):
            if isinstance(width, bool) or not isinstance(width, (int, np.integer)) or width < 1:
                what = f"layer {place}" if place else "the input"
                raise ValueError(f"every size is an int of at least 1, got {width!r} for {what}")
        rng, draw = np.random.default_rng(seed), initialiser_named(init)
        inner, last = activation_named(activation), activation_named(output)
        depth = len(widths) - 1
        self.layers = [
            Layer(draw(rng, widths[l - 1], widths[l]), activation=last if l == depth else inner, number=l)
            for l in range(1, depth + 1)
        ]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of inputs, and of the neurons of each layer, as the layers are now."""
        return len(self.layers[0].neurons[0].w), *(len(layer.neurons) for layer in self.layers)

    def __call__(self, x: Iterable[Any]) -> list[Value]:
        """The outputs for one sample ``x`` of n numbers or Values, always as a list.

        Raises:
            ValueError: if ``x`` does not hold n of them.
        """
        return self.layers[-1](self.features(x))

    def features(self, x: Iterable[Any]) -> list[Value]:
        """φ(x), the activations of the last hidden layer: what the network has learnt to see in
        ``x``. Its outputs are g(W·φ(x) + b), a linear model of these. Without a hidden layer φ(x)
        is x itself."""
        a = self._inputs(x)
        for layer in self.layers[:-1]:
            a = layer(a)
        return a

    def feature_kernel(self, X: npt.ArrayLike, X2: npt.ArrayLike | None = None) -> Array:
        """k(x, x') = φ(x)·φ(x') of shape (m, m2) for samples X of shape (n, m) and X2 of shape
        (n, m2), X itself if left out. The kernel of learning: see ``MatrixMLP.feature_kernel``."""
        first, second = (
            np.array([[a.data for a in self.features(x)] for x in as_batch(batch, self.sizes[0]).T])
            for batch in (X, X if X2 is None else X2)
        )
        return np.asarray(first @ second.T)

    def trace(self, x: Iterable[Any]) -> Trace:
        """Like a call, but keeps every weighted sum and activation, labelled ``z1[0]``, ``a1[0]``."""
        trace = Trace(Z={}, A={0: self._inputs(x)})
        for l, layer in enumerate(self.layers, start=1):
            trace.Z[l] = layer.z(trace.A[l - 1])
            trace.A[l] = layer.activation.layer(trace.Z[l])
            for name, values in (("a", trace.A[l]), ("z", trace.Z[l])):  # a linear a is z itself
                for i, value in enumerate(values):
                    value.label = element(f"{name}{l}", (i,))
        return trace

    def weights(self) -> list[Value]:
        """The weights of all layers, without the biases."""
        return [w for layer in self.layers for neuron in layer.neurons for w in neuron.w]

    def predict_proba(self, X: npt.ArrayLike) -> Array:
        """P(y = k | x) of shape (classes, m) for a batch X of shape (n, m), columns are samples.

        Outputs of a softmax layer are these. Others are taken as logits: softmax of several, or of
        (0, z) for a single one.
        """
        outputs = [[a.data for a in self(x)] for x in as_batch(X, self.sizes[0]).T]
        if self.layers[-1].activation.name == "softmax":
            return np.array(outputs).T
        return np.array([softmax(z if len(z) > 1 else [0.0, *z]) for z in outputs]).T

    def _inputs(self, x: Iterable[Any]) -> list[Value]:
        if isinstance(x, np.ndarray) and x.ndim != 1:
            inputs, given = [], f"an array of shape {x.shape}"
        else:
            inputs = list(x) if isinstance(x, Iterable) else []
            given = f"{len(inputs)}" if isinstance(x, Iterable) else repr(x)
        if len(inputs) != self.sizes[0]:
            raise ValueError(
                f"this network takes one sample of {self.sizes[0]} numbers, got {given}; "
                "for a batch X whose columns are samples, use [model(x) for x in X.T]"
            )
        return _labelled("x", inputs)

    def __repr__(self) -> str:
        *inner, last = [layer.activation.name for layer in self.layers]
        one = repr(inner[0]) if len(set(inner)) == 1 else inner
        hidden = f", activation={one}" if inner else ""
        return f"MLP({self.sizes[0]}, {list(self.sizes[1:])}{hidden}, output={last!r})"


def _labelled(name: str, numbers: Iterable[Any]) -> list[Value]:
    """Values as they are, and numbers as leaves ``name[i]``."""
    return [x if isinstance(x, Value) else Value(x, element(name, (i,))) for i, x in enumerate(numbers)]
