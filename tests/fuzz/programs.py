"""Programs as text, as people write them, drawn from families of what goes wrong in lifting.

A text is run in a namespace of functions and arrays: of Values, of ``reference.Number``, or of any
other kind of number a target has. It leaves the loss in ``J``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Program:
    """A program text and data for it.

    Attributes:
        family: the name of its family.
        text: Python; the loss is ``J``.
        draws: data sets, each name in the text -> array, of the same shapes.
        inputs: names that are inputs; the others are parameters.
        labels: name in the text -> label of its Values, where it is another.
        dtype: of the lifted program.
    """

    family: str
    text: str
    draws: tuple[dict[str, Array], ...]
    inputs: frozenset[str]
    labels: dict[str, str] = field(default_factory=dict)
    dtype: str = "float64"


SMOOTH = ("tanh", "sin", "cos", "sigmoid", "softplus", "silu", "gelu", "erf", "atan", "asinh")
GUARDED = (
    "exp(-abs({}))",
    "log(1.0 + ({})**2)",
    "sqrt(1.0 + ({})**2)",
    "1.0 / (2.0 + sin({}))",
    "expm1(-softplus({}))",
)
BENT = (
    "relu({})",
    "abs({})",
    "leaky_relu({})",
    "maximum({}, 0.25)",
    "minimum({}, 0.5)",
    "clip({}, -0.5, 0.75)",
)
DRAWS = 6  # data sets of a program, of which two are used
CONSTANTS = ("0.5", "2.0", "3.0", "1.0", "-1.0", "0.1", "1e-3", "7.25", "(1.0 / 3.0)", "1e3")


class Writer:
    """Writes a program line by line, and knows the shape of everything it has named."""

    def __init__(self, family: str, rng: np.random.Generator) -> None:
        self.family, self.rng = family, rng
        self.lines: list[str] = []
        self.draws: tuple[dict[str, Array], ...] = tuple({} for _ in range(DRAWS))
        self.inputs: set[str] = set()
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.dtype = "float64"
        self.labels: dict[str, str] = {}

    def pick(self, *choices: str) -> str:
        return choices[self.rng.integers(len(choices))]

    def whole(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))

    def leaf(self, shape: tuple[int, ...], draw: Callable[..., Array] | None = None, role: str = "") -> str:
        """A new array of leaves, a parameter or an input; the first is a parameter."""
        role = role or self.pick("parameter", "input") if self.shapes else "parameter"
        kind = "W" if len(shape) == 2 else "w" if role == "parameter" else "x"
        name = f"{kind}{len(self.draws[0]) + 1}"
        draw = draw or (lambda shape: self.rng.normal(size=shape))
        for data in self.draws:
            data[name] = np.asarray(draw(shape), dtype=np.float64)
        if role == "input":
            self.inputs.add(name)
        self.shapes[name] = shape
        return name

    def line(self, text: str, shape: tuple[int, ...]) -> str:
        """A new name for what the text computes."""
        name = f"v{len(self.lines) + 1}"
        self.lines.append(f"{name} = {text}")
        self.shapes[name] = shape
        return name

    def vector(self, n: int) -> str:
        """Text of n elements: a name, or a part of one, in some order."""
        names = [name for name, shape in self.shapes.items() if len(shape) == 1]
        name = self.pick(*names) if names else self.leaf((n,))
        (length,) = self.shapes[name]
        if length == n:
            return self.pick(name, name, f"{name}[::-1]", f"np.roll({name}, {self.whole(1, 3)})")
        if length > n:
            start = self.whole(0, length - n)
            return self.pick(f"{name}[{start}:{start + n}]", f"{name}[{start}:{start + n}][::-1]")
        return f"{name}[{[self.whole(0, length - 1) for _ in range(n)]}]"

    def function(self, text: str, bent: bool = False) -> str:
        """A function of a text."""
        kind = self.whole(0, 3 if bent else 2)
        if kind < 2:
            return f"{self.pick(*SMOOTH)}({text})"
        return self.pick(*(BENT if kind == 3 else GUARDED)).format(text)

    def expression(self, n: int, depth: int = 2, bent: bool = False) -> str:
        """Text of an elementwise expression of n elements."""
        if depth == 0:
            return self.vector(n)
        kind = self.whole(0, 5)
        if kind == 0:
            return self.function(self.expression(n, depth - 1, bent), bent)
        if kind == 1:
            return f"{self.pick(*CONSTANTS)}*({self.expression(n, depth - 1, bent)})"
        if kind == 2:
            return f"({self.expression(n, depth - 1, bent)} {self.pick('+', '-')} {self.pick(*CONSTANTS)})"
        operator = self.pick("+", "-", "*", "*")
        return f"({self.expression(n, depth - 1, bent)} {operator} {self.expression(n, depth - 1, bent)})"

    def done(self, loss: str) -> Program:
        lines = [*self.lines, f"J = {loss}"]
        parameters = [name for name in self.draws[0] if name not in self.inputs]
        unused = not any(name in line for name in parameters for line in lines)
        if unused or self.rng.random() < 0.5:  # every parameter has a say
            extra = [f"0.1*sum(sin({name}.ravel()))" for name in parameters]
            lines.append(f"J = J + {' + '.join(extra)}")
        return Program(
            self.family,
            "\n".join(lines),
            self.draws,
            frozenset(self.inputs),
            self.labels,
            self.dtype,
        )


def elementwise(w: Writer) -> str:
    """Elementwise graphs in which nodes are used again."""
    n = w.whole(1, 5)
    w.leaf((n,))
    w.leaf((w.whole(1, 5),))
    for _ in range(w.whole(1, 4)):
        w.line(w.expression(n), (n,))
    return f"sum({w.expression(n)})"


def sums_and_products(w: Writer) -> str:
    """Sums of products, of different lengths, with factors and repeated terms."""
    n = w.whole(1, 6)
    for _ in range(w.whole(1, 3)):
        w.leaf((n,))
    terms = []
    for _ in range(w.whole(1, 4)):
        kind = w.whole(0, 4)
        if kind == 0:
            terms.append(f"{w.pick(*CONSTANTS)}*sum({w.vector(n)})")
        elif kind == 1:
            terms.append(f"dot({w.vector(n)}, {w.vector(n)})")
        elif kind == 2:
            terms.append(f"sum({w.vector(n)}*{w.vector(n)}*{w.vector(n)}) / {w.whole(2, 9)}")
        elif kind == 3:
            one = f"{w.vector(n)}[0]"
            terms.append(f"({' + '.join([one] * w.whole(2, 4))})")
        else:
            terms.append(f"({w.vector(n)}[0] - {w.vector(n)}[-1])**2")
    return w.pick(" + ", " - ").join(terms)


def softmax_family(w: Writer) -> str:
    """Softmax, log-softmax and logsumexp, with constants and masks among the operands."""
    n = w.whole(2, 5)
    logits = w.leaf((n,))
    if w.whole(0, 1):
        logits = w.line(f"{w.leaf((n, n))} @ {logits}", (n,))
    masked = w.pick(
        logits,
        f"{logits} + np.array({[float(-1e9 if i % 2 else 0.0) for i in range(n)]})",
        f"np.array(list({logits}[:{n - 1}]) + [{w.pick('0.5', '-1e9', '-1e30')}]*2)",
        f"np.array([*{logits}, 0.0, 0.0])",
        f"{logits} - logsumexp({logits})",
    )
    scores = w.line(masked, (n,))
    kind = w.whole(0, 4)
    if kind == 0:
        return f"-log_softmax({scores})[{w.whole(0, n - 1) if '-1e' not in masked else 0}]"
    if kind == 1:
        return f"logsumexp({scores}) - {scores}[0]"
    if kind == 2:
        return f"sum(softmax({scores})[:{n}]*{w.vector(n)})"
    if kind == 3:
        return f"logsumexp(list({scores}) + [{w.pick('0.0', '1.0', '-1e9')}, {w.pick('0.0', '1.0', '-1e9')}])"
    return f"sum(softmax(2.0*{scores})**2)"


def reads(w: Writer) -> str:
    """Matrix code with reversed, flipped, rolled, strided, transposed and repeated reads."""
    n, k = w.whole(2, 4), w.whole(2, 4)
    W = w.leaf((n, k))
    x = w.leaf((k,))
    y = w.leaf((n,))
    part = w.pick(
        W,
        W,
        f"{W}[::-1]",
        f"{W}[:, ::-1]",
        f"np.flip({W})",
        f"np.roll({W}, 1, axis=0)",
        f"np.roll({W}, 1, axis=1)",
        f"np.fliplr({W})",
        f"np.rot90({W}, 2)",
        f"{W}[{[w.whole(0, n - 1) for _ in range(n)]}]",
    )
    v = w.pick(x, f"{x}[::-1]", f"np.roll({x}, 1)", f"{x}[{[w.whole(0, k - 1) for _ in range(k)]}]")
    kind = w.whole(0, 6)
    if kind == 0:
        z = w.line(f"{part} @ {v}", (n,))
    elif kind == 1:
        z = w.line(f"{w.pick(y, f'{y}[::-1]')} @ {part}", (k,))
    elif kind == 2:
        z = w.line(f"np.array([dot(row, {v}) for row in {part}])", (n,))
    elif kind == 3:
        z = w.line(f"np.rot90({W}) @ {w.pick(y, f'{y}[::-1]')}", (k,))
    elif kind == 4:
        z = w.line(f"({part} @ {W}.T).ravel()", (n * n,))
    elif kind == 5:
        z = w.line(f"({part} * {v}).sum(axis={w.whole(0, 1)})", (k,))
        return f"sum({w.function(z)})"
    else:
        z = w.line(f"np.concatenate([{part}.ravel()[::2], np.tile({x}, 2)])", ((n * k + 1) // 2 + 2 * k,))
    if w.whole(0, 1):
        return f"sum({w.function(z)})"
    (length,) = w.shapes[z]
    return w.pick(f"sum({z}*{z}[::-1])", f"dot({z}, {w.vector(length)})", f"sum({z}**2)/{length}")


def networks(w: Writer) -> str:
    """Networks as people write them, samples as rows or as columns."""
    n, h, m = w.whole(1, 3), w.whole(1, 4), w.whole(1, 4)
    rows = w.whole(0, 1)
    W1 = w.leaf((n, h) if rows else (h, n), role="parameter")
    b1 = w.leaf((h,), role="parameter")
    W2 = w.leaf((h, 2) if rows else (2, h), role="parameter")
    X = w.leaf((m, n) if rows else (n, m), role="input")
    activation = w.pick("tanh", "sigmoid", "relu", "softplus", "silu")
    if rows:
        hidden = w.line(f"{activation}({X} @ {W1} + {b1})", (m, h))
        out = w.line(f"{hidden} @ {W2}", (m, 2))
    else:
        hidden = w.line(f"{activation}({W1} @ {X} + {b1}[:, None])", (h, m))
        out = w.line(f"({W2} @ {hidden}).T", (m, 2))
    kind = w.whole(0, 2)
    if kind == 0:
        Y = w.leaf((m, 2), role="input")
        return f"sum((({out} - {Y})**2).ravel())/{m}"
    if kind == 1:
        chosen = [w.whole(0, 1) for _ in range(m)]
        losses = f"[-log_softmax(row)[k] for row, k in zip({out}, {chosen})]"
        return f"sum({losses})/{m} + 0.05*sum({W1}.ravel()**2)"
    return f"sum(softplus(-{out}[:, 0]))/{m}"


def recurrences(w: Writer) -> str:
    """States that go through the same formula again and again."""
    n, steps = w.whole(1, 3), w.whole(2, 5)
    W = w.leaf((n, n), lambda shape: 0.5 * w.rng.normal(size=shape))
    x = w.leaf((steps, n))
    start = w.leaf((n,))
    w.lines.append(f"h = {start}")
    w.lines.append("states = []")
    step = w.pick(f"tanh({W} @ h + {x}[t])", f"{W} @ h + {x}[t]", f"0.5*h + sigmoid({x}[t]*h)")
    order = w.pick(f"range({steps})", f"reversed(range({steps}))")
    w.lines.append(f"for t in {order}:\n    h = {step}\n    states.append(h)")
    last = f"sum(np.array(states[::-1])[0]*{start})"
    return w.pick("sum(h)", "sum(h*h)", "sum([sum(s) for s in states])", last)


def kinks(w: Writer) -> str:
    """Functions with kinks; at some of them, two arguments are equal."""
    n = w.whole(1, 5)
    draw: Callable[..., Array] = lambda shape: w.rng.integers(-2, 3, size=shape) / 2.0  # noqa: E731
    w.leaf((n,), draw if w.whole(0, 2) == 0 else None)
    w.leaf((n,))
    for _ in range(w.whole(1, 3)):
        w.line(w.expression(n, 2, bent=True), (n,))
    one, two = w.vector(n), w.vector(n)
    return w.pick(
        f"sum(maximum({one}, {two}))",
        f"sum(relu({one})*step({two}))",
        f"sum(minimum({one}, {two})**2)",
        f"sum(abs({one} - {two}))",
        f"sum(relu({one} - {one} + {two}))",
    )


def near_zero(w: Writer) -> str:
    """Losses near zero: fits that have converged, with the losses people use."""
    n, m = w.whole(1, 3), w.whole(2, 5)
    W = w.leaf((1, n))
    X = w.leaf((n, m), role="input")
    y = w.leaf((m,), role="input")
    size = 10.0 ** -(w.whole(2, 8) if w.whole(0, 5) else w.whole(9, 16))
    for data in w.draws:
        data[y] = (data[W] @ data[X])[0] + size * w.rng.normal(size=m)
    e = w.line(f"({W} @ {X})[0] - {y}", (m,))
    return w.pick(
        f"sum({e}*{e})/{m}",
        f"sum({e}**2)",
        f"sum(abs({e}))/{m}",
        f"sqrt(sum({e}**2)/{m} + 1e-30)",
        f"sum(softplus(2.0*{e}) - {e} - 0.6931471805599453)/{m}",
        f"sum(log(cosh({e})))",
    )


def extremes(w: Writer) -> str:
    """Huge and tiny numbers, and sums that cancel."""
    n = w.whole(1, 4)
    scale = 10.0 ** w.whole(-150, 150)
    x = w.leaf((n,), lambda shape: scale * w.rng.normal(size=shape))
    v = w.leaf((n,))
    huge = w.pick("1e16", "1e8", "1e300", "1e-300", "1e100")
    return w.pick(
        f"sum({x}*{v})",
        f"sum(({v} + {huge}) - {huge})" if huge in ("1e16", "1e8") else f"sum({huge}*tanh({v}))",
        f"sum({x}/2.0 + {x}/2.0)",
        f"sum(tanh({x}) + atan({x}))",
        f"sum(hypot({x}, {x}[::-1]))",
        f"sum(log(1.0 + exp(-abs({v}))) * {huge})",
        f"sum(({x} / {scale!r})**2)",
        f"logsumexp({x})",
        f"sum({x}*1e-200*{v})" if scale > 1e-100 else f"sum({x}*1e200*{v})",
    )


def float32_data(w: Writer) -> str:
    """Programs that run in float32."""
    loss = networks(w)
    w.dtype = "float32"
    for data in w.draws:
        for name, array in data.items():
            data[name] = array.astype(np.float32).astype(np.float64)
    return loss


def constants(w: Writer) -> str:
    """Parts that are made of constants only, and constants in every place."""
    n = w.whole(1, 4)
    x = w.leaf((n,))
    c = [round(float(v), 3) for v in w.rng.normal(size=n)]
    same = [0.25] * n
    block = w.pick(f"np.array({c})", f"np.array({same})", "2.0", "0.0", f"tanh(np.array({c}))")
    shift = w.pick(*CONSTANTS, "-1e9", "log(2.0)")
    return w.pick(
        f"sum({x}*{block} + {shift})",
        f"sum(({block} + {x})*({shift} + {x}))",
        f"sum(tanh({x} - {block})) + {shift}",
        f"{shift} + {shift}*sum({x}) - 12345678912.0",
        f"sum({x}*0.0 + {block}*tanh({x}))",
        f"sum((0.0*{x} + {block})**2 + {x})",
        f"sum([c*v for c, v in zip({c}, {x})])",
        f"sum({x}**3 + {x}**2 + {x}**1 + {x}**0 + (1.0 + {x}**2)**0.5)",
    )


ODD = (
    *("x₁", "x²", "½", "el", "ef", "__debug__", "ﬁ", "fi", "operandA", "operandB", "np", "run", "lambda"),
    *("d", "dJ", "J", "v1", "Z1", "m", "i1", "loss", "W 1", "x.y", "∂x", "a'b", 'q"q', "日本", "add_at"),
    *("in", "None", "x y", "{}", "#", "\\x", "W1ᵀ", "dW1", "e", "math", "constants", "self", "print"),
    *("float", "1st", "-x", "a[b]", "π"),
)


def odd_labels(w: Writer) -> str:
    """Labels that are no Python names, or are the program's own."""
    loss = [elementwise, sums_and_products, reads, constants][w.whole(0, 3)](w)
    names = w.rng.permutation(np.array(ODD, dtype=object))
    w.labels = dict(zip(w.draws[0], names.tolist(), strict=False))
    return loss


def long_chains(w: Writer) -> str:
    """Many steps one after the other."""
    n = w.whole(1, 3)
    x = w.leaf((n,))
    b = w.leaf((n,))
    steps = int(10 ** w.rng.uniform(1.0, 2.3))
    step = w.pick(
        f"y + {b}", f"0.99*y + 0.01*{b}", f"y + {x}", f"sin(y) + {b}", "y*1.001", f"y - 0.1*({x} - y)"
    )
    w.lines.append(f"y = {x}")
    w.lines.append(f"for _ in range({steps}):\n    y = {step}")
    return w.pick("sum(y)", "sum(y*y)", "sum(tanh(y))")


def moments(w: Writer) -> str:
    """Means, variances, norms and cosines, which lose digits or leave a domain when reordered."""
    n = w.whole(1, 5)
    draw: Callable[..., Array] = lambda shape: np.full(shape, w.rng.normal())  # noqa: E731
    x = w.leaf((n,), draw if w.whole(0, 9) == 0 else None)
    u = w.line(f"{x}/sqrt(sum({x}*{x}) + {w.pick('0.0', '1e-12', '1.0')})", (n,))
    mean = w.line(f"sum({x})/{n}", ())
    v = w.line(f"sum(({x} - {mean})**2)/{n}", ())
    return w.pick(
        f"sqrt(sum({x}**2)/{n} - {mean}**2 + 1e-9)",
        f"acos(0.999*dot({u}, {u}))",
        f"sum(({x} - {mean})/sqrt({v} + 1e-5)*{w.vector(n)})",
        f"dot({u}, {w.vector(n)})",
        f"log({v} + 1e-8) + {mean}",
        f"sqrt({v} + 1e-12)",
    )


def counts(w: Writer) -> str:
    """The same term several times, and sums of the whole and of parts."""
    n = w.whole(1, 4)
    x = w.leaf((n,))
    y = w.leaf((n,))
    times = w.whole(2, 5)
    return w.pick(
        " + ".join([f"{x}[0]"] * times),
        " + ".join([f"sum({x})"] * times),
        f"sum(list({x})*{times})",
        f"dot(list({x})*{times}, list({y})*{times})",
        f"sum({x}) + {x}[0] + {x}[-1] - sum({x}[::2])",
        f"sum([{x}[i]*{y}[j] for i in range({n}) for j in range({n})])",
        f"sum([tanh({x}[i])*{x}[j] for i in range({n}) for j in range(i + 1)])",
    )


FAMILIES: tuple[Callable[[Writer], str], ...] = (
    elementwise,
    sums_and_products,
    softmax_family,
    reads,
    networks,
    recurrences,
    kinks,
    near_zero,
    extremes,
    float32_data,
    constants,
    odd_labels,
    long_chains,
    moments,
    counts,
)


def program(seed: int, number: int) -> Program:
    """The program of this number in the sequence of a seed."""
    rng = np.random.default_rng([seed, number])
    family = FAMILIES[number % len(FAMILIES)]
    writer = Writer(family.__name__, rng)
    return writer.done(family(writer))
