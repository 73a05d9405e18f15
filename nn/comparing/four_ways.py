"""``compare``: backpropagation four ways, element by element.

The scalar graph applies the chain rule node by node, the matrix formulas do the same a layer
at a time, ``lift`` finds formulas in the scalar graph, and finite differences know no rule at
all. All quantities are compared: Z, A, J, then dA, dZ, dW, db of every layer, in the order in
which they are computed, so the first one that differs is where the mistake is.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

import autodiff
from autodiff.arrays import leaves
from autodiff.labels import Place, element
from nn.comparing.comparison import Comparison, Row
from nn.comparing.differences import differences
from nn.diagnosing.diagnosis import Diagnosis, JudgedPass, diagnose, diagnose_rule, label
from nn.diagnosing.submitted_pass import Backward, named, run_backward, run_rules
from nn.losses import Loss
from nn.losses.regularised import RegularisedLoss
from nn.model.matrix import Cache, Gradients, MatrixMLP, through
from nn.model.mlp import MLP, Trace
from nn.model.module import Array, read
from nn.model.samples import as_batch

__all__ = ["compare"]


def compare(
    model: MLP,
    X: npt.ArrayLike,
    Y: npt.ArrayLike,
    loss: str | Loss = "mse",
    backward: Backward | None = None,
    l2: float = 0.0,
    *,
    dZ: Callable[..., Any] | None = None,
    dW: Callable[..., Any] | None = None,
    db: Callable[..., Any] | None = None,
    dA: Callable[..., Any] | None = None,
) -> Comparison:
    """Differentiate the mean loss of a batch by scalars, by matrices, by the program lifted from
    the scalars, and by finite differences; and judge a backward pass of your own, if you give one.

    Where your own numbers are wrong, ``comparison.diagnoses`` says which quantity is first wrong,
    and which mistake reproduces its numbers, if one is known that does.

    Args:
        model: is not changed, nor are its gradients.
        X: inputs of shape (n, m), columns are samples.
        Y: targets of shape (K, m); of shape (m,) for one output, or for class indices.
        loss: a name from ``nn.losses``.
        backward: a matrix backward pass of your own, to be compared too, in a column "yours":
            ``backward(twin, cache, dA)`` returns ``Gradients``, of which any part may be empty, or
            a dict such as ``{"dW1": array}``. ``cache.A[0]`` is X, and dA is ∂J/∂A of the last
            layer, 1/m included.
        l2: λ of a penalty λ/2·ΣW² in J.
        dZ, dW, db, dA: single rules of your own instead of a whole pass, each of which is given the
            right numbers of a layer: ``dZ(dA, Z, A, g)``, of which later arguments may be left out,
            ``dW(dZ, A_before)``, ``db(dZ)``, ``dA(W, dZ)``, for the layer before.

    Raises:
        TypeError, ValueError: for names, shapes or targets that do not fit; and ValueError if code
            of your own raises anything.

    >>> bool(compare(MLP(2, [3, 1]), X=[[0.5, 1.0], [-1.0, 2.0]], Y=[1.0, 0.0]))
    True
    """
    rules = {name: rule for name, rule in (("dZ", dZ), ("dW", dW), ("db", db), ("dA", dA)) if rule}
    if backward and rules:
        raise ValueError("give a whole backward pass or single rules, not both")
    objective = RegularisedLoss.of(loss, l2)
    inputs = as_batch(X, model.sizes[0])
    targets = objective.loss.targets(Y, model.sizes[-1], inputs.shape[1])
    twin = MatrixMLP.from_scalar(model)
    cache = twin.forward(inputs)
    A = cache.A[twin.L]
    start = objective.loss.dA(A, targets)
    scalar, program = by_scalars(model, inputs, targets, objective)
    matrix = named(cache, twin.backward(cache, start, l2))
    matrix["J"] = np.array(objective.J(twin.W.values(), A, targets))
    columns = {"scalar": scalar, "matrix": matrix, "lifted": by_program(program, inputs, targets)}
    case = JudgedPass(twin, cache, start, l2, formulas(twin, l2), matrix)
    by_rule: dict[str, dict[int, Array]] = {}
    if backward:
        columns["yours"] = run_backward(backward, twin, cache, start, case.formulas)
    elif rules:
        by_rule = run_rules(rules, twin, cache, matrix)
        columns["yours"] = {label(name, l): each for name, by in by_rule.items() for l, each in by.items()}
    rows = _rows(case, columns, targets, objective)
    penalty = f", l2={l2:g}" if l2 else ""
    title = f"{model}, {objective.loss.name}{penalty}, {inputs.shape[1]} samples"
    return Comparison(title, rows, program, _diagnoses(case, rows, by_rule))


def _rows(
    case: JudgedPass, columns: dict[str, dict[str, Array]], Y: Array, objective: RegularisedLoss
) -> list[Row]:
    slopes = differences(case.twin, case.cache, Y, objective)
    sizes = magnitudes(case.twin, case.cache, Y, objective)
    # Textbook forms of g', such as 1 - a², round relative to 1, however small they are.
    forms = magnitudes(case.twin, case.cache, Y, objective, 1.0) if "yours" in columns else sizes
    noise = 1e-9 * sizes["J"]  # what rounding J does to its differences
    rows = []
    for name, formula in case.formulas.items():
        values = {column: arrays[name] for column, arrays in columns.items() if name in arrays}
        rows.append(Row(name, formula, sizes[name], values, slopes.get(name), noise, forms[name]))
    return rows


def _diagnoses(case: JudgedPass, rows: list[Row], by_rule: dict[str, dict[int, Array]]) -> list[Diagnosis]:
    """Why your own numbers are wrong: of a whole pass the first one, of rules the first of each."""
    yours = {row.quantity: row.values["yours"] for row in rows if "yours" in row.values}
    wrong = {row.quantity for row in rows if "yours" in row.values and not row.difference("yours").agrees}
    if not by_rule:
        return [diagnose(case, yours, wrong)] if wrong else []
    found = []
    for quantity, by_layer in by_rule.items():
        layers = [l for l in by_layer if label(quantity, l) in wrong]
        if layers:
            found.append(diagnose_rule(case, quantity, by_layer, layers))
    return found


def by_scalars(
    model: MLP, X: Array, Y: Array, objective: RegularisedLoss
) -> tuple[dict[str, Array], autodiff.Program]:
    """Every quantity, read off the nodes of the scalar graph, and the program lifted from it."""
    model = copy.deepcopy(model)  # whose gradients are nobody else's
    model.zero_grad()
    inputs = {"X": leaves("X", X), "Y": leaves("Y", Y)}
    traces = [model.trace(x) for x in inputs["X"].T.tolist()]
    outputs = [trace.A[len(trace.Z)] for trace in traces]
    J = objective.node(model, outputs, inputs["Y"].T.tolist())
    J.backward()
    cache, grads = Cache(Z={}, A={}), Gradients(dZ={}, dW={}, db={}, dA={})
    for quantities, gradients, kind in ((cache.Z, grads.dZ, "Z"), (cache.A, grads.dA, "A")):
        for l in getattr(traces[0], kind):
            nodes = np.array([getattr(trace, kind)[l] for trace in traces], dtype=object).T
            quantities[l], gradients[l] = read(nodes, "data"), read(nodes, "grad")
    for l, layer in enumerate(model.layers, start=1):
        grads.dW[l] = np.array([[w.grad for w in neuron.w] for neuron in layer.neurons])
        grads.db[l] = np.array([[neuron.b.grad] for neuron in layer.neurons])
    names = _labelled(traces)
    program = autodiff.lift(J, inputs, params=model, keep=[*names, *(f"d{name}" for name in names)])
    return {**named(cache, grads), "J": np.array(J.data)}, program


def _labelled(traces: Sequence[Trace]) -> list[str]:
    """Label the nodes of all samples ``Z1[0,2]`` and ``A1[0,2]``, and give the names of their arrays."""
    for k, trace in enumerate(traces):
        for l in trace.Z:
            for letter, values in (("A", trace.A[l]), ("Z", trace.Z[l])):  # a linear a is z itself
                for i, node in enumerate(values):
                    node.label = element(f"{letter}{l}", (i, k))
    nodes = (node for by in (traces[0].Z, traces[0].A) for l in traces[0].Z for node in by[l])
    return list(dict.fromkeys(Place.of(node.label).array for node in nodes))


def by_program(program: autodiff.Program, X: Array, Y: Array) -> dict[str, Array]:
    """The loss, what lies between and the gradients of the parameters, by the lifted program."""
    result = program(X=X, Y=Y)
    found = {"J": np.array(result.loss), **result.values}
    for name, grad in result.grads.items():
        found[f"d{name}"] = grad[:, None] if name[0] == "b" else grad
    for name in [name for name in found if name.startswith(("Z", "dZ"))]:
        found.setdefault(name.replace("Z", "A"), found[name])  # where Z is A itself
    return found


def formulas(twin: MatrixMLP, l2: float = 0.0) -> dict[str, str]:
    """Every quantity with its formula, in the order in which they are computed."""
    L, found = twin.L, {}

    def A(l: int) -> str:
        return f"A{l}" if l else "X"

    def dZ(l: int) -> str:
        if not twin.g[l].elementwise:
            return f"Jᵀ·dA{l} of {twin.g[l].name}"
        return f"dA{l} ⊙ {twin.g[l].name}′(Z{l})" if twin.g[l].op else f"dA{l}"

    for l in range(1, L + 1):
        found[f"Z{l}"] = f"W{l}·{A(l - 1)} + b{l}"
        found[f"A{l}"] = f"{twin.g[l].name}(Z{l})" if dZ(l) != f"dA{l}" else f"Z{l}"
    found["J"] = "mean loss + λ/2·ΣW²" if l2 else "mean loss"
    for l in range(L, 0, -1):
        found[f"dA{l}"] = f"W{l + 1}ᵀ·dZ{l + 1}" if l < L else f"∂J/∂A{l}"
        found[f"dZ{l}"] = dZ(l)
        found[f"dW{l}"] = f"dZ{l}·{A(l - 1)}ᵀ" + (f" + λ·W{l}" if l2 else "")
        found[f"db{l}"] = f"row sums of dZ{l}"
    found["dX"] = "W1ᵀ·dZ1"
    return found


def magnitudes(
    twin: MatrixMLP, cache: Cache, Y: Array, objective: RegularisedLoss, added: float = 0.0
) -> dict[str, float]:
    """How large the numbers are that each quantity is added up from, at most; ``added`` to each g'.

    These are the formulas of ``MatrixMLP`` with every number's absolute value, so nothing
    cancels. Rounding errors are proportional to them, even where the result itself is tiny.

    Source: running error analysis, Higham, Accuracy and Stability of Numerical Algorithms
    (2002), section 3.3.
    """
    W, g, L, m = twin.W, twin.g, twin.L, Y.shape[1]
    slope = {l: g[l].magnitude(cache.Z[l], cache.A[l]) + added for l in W}

    def times(l: int, Q: Array) -> Array:
        """Q times the slope, on the way back; forward it is the same, as a Jacobian's size is symmetric."""
        return Q * slope[l] if g[l].elementwise else through(slope[l], Q)

    size = Cache(Z={}, A={0: np.abs(cache.A[0])})
    for l in range(1, L + 1):
        size.Z[l] = np.abs(W[l]) @ size.A[l - 1] + np.abs(twin.b[l])
        size.A[l] = np.abs(cache.A[l]) + times(l, size.Z[l])
    J, dA = objective.loss.magnitude(cache.A[L], Y, size.A[L])
    grads = Gradients(dZ={}, dW={}, db={}, dA={L: dA / m})
    for l in range(L, 0, -1):
        grads.dZ[l] = times(l, grads.dA[l])
        grads.dW[l] = grads.dZ[l] @ size.A[l - 1].T + objective.l2 * np.abs(W[l])
        grads.db[l] = grads.dZ[l].sum(axis=1, keepdims=True)
        grads.dA[l - 1] = np.abs(W[l]).T @ grads.dZ[l]
        J += objective.penalty(W[l])
    return {"J": J, **{name: float(np.max(array)) for name, array in named(size, grads).items()}}
