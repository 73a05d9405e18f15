"""Networks of 1 to 4 layers with their backward pass, drawn at random as source, in many conventions.

Rows or columns are samples; losses are sums, means or halves, with a penalty or without; 1/m stands in dZ or
in the gradients; these are a dict, a tuple or a list, of one function or of two. An edit is another text for
one line of the backward pass, and what the judge may call it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Drawn", "Edit", "drawn", "functions_of"]

SLOPES = {
    "tanh": ("np.tanh({z})", "(1 - {a}**2)"),
    "sigmoid": ("1 / (1 + np.exp(-{z}))", "({a} * (1 - {a}))"),
    "relu": ("np.maximum(0, {z})", "({z} > 0)"),
}


@dataclass(frozen=True)
class Edit:
    """A mistake: another right-hand side for a line, and patterns of the names that it may get."""

    line: str
    text: str
    names: tuple[str, ...]


@dataclass
class Drawn:
    """A network.

    Attributes:
        source: of a function ``f``, or of ``loss`` and ``gradients``.
        arguments: of it.
        edits: that could be made of it.
    """

    source: Callable[[Edit | None], str]
    arguments: dict[str, Any]
    edits: list[Edit] = field(default_factory=list)
    what: str = ""


def drawn(rng: np.random.Generator) -> Drawn:
    """A network at random."""
    return _Network(rng).drawn()


def functions_of(source: str) -> list[Callable[..., Any]]:
    """What the source defines for the judge."""
    names: dict[str, Any] = {"np": np}
    exec(source, names)
    return [names["f"]] if "f" in names else [names["loss"], names["gradients"]]


class _Network:
    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.depth = L = int(rng.integers(1, 5))
        self.rows = bool(rng.random() < 0.5)
        self.m = m = int(rng.integers(4, 8))
        kind = self.pick("squares", "binary", "classes", "labels")
        last = {"squares": int(rng.integers(1, 4)), "binary": 1}.get(kind, int(rng.integers(3, 5)))
        width = int(rng.integers(2, 5))
        same = rng.random() < 0.4
        hidden = [width if same else int(rng.integers(2, 6)) for _ in range(L - 1)]
        self.sizes = [width if same and rng.random() < 0.5 else int(rng.integers(2, 5)), *hidden, last]
        self.acts = [self.pick(*SLOPES) for _ in range(L - 1)]
        self.kind = kind
        self.output = {"squares": self.pick("", "", "tanh", "sigmoid"), "binary": "sigmoid"}.get(
            kind, "softmax"
        )
        self.reduction = self.pick("mean", "mean", "sum", "half")
        self.scale = {"mean": f" / {m if rng.random() < 0.3 else 'm'}", "sum": "", "half": " / (2 * m)"}[
            self.reduction
        ]
        if kind != "squares" and self.reduction == "half":
            self.reduction, self.scale = "mean", " / m"
        self.reg = self.pick("", "", "", "reg * {}", "0.5 * reg * {}", "reg / m * {}")
        self.late = bool(rng.random() < 0.5)
        self.bias = bool(rng.random() < 0.85)
        self.flat_bias = self.rows and bool(rng.random() < 0.7)
        self.form = self.pick("dict", "dict", "plain", "tuple", "list")
        self.two = bool(rng.random() < 0.4)

    def pick(self, *choices: Any) -> Any:
        return choices[int(self.rng.integers(len(choices)))]

    # Arguments.

    def arguments(self) -> dict[str, Any]:
        rng, found = self.rng, {}
        for l, (a, b) in enumerate(zip(self.sizes, self.sizes[1:]), 1):
            found[f"W{l}"] = rng.normal(scale=0.8, size=(a, b) if self.rows else (b, a))
            if self.bias:
                shape = (b,) if self.flat_bias else (1, b) if self.rows else (b, 1)
                found[f"b{l}"] = rng.normal(scale=0.5, size=shape)
        shape = (self.m, self.sizes[0])
        X = rng.normal(size=shape)
        K = self.sizes[-1]
        Y: Any
        if self.kind == "squares":
            Y = rng.normal(scale=0.7, size=(self.m, K))
        elif self.kind == "binary":
            Y = np.arange(self.m)[:, None] % 2 * 1.0
        else:
            labels = np.array([*range(K), *rng.integers(K, size=self.m)])[: self.m]
            Y = labels if self.kind == "labels" else np.eye(K)[labels]
        found["X"], found["Y"] = (X, Y) if self.rows or Y.ndim == 1 else (X.T, Y.T)
        found["X"] = X if self.rows else X.T
        if self.reg:
            found["reg"] = float(rng.uniform(0.05, 0.5))
        return found

    # Lines.

    def forward(self) -> list[str]:
        lines = [f"m = X.shape[{0 if self.rows else 1}]", "A0 = X"]
        for l in range(1, self.depth + 1):
            product = f"A{l - 1} @ W{l}" if self.rows else f"W{l} @ A{l - 1}"
            lines.append(f"Z{l} = {product}{f' + b{l}' if self.bias else ''}")
            act = self.acts[l - 1] if l < self.depth else self.output
            if act in SLOPES:
                lines.append(f"A{l} = {SLOPES[act][0].format(z=f'Z{l}')}")
            elif act == "softmax":
                axis = 1 if self.rows else 0
                lines.append(f"E = np.exp(Z{l} - Z{l}.max(axis={axis}, keepdims=True))")
                lines.append(f"A{l} = E / E.sum(axis={axis}, keepdims=True)")
            else:
                lines.append(f"A{l} = Z{l}")
        A = f"A{self.depth}"
        total = {
            "squares": f"np.sum(({A} - Y)**2)",
            "binary": f"-np.sum(Y * np.log({A}) + (1 - Y) * np.log(1 - {A}))",
            "classes": f"-np.sum(Y * np.log({A}))",
            "labels": f"-np.sum(np.log({A}[{'np.arange(m), Y' if self.rows else 'Y, np.arange(m)'}]))",
        }[self.kind]
        penalty = ""
        if self.reg:
            squares = " + ".join(f"np.sum(W{l}**2)" for l in range(1, self.depth + 1))
            penalty = f" + {self.reg.format(f'({squares})')}"
        return [*lines, f"J = {total}{self.scale}{penalty}"]

    def backward(self) -> list[tuple[str, str]]:
        """Targets and right-hand sides."""
        L, late = self.depth, self.scale if self.late else ""
        lines: list[tuple[str, str]] = []
        A = f"A{L}"
        if self.kind == "squares":
            lines.append((f"dA{L}", f"2 * ({A} - Y){'' if self.late else self.scale}"))
            slope = SLOPES[self.output][1].format(z=f"Z{L}", a=A) if self.output else ""
            lines.append((f"dZ{L}", f"dA{L}{f' * {slope}' if slope else ''}"))
        else:
            target = "Y"
            if self.kind == "labels":
                target = f"np.eye({self.sizes[-1]})[Y]" + ("" if self.rows else ".T")
            lines.append((f"dZ{L}", f"({A} - {target}){'' if self.late else self.scale}"))
        for l in range(L, 0, -1):
            product = f"A{l - 1}.T @ dZ{l}" if self.rows else f"dZ{l} @ A{l - 1}.T"
            factor = {"reg * {}": "2 * reg", "0.5 * reg * {}": "reg", "reg / m * {}": "2 * reg / m"}.get(
                self.reg
            )
            lines.append((f"dW{l}", f"{product}{late}{f' + {factor} * W{l}' if factor else ''}"))
            if self.bias:
                keep = "" if self.flat_bias else ", keepdims=True"
                lines.append((f"db{l}", f"dZ{l}.sum(axis={0 if self.rows else 1}{keep}){late}"))
            if l > 1:
                lines.append((f"dA{l - 1}", f"dZ{l} @ W{l}.T" if self.rows else f"W{l}.T @ dZ{l}"))
                slope = SLOPES[self.acts[l - 2]][1].format(z=f"Z{l - 1}", a=f"A{l - 1}")
                lines.append((f"dZ{l - 1}", f"dA{l - 1} * {slope}"))
        return lines

    def returned(self) -> str:
        names = [
            each for l in range(1, self.depth + 1) for each in (f"W{l}", *([f"b{l}"] if self.bias else []))
        ]
        if self.form in ("dict", "plain"):
            mark = "d" if self.form == "dict" else ""
            return "{" + ", ".join(f"'{mark}{name}': d{name}" for name in names) + "}"
        listed = ", ".join(f"d{name}" for name in names)
        return f"[{listed}]" if self.form == "list" else f"({listed},)"

    def source(self, edit: Edit | None) -> str:
        arguments = ", ".join([*self._names()])
        backward = [
            f"{target} = {edit.text if edit is not None and edit.line == target else text}"
            for target, text in self.backward()
        ]
        forward = self.forward()

        def function(name: str, lines: list[str]) -> str:
            return f"def {name}({arguments}):\n" + "".join(f"    {line}\n" for line in lines)

        if self.two:
            gradients = function("gradients", [*forward[:-1], *backward, f"return {self.returned()}"])
            return function("loss", [*forward, "return J"]) + "\n\n" + gradients
        return function("f", [*forward, *backward, f"return J, {self.returned()}"])

    def _names(self) -> Iterator[str]:
        for l in range(1, self.depth + 1):
            yield f"W{l}"
            if self.bias:
                yield f"b{l}"
        yield from ("X", "Y")
        if self.reg:
            yield "reg"

    # Edits.

    def edits(self) -> Iterator[Edit]:
        right = dict(self.backward())
        L, late = self.depth, self.scale if self.late else ""
        for line, text in right.items():
            core, penalty = text.partition(" + 2 * reg")[::2] if "reg" in text else (text, "")
            if "reg" not in text:
                for scale, names in (
                    ("2 * ", ("twice", "2 times")),
                    ("0.5 * ", ("half",)),
                    ("-", ("sign", " - ")),
                ):
                    yield Edit(line, f"{scale}({text})", names)
            if line.startswith("dW") and not penalty and "reg" not in text and line[2:].isdigit():
                yield from self._of_weights(int(line[2:]), core, late)
            if line.startswith("db"):
                yield from self._of_biases(int(line[2:]), text, late)
            if line.startswith("dA") and int(line[2:]) < L:
                yield from self._onward(int(line[2:]), text)
            if line.startswith("dZ") and int(line[2:]) < L:
                yield from self._of_slopes(int(line[2:]), self.acts[int(line[2:]) - 1])
            if "reg" in text:
                yield from self._of_penalties(int(line[2:]), text)
        yield from self._of_the_loss(right)

    def _of_weights(self, l: int, text: str, late: str) -> Iterator[Edit]:
        product = "A{}.T @ {}{}" if self.rows else "{1}{2} @ A{0}.T"
        a, b = self.sizes[l - 1], self.sizes[l]
        if late:
            yield Edit(f"dW{l}", text.removesuffix(late), ("missing", "too large", "twice"))
        if l >= 2:
            z = product.replace("A{", "Z{").format(l - 1, "dZ", l)
            yield Edit(f"dW{l}", z + late, (f"Z{l - 1} for A{l - 1}", "A0", "Z"))
        if l < self.depth:
            yield Edit(f"dW{l}", product.format(l - 1, "dA", l) + late, (f"dA{l} for dZ{l}", "missing"))
        if a == b:
            yield Edit(f"dW{l}", f"({text}).T", ("transposed",))
            yield Edit(f"dW{l}", product.format(l, "dZ", l) + late, (f"A{l} for ", f"A{l}", "Z", "E"))
        last = "A{0}[-1:].T @ dZ{1}[-1:]" if self.rows else "dZ{1}[:, -1:] @ A{0}[:, -1:].T"
        yield Edit(f"dW{l}", last.format(l - 1, l) + late, ("last", r"= for \+="))

    def _of_biases(self, l: int, text: str, late: str) -> Iterator[Edit]:
        if late:
            yield Edit(f"db{l}", text.removesuffix(late), ("missing", "too large", "twice"))
        yield Edit(f"db{l}", text.replace(".sum(", ".mean("), ("1/m twice", "too small", "half"))
        if l < self.depth:
            yield Edit(f"db{l}", text.replace(f"dZ{l}", f"dA{l}"), (f"dA{l} for dZ{l}", "missing"))
        if self.sizes[l] > 1:
            yield Edit(f"db{l}", f"np.sum(dZ{l}){late} + 0 * b{l}", ("sum over all",))
        yield Edit(f"db{l}", f"0 * b{l}", ("zero",))

    def _onward(self, l: int, text: str) -> Iterator[Edit]:
        a, b = self.sizes[l], self.sizes[l + 1]
        if a == b:
            yield Edit(f"dA{l}", text.replace(".T", ""), ("transposed",))
            yield Edit(f"dA{l}", f"dZ{l + 1}", (f"W{l + 1} missing", f"dZ{l + 1} for dA{l}", "for dA"))
        if l + 1 < self.depth:
            yield Edit(f"dA{l}", text.replace("dZ", "dA"), (f"dA{l + 1} for dZ{l + 1}", "missing"))
        for k in range(1, self.depth + 1):
            if k != l + 1 and self.sizes[k - 1 : k + 1] == [a, b]:
                yield Edit(f"dA{l}", text.replace(f"W{l + 1}", f"W{k}"), (f"W{k} for W{l + 1}",))

    def _of_slopes(self, l: int, act: str) -> Iterator[Edit]:
        dA, A, Z = f"dA{l}", f"A{l}", f"Z{l}"
        yield Edit(f"dZ{l}", dA, (f"{act}′ missing", "1 for"))
        yield Edit(f"dZ{l}", f"{dA} * {A}", (f"{act} for {act}′", f"{A} for"))
        if act != "relu":
            value, slope = SLOPES[act]
            at = f"({value.format(z=A)})"
            yield Edit(f"dZ{l}", f"{dA} * {slope.format(a=at, z=A)}", (f"{act}′ at {A}",))
            yield Edit(f"dZ{l}", f"{dA} * {slope.format(a=Z, z=Z)}", (f"{Z} for {A}", "′"))
            other = "tanh" if act == "sigmoid" else "sigmoid"
            yield Edit(f"dZ{l}", f"{dA} * {SLOPES[other][1].format(a=A, z=Z)}", (f"{other}′ for {act}′",))
            yield Edit(f"dZ{l}", f"{dA} * ({Z} > 0)", (f"relu′ for {act}′",))
        else:
            yield Edit(f"dZ{l}", f"{dA} * ({dA} > 0)", ("of the gradient",))
            yield Edit(f"dZ{l}", f"{dA} * ({Z} <= 0)", ("1 - relu′",))
        yield Edit(f"dZ{l}", f"{SLOPES[act][1].format(a=A, z=Z)} * 1.0", ("alone",))

    def _of_penalties(self, l: int, text: str) -> Iterator[Edit]:
        core, factor = text.rsplit(" + ", 1)
        yield Edit(f"dW{l}", core, ("forgotten", "missing"))
        yield Edit(f"dW{l}", f"{core} + 2 * {factor}", ("twice", "too much"))
        yield Edit(f"dW{l}", f"{core} - {factor}", ("sign", "missing"))

    def _of_the_loss(self, right: dict[str, str]) -> Iterator[Edit]:
        L, early = self.depth, "" if self.late else self.scale
        A, dZ = f"A{L}", f"dZ{self.depth}"
        if self.kind == "binary":
            yield Edit(dZ, f"({A} - Y) * {A} * (1 - {A}){early}", ("sigmoid′ too much",))
            yield Edit(dZ, f"-(Y / {A} - (1 - Y) / (1 - {A})){early}", ("sigmoid′ missing",))
            yield Edit(dZ, f"-(Y / {A}) * {A} * (1 - {A}){early}", ("half of the loss", "for"))
        elif self.kind in ("classes", "labels"):
            target = right[dZ].partition(" - ")[2].partition(")" if self.kind == "classes" else "])")[0]
            target = (
                "Y"
                if self.kind == "classes"
                else f"np.eye({self.sizes[-1]})[Y]" + ("" if self.rows else ".T")
            )
            yield Edit(dZ, f"{A}{early}", (" for ",))
            yield Edit(dZ, f"-({target}) / {A} * {A} * (1 - {A}){early}", ("diagonal",))
            yield Edit(dZ, f"({A} - {target}) * {A} * (1 - {A}){early}", ("softmax′ too much",))
        elif self.output:
            yield Edit(dZ, f"dA{L}", (f"{self.output}′ missing",))

    def drawn(self) -> Drawn:
        made = Drawn(self.source, self.arguments(), what=f"{self.kind}, {self.depth} layers")
        made.edits = [*self.edits()]
        return made
