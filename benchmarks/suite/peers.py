"""What other tools make of the scalar code of a program: its graph, replayed in theirs, differentiated.

CasADi's SX is a graph of scalars, and what runs is one instruction for each node of it and of its
derivative. A jaxpr has one equation for each operation of a trace. Neither looks for matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autodiff import Value, topological_order
from autodiff.engine.namespaces import Namespace
from autodiff.engine.ops import OPS

__all__ = ["PEERS", "casadi_instructions", "jax_equations", "replayed"]


class _Functions(Namespace):
    """The functions of another library, by our names."""

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        vars(self).update(functions)


def replayed(loss: Value, leaves: Mapping[int, Any], m: Namespace) -> Any:
    """The loss in other operands than floats: its graph, operation by operation.

    Args:
        leaves: what stands for a leaf, by its ``id``; other leaves stay numbers.
    """
    found: dict[int, Any] = {}
    for node in topological_order(loss):
        if not node.op:
            found[id(node)] = leaves.get(id(node), node.data)
        else:
            operands = (found[id(operand)] for operand in node.operands)
            found[id(node)] = OPS[node.op].forward(m, *operands)
    return found[id(loss)]


def casadi_instructions(loss: Value, params: Sequence[Value], inputs: Sequence[Value]) -> int:
    """Instructions of CasADi's function for the loss and its gradient.

    Raises:
        ImportError: where CasADi is not installed.
    """
    import casadi

    ca: Any = casadi
    names = ("exp", "expm1", "log", "log1p", "log10", "sqrt", "sin", "cos", "tan", "tanh", "erf", "sign")
    m = _Functions(
        {name: getattr(ca, name) for name in names}
        | {
            "pow": ca.power,
            "hypot": ca.hypot,
            "abs": ca.fabs,
            "maximum": ca.fmax,
            "minimum": ca.fmin,
            "erfc": lambda x: 1.0 - ca.erf(x),
            "step": lambda x: x > 0.0,
            "choose": lambda c, a, b: ca.if_else(c > 0.0, a, b),
        }
    )
    symbols = {id(leaf): ca.SX.sym("x") for leaf in (*params, *inputs)}
    value = replayed(loss, symbols, m)
    by = ca.vertcat(*(symbols[id(leaf)] for leaf in params))
    function = ca.Function("step", [ca.vertcat(*symbols.values())], [value, ca.gradient(value, by)])
    return int(function.n_instructions())


def jax_equations(loss: Value, params: Sequence[Value], inputs: Sequence[Value]) -> int:
    """Equations of the jaxpr of the loss and its gradient, those of calls in it among them.

    Raises:
        ImportError: where JAX is not installed.
    """
    import jax
    import jax.numpy as jnp

    names = ("exp", "expm1", "log", "log1p", "log10", "sqrt", "sin", "cos", "tan", "tanh", "abs", "sign")
    m = _Functions(
        {name: getattr(jnp, name) for name in names}
        | {
            "pow": jnp.power,
            "hypot": jnp.hypot,
            "erf": jax.lax.erf,
            "erfc": jax.lax.erfc,
            "maximum": jnp.maximum,
            "minimum": jnp.minimum,
            "step": lambda x: jnp.where(x > 0.0, 1.0, 0.0),
            "choose": lambda c, a, b: jnp.where(c > 0.0, a, b),
        }
    )

    def run(first: list[Any], others: list[Any]) -> Any:
        leaves = zip((*params, *inputs), (*first, *others))
        return replayed(loss, {id(leaf): number for leaf, number in leaves}, m)

    numbers = [leaf.data for leaf in params], [leaf.data for leaf in inputs]
    made: Any = jax.make_jaxpr(jax.value_and_grad(run))(*numbers)
    return _equations(made.jaxpr)


def _equations(jaxpr: Any) -> int:
    """Equations, calls counted as what they call."""
    inner = (getattr(each.params.get("jaxpr"), "jaxpr", None) for each in jaxpr.eqns)
    return sum(1 if each is None else _equations(each) for each in inner)


PEERS: dict[str, Callable[[Value, Sequence[Value], Sequence[Value]], int]] = {
    "CasADi": casadi_instructions,
    "JAX": jax_equations,
}
