"""Programs carried to other libraries: a function of JAX, a module of PyTorch, made of a source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autodiff.engine.errors import did_you_mean
from autodiff.extras import installed

__all__ = ["carrier_to"]

NO_GRADIENT = "the program has gradients of its parameters only; lift with this input among the params"

Shape = tuple[int | str, ...]
Carrier = Callable[[str, Mapping[str, Shape], Mapping[str, Any], Sequence[str]], Any]


def carrier_to(target: str) -> Carrier:
    """What makes the function or module of a source, the shapes of all arrays, the parameters, and the names
    of inputs that are to be one-hot.

    Raises:
        ValueError: if the target is neither ``"jax"`` nor ``"torch"``.
    """
    carriers: dict[str, Carrier] = {"jax": _jax_function, "torch": _torch_module}
    if target not in carriers:
        raise ValueError(
            f"to() takes 'jax' or 'torch', got {target!r}; the source for other targets is source(target)"
        )
    return carriers[target]


def _jax_function(
    source: str, shapes: Mapping[str, Shape], params: Mapping[str, Any], one_hot: Sequence[str]
) -> Callable[[Mapping[str, Any], Mapping[str, Any]], tuple[Any, dict[str, Any]]]:
    jax, jnp = (installed(module, "jax", "to('jax')") for module in ("jax", "jax.numpy"))
    mine = [*params]
    run = _differentiated_by_jax(jax, _run(source), [name in params for name in shapes], mine)
    theirs = [name for name in shapes if name not in params]

    def loss_and_grads(
        params: Mapping[str, Any], inputs: Mapping[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """The loss and its gradients by name, of parameters and inputs by name."""
        inputs = inputs or {}
        _check_names("params", params, mine)
        _check_names("inputs", inputs, theirs)
        given = {**params, **inputs}
        kind = jnp.result_type(*(params or inputs).values(), 0.0)
        arrays = {name: jnp.asarray(given[name], kind) for name in shapes}
        _check_shapes(arrays, shapes)
        loss, grads = run(*arrays.values())
        for name in one_hot:
            right = _is_one_hot(arrays[name])
            loss = jnp.where(right, loss, jnp.nan)
            grads = {key: jnp.where(right, grad, jnp.nan) for key, grad in grads.items()}
        return loss, grads

    return loss_and_grads


def _differentiated_by_jax(
    jax: Any, run: Callable[..., tuple[Any, dict[str, Any]]], is_param: Sequence[bool], names: Sequence[str]
) -> Callable[..., tuple[Any, dict[str, Any]]]:
    """``run`` with the program's own gradients as the derivative of its loss: rules of the library for the
    formulas of the loss would not know what is detached, nor the slopes where a formula has a case."""
    traced = jax.custom_jvp(run)

    def derivative(arrays: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
        zero = jax.custom_derivatives.SymbolicZero
        if any(not mine and not isinstance(t, zero) for mine, t in zip(is_param, tangents)):
            raise TypeError(NO_GRADIENT)
        steps = [
            jax.numpy.zeros(t.shape, a.dtype) if isinstance(t, zero) else t for a, t in zip(arrays, tangents)
        ]
        (loss, grads), (_, changes) = jax.jvp(run, (*arrays,), (*steps,))
        mine = [step for step, own in zip(steps, is_param) if own]
        slope = sum((grads[name] * step).sum() for name, step in zip(names, mine))
        return (loss, grads), (slope, changes)

    traced.defjvp(derivative, symbolic_zeros=True)
    differentiated: Callable[..., tuple[Any, dict[str, Any]]] = traced
    return differentiated


def _differentiated_by_torch(
    torch: Any, run: Callable[..., tuple[Any, dict[str, Any]]], names: Sequence[str]
) -> Callable[..., Any]:
    """The loss of ``run`` with the program's own gradients as its derivative, for the same reason."""

    def forward(*arrays: Any) -> Any:
        return run(*arrays)[0]

    def setup_context(ctx: Any, inputs: Sequence[Any], output: Any) -> None:
        ctx.save_for_backward(*inputs)

    def backward(ctx: Any, cotangent: Any) -> tuple[Any, ...]:
        grads = run(*ctx.saved_tensors)[1]
        if any(needed and name not in grads for name, needed in zip(names, ctx.needs_input_grad)):
            raise TypeError(NO_GRADIENT)
        return tuple(cotangent * grads[name] if name in grads else None for name in names)

    functions = {name.__name__: staticmethod(name) for name in (forward, setup_context, backward)}
    members = {**functions, "generate_vmap_rule": True}
    function: Any = type("Loss", (torch.autograd.Function,), members)
    apply: Callable[..., Any] = function.apply
    return apply


def _torch_module(
    source: str, shapes: Mapping[str, Shape], params: Mapping[str, Any], one_hot: Sequence[str]
) -> Any:
    torch = installed("torch", "torch", "to('torch')")
    run = _run(source)
    theirs = [name for name in shapes if name not in params]
    names = {name: _attribute(torch.nn.Module(), name) for name in params}

    loss_of = _differentiated_by_torch(torch, run, [*shapes])

    def arranged(self: Any, inputs: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
        """All arrays in the order of the source, and whether the inputs are one-hot that are to be."""
        _check_names("inputs", inputs, theirs)
        own = {name: getattr(self, attribute) for name, attribute in names.items()}
        like = next(iter(own.values()), torch.zeros((), dtype=torch.float64))
        given = {name: torch.as_tensor(each).to(like) for name, each in inputs.items()}
        arrays = {name: {**own, **given}[name] for name in shapes}
        _check_shapes(arrays, shapes)
        return [*arrays.values()], [_is_one_hot(arrays[name]) for name in one_hot]

    def loss_and_grads(self: Any, **inputs: Any) -> tuple[Any, dict[str, Any]]:
        """The loss and the program's gradients by name, of inputs by name."""
        arrays, conditions = arranged(self, inputs)
        grads = run(*arrays)[1]
        for right in conditions:
            grads = {key: torch.where(right, grad, torch.nan) for key, grad in grads.items()}
        return forward(self, **inputs), grads

    def forward(self: Any, **inputs: Any) -> Any:
        """The loss, of inputs by name."""
        arrays, conditions = arranged(self, inputs)
        loss = loss_of(*arrays)
        for right in conditions:
            loss = torch.where(right, loss, torch.nan)
        return loss

    methods = {"forward": forward, "loss_and_grads": loss_and_grads, "__module__": __name__}
    module = type("LiftedProgram", (torch.nn.Module,), methods)()
    for name, numbers in params.items():
        module.register_parameter(names[name], torch.nn.Parameter(torch.tensor(numbers)))
    return module


def _run(source: str) -> Callable[..., tuple[Any, dict[str, Any]]]:
    names: dict[str, Any] = {}
    exec(compile(source, "<program.source()>", "exec"), names)
    function: Callable[..., tuple[Any, dict[str, Any]]] = names["run"]
    return function


def _attribute(module: Any, name: str) -> str:
    """A parameter's name as an attribute that a module has no other use for."""
    attribute = name.replace(".", "_")
    return attribute + "_" if hasattr(module, attribute) or attribute == "loss_and_grads" else attribute


def _check_names(what: str, given: Mapping[str, Any], expected: Sequence[str]) -> None:
    for name in given:
        if name not in expected:
            hint = did_you_mean(name, expected) or f"there are {', '.join(expected) or 'none'}"
            raise TypeError(f"{what} of the program has no {name!r}; {hint}")
    missing = [name for name in expected if name not in given]
    if missing:
        raise TypeError(f"{what} lacks {', '.join(map(repr, missing))}")


def _check_shapes(arrays: Mapping[str, Any], shapes: Mapping[str, Shape]) -> None:
    """A shape that only broadcasts would give another function's numbers."""
    sizes: dict[int, str] = {}
    for name, array in arrays.items():
        shape = (*array.shape,)
        if len(shape) != len(shapes[name]) or any(
            wanted not in ("m", n) for n, wanted in zip(shape, shapes[name])
        ):
            raise ValueError(f"{name!r} has shape {shape}, expected ({', '.join(map(str, shapes[name]))})")
        if "m" in shapes[name]:
            sizes[shape[-1]] = name
    if len(sizes) > 1:
        counts = ", ".join(f"{name} has {m}" for m, name in sizes.items())
        raise ValueError(f"the inputs have different numbers of samples on their last axis: {counts}")
    if 0 in sizes:
        raise ValueError("the batch is empty; the mean loss of no samples is not defined")


def _is_one_hot(array: Any) -> Any:
    return ((array == 0) | (array == 1)).all() & (array.sum(-1) == 1).all()
