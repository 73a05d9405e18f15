"""Sources for other libraries say what the NumPy source says, as pure functions.

Arrays of ``stand_ins`` and of array-api-strict show that everywhere; JAX and PyTorch are asked where they are
installed.
"""

import json
import subprocess
import sys

import array_api_strict
import numpy as np
import pytest

from autodiff import Value, grad, leaves, lift, log_softmax
from autodiff.engine.namespaces import FLOATS
from autodiff.engine.ops import OPS
from autodiff.functions import mean
from autodiff.lifting.write.targets import TARGETS
from benchmarks.suite import PROGRAMS
from tests.autodiff.lifting.gallery import PROGRAMS as GALLERY
from tests.autodiff.lifting.stand_ins import pure, stand_ins
from tests.benchmarks.printing import agree

pytestmark = pytest.mark.long

OTHERS = [target for target in TARGETS if target != "numpy"]
every_program = pytest.mark.parametrize("case", PROGRAMS.values(), ids=PROGRAMS)
every_target = pytest.mark.parametrize("target", OTHERS)


def executed(source):
    names = {}
    exec(compile(source, "<source>", "exec"), names)
    return names["run"]


def given(program, data):
    """The arguments of a source, in its order."""
    return [data[block.name] for block in program.plan.with_role("parameter", "input")]


def outcome(program, target, data, monkeypatch):
    """Loss and gradients of its source on a stand-in, or on arrays that have the standard's functions."""
    for name, module in stand_ins().items():
        monkeypatch.setitem(sys.modules, name, module)
    make = array_api_strict.asarray if target == "array_api" else pure
    loss, grads = executed(program.source(target))(*map(make, given(program, data)))
    assert loss.shape == ()
    return np.asarray(loss), {name: np.asarray(grad) for name, grad in grads.items()}


def in_numpy(program, data):
    loss, grads = executed(program.source())(*(np.array(array) for array in given(program, data)))
    return np.asarray(loss), grads


def alike(found, expected):
    """To 1e-12, or of the largest number there is in an array."""
    loss, grads = found
    np.testing.assert_allclose(loss, expected[0], rtol=1e-12, atol=1e-12)
    assert set(grads) == set(expected[1])
    for name, wanted in expected[1].items():
        assert grads[name].shape == wanted.shape
        scale = max(1.0, np.abs(wanted).max(initial=0.0))
        np.testing.assert_allclose(grads[name], wanted, rtol=0.0, atol=1e-12 * scale, err_msg=name)


@pytest.fixture(scope="module")
def lifted():
    return {name: case.lifted(case.data(0)) for name, case in PROGRAMS.items()}


@every_target
@every_program
def test_every_program_is_the_one_by_hand(case, target, lifted, monkeypatch):
    data = case.data(1)
    found = outcome(lifted[case.name], target, data, monkeypatch)
    agree(float(found[0]), found[1], case.by_hand(**data))
    alike(found, in_numpy(lifted[case.name], data))


@pytest.mark.parametrize("make", GALLERY.values(), ids=GALLERY)
def test_every_exhibit_has_its_spelling(make, monkeypatch):
    program, draw = make(), np.random.default_rng(0)
    data = dict(program.params)
    for block in program.plan.with_role("input"):
        data[block.name] = draw.normal(size=(*block.dims, *((3,) if block.varies else ())))
    try:
        expected = in_numpy(program, data)
    except ValueError:  # a guard's
        expected = (np.nan, {name: np.full(array.shape, np.nan) for name, array in program.params.items()})
    for target in OTHERS:
        alike(outcome(program, target, data, monkeypatch), expected)


def rows():
    """Every row of the table with a point of its domain."""
    for name, op in OPS.items():
        for start in (0.3, 1.3):
            points = [[start, start + 0.2, start + 0.4], [0.7, 1.4, 2.2]][: op.arity]
            try:
                [getattr(FLOATS, name)(*each) for each in zip(*points)]
            except ValueError:
                continue
            yield pytest.param(name, points, id=name)
            break


@pytest.mark.parametrize(("name", "points"), [*rows()])
def test_every_row_has_its_spelling(name, points, monkeypatch):
    operands = [leaves(letter, numbers) for letter, numbers in zip("xz", points)]
    values = [getattr(Value, name)(*each) for each in zip(*operands)]
    program = lift(values[0] + 2.0 * values[1] + 3.0 * values[2], params=[v for row in operands for v in row])
    data = dict(program.params)
    for target in OTHERS:
        alike(outcome(program, target, data, monkeypatch), in_numpy(program, data))


NAMES = ("put", "take", "jnp", "jax", "torch", "xp", "abs", "sum", "add_at", "unlike", "einsum", "slice")


@every_target
def test_arrays_may_have_the_names_of_functions(target, monkeypatch):
    arrays = [leaves(name, [0.5 + i, 0.25]) for i, name in enumerate(NAMES)]
    total = arrays[0][0].exp()
    for array in arrays:
        total = total * 0.5 + array[0] * array[1].tanh() + abs(array[1] - 1.0)
    program = lift(total, params=[v for array in arrays for v in array])
    data = dict(program.params)
    alike(outcome(program, target, data, monkeypatch), in_numpy(program, data))


def layers(n):
    weights = [leaves(f"W{i}", np.eye(3) + 0.1 * i) for i in range(n)]
    x = leaves("x", [1.0, 2.0, 3.0])
    h = list(x)
    for W in weights:
        h = [sum((w * a for w, a in zip(row[1:], h[1:])), row[0] * h[0]).tanh() for row in W]
    return lift(h[0] + h[1] * h[2], {"x": x}, [v for W in weights for v in W.ravel()])


@every_target
def test_equal_layers_are_a_loop_that_changes_nothing_in_place(target, monkeypatch):
    program = layers(5)
    data = {**program.params, "x": np.array([0.3, -1.0, 2.0])}
    assert "for l in range(1, 6):" in program.source(target)
    alike(outcome(program, target, data, monkeypatch), in_numpy(program, data))


def branching():
    x, w = leaves("x", [2.0, 1.0]), Value(0.5, "w")
    return lift(w * x[0] if x[0] > x[1] else w * w * x[1], {"x": x}, [w])


@every_target
def test_what_python_would_have_decided_otherwise_is_nan(target, monkeypatch):
    program = branching()
    assert "would decide otherwise" in program.source(target)
    data = {"w": np.array(0.5), "x": np.array([3.0, 1.0])}
    loss, grads = outcome(program, target, data, monkeypatch)
    assert (loss, grads["w"]) == (1.5, 3.0)
    loss, grads = outcome(program, target, {**data, "x": np.array([1.0, 3.0])}, monkeypatch)
    assert np.isnan(loss) and np.isnan(grads["w"])


@every_target
def test_arrays_have_the_type_of_the_arguments(target, lifted, monkeypatch):
    for name in ("Elman network", "convolutional network", "attention of two heads"):
        data = {key: array.astype(np.float32) for key, array in PROGRAMS[name].data(1).items()}
        loss, grads = outcome(lifted[name], target, data, monkeypatch)
        assert {loss.dtype, *(grad.dtype for grad in grads.values())} == {np.dtype(np.float32)}, name


def test_an_unknown_target_is_refused():
    program = branching()
    with pytest.raises(ValueError, match="'numpy', 'jax', 'torch', 'array_api', got 'tensorflow'"):
        program.source("tensorflow")
    with pytest.raises(ValueError, match=r"'jax' or 'torch', got 'array_api'; .*source\(target\)"):
        program.to("array_api")


@pytest.mark.parametrize("target", ["jax", "torch"])
def test_a_library_that_is_missing_is_named_with_its_extra(target, monkeypatch):
    for name in ("jax", "jax.numpy", "torch"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=rf"pip install 'duograd\[{target}\]'"):
        branching().to(target)


ALONE = """
import json, pathlib, sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        assert name.partition(".")[0] not in ("autodiff", "nn", "viz", "duograd"), name
sys.meta_path.insert(0, Refuse())
run = lambda function: function
{make}
for line in pathlib.Path("programs.jsonl").read_text("utf-8").splitlines():
    source, arguments = json.loads(line)
    names = {{}}
    exec(source, names)
    print(float(run(names["run"])(*[make(array) for array in arguments])[0]))
"""
MAKE = {
    "numpy": "import numpy; make = numpy.array",
    "array_api": "import array_api_strict; make = array_api_strict.asarray",
    "jax": "import jax; jax.config.update('jax_enable_x64', True); make, run = jax.numpy.array, jax.jit",
    "torch": "import torch; make = lambda array: torch.tensor(array, dtype=torch.float64)",
}


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("target", TARGETS)
def test_sources_need_their_target_alone(target, lifted, tmp_path):
    programs = [(lifted[name], case.data(2)) for name, case in PROGRAMS.items()]
    lines = [[p.source(target), [array.tolist() for array in given(p, data)]] for p, data in programs]
    (tmp_path / "programs.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    (tmp_path / "alone.py").write_text(ALONE.format(make=MAKE[target]), encoding="utf-8")
    command = [sys.executable, "-I", "alone.py"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    losses = [float(in_numpy(p, data)[0]) for p, data in programs]
    assert [*map(float, done.stdout.split())] == pytest.approx(losses, rel=1e-12)


def separated(case, data):
    return tuple({name: data[name] for name in names} for names in (case.params, case.inputs))


@every_program
def test_jax_compiles_every_program(case, lifted, jax):
    f, data = jax.jit(lifted[case.name].to("jax")), case.data(1)
    loss, grads = f(*separated(case, data))
    alike((loss, {name: np.asarray(grad) for name, grad in grads.items()}), in_numpy(lifted[case.name], data))


@every_program
def test_pytorch_computes_and_differentiates_every_program(case, lifted, torch):
    data = case.data(1)
    params, inputs = separated(case, data)
    lifted[case.name].params.update(params)
    module = lifted[case.name].to("torch")
    loss, grads = module.loss_and_grads(**inputs)
    loss.backward()
    expected = in_numpy(lifted[case.name], data)
    alike((loss.detach(), {name: grad.detach().numpy() for name, grad in grads.items()}), expected)
    for parameter, name in zip(module.parameters(), case.params):
        grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        scale = max(1.0, np.abs(expected[1][name]).max())
        np.testing.assert_allclose(grad.numpy(), expected[1][name], rtol=0.0, atol=1e-11 * scale)


def test_jax_maps_and_differentiates_twice(lifted, jax):
    case, f = PROGRAMS["Elman network"], lifted["Elman network"].to("jax")
    params, inputs = separated(case, case.data(1))
    many = {name: np.stack([array, 2.0 * array]) for name, array in inputs.items()}
    losses, _ = jax.vmap(f, in_axes=(None, 0))(params, many)
    for i in range(2):
        one = f(params, {name: array[i] for name, array in many.items()})
        assert losses[i] == pytest.approx(float(one[0]), rel=1e-13)
    first = jax.grad(lambda p: f(p, inputs)[0])(params)
    alike((0.0, {k: np.asarray(v) for k, v in first.items()}), (0.0, f(params, inputs)[1]))
    second = jax.jacfwd(lambda p: f(p, inputs)[1])(params)["W"]["W"]
    twice = jax.jacrev(jax.grad(lambda p: f(p, inputs)[0]))(params)["W"]["W"]
    np.testing.assert_allclose(second, twice, rtol=1e-10, atol=1e-12)
    step = 1e-5 * np.eye(params["W"].size)[1].reshape(params["W"].shape)
    up, down = (np.asarray(f({**params, "W": params["W"] + s}, inputs)[1]["W"]) for s in (step, -step))
    np.testing.assert_allclose(second[..., 0, 1], (up - down) / 2e-5, rtol=1e-6, atol=1e-8)


def at_zero():
    """Every row of one operand that has a slope at 0 there, and one that is detached."""
    terms = []
    for name, op in OPS.items():
        x = Value(0.0, f"x_{name}")
        try:
            y = getattr(x, name)() if op.arity == 1 else None
            (slope,) = grad(y, [x]) if y is not None else (np.nan,)
        except ArithmeticError:
            continue
        if np.isfinite(slope):
            terms.append((x, y))
    w = Value(0.5, "w")
    weighted = [(0.5 + i % 7) * y for i, (_, y) in enumerate(terms)]
    return lift(sum(weighted, w * w.detach()), params=[w, *(x for x, _ in terms)])


def test_jax_differentiates_the_loss_as_the_program_does_where_formulas_have_cases(jax):
    program = at_zero()
    f = program.to("jax")
    found = jax.grad(lambda params: f(params)[0])(dict(program.params))
    assert len(found) > 20
    alike((0.0, {k: np.asarray(v) for k, v in found.items()}), (0.0, program().grads))


@pytest.mark.usefixtures("torch")
def test_pytorch_differentiates_the_loss_as_the_program_does_where_formulas_have_cases():
    program = at_zero()
    module = program.to("torch")
    module().backward()
    found = {name: each.grad.numpy() for name, each in zip(program.params, module.parameters())}
    alike((0.0, found), (0.0, program().grads))


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "logsigmoid", "tanh", "silu", "sech"])
def test_jax_and_pytorch_find_the_second_derivative_at_zero(name, jax, torch):
    w = Value(0.0, "w")
    y = getattr(w, name)()
    (slope,) = grad(y, [w], create_graph=True)
    (curvature,) = grad(slope, [w])
    program = lift(y, params=[w])
    f = program.to("jax")
    assert jax.grad(jax.grad(lambda w: f({"w": w})[0]))(0.0) == pytest.approx(curvature, abs=1e-14)
    module = program.to("torch")
    (slope,) = torch.autograd.grad(module(), module.w, create_graph=True)
    if slope.requires_grad:
        (found,) = torch.autograd.grad(slope, module.w)
        assert found.item() == pytest.approx(curvature, abs=1e-14)


@pytest.mark.parametrize("target", ["jax", "torch"])
def test_a_gradient_of_an_input_is_refused(target, library):
    program = layers(2)
    made = program.to(target)
    with pytest.raises(TypeError, match="gradients of its parameters only"):
        if target == "jax":
            library.grad(lambda x: made(dict(program.params), {"x": x})[0])(np.ones(3))
        else:
            made(x=library.ones(3, requires_grad=True)).backward()


def test_pytorch_trains_the_module_in_either_precision(torch):
    program = layers(3)
    module = program.to("torch")
    assert [name for name, _ in module.named_parameters()] == ["W0", "W1", "W2"]
    x = np.array([0.3, -1.0, 2.0])
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    losses = []
    for _ in range(5):
        optimizer.zero_grad()
        loss = module(x=x)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses == sorted(losses, reverse=True)
    assert module.float()(x=x).dtype == torch.float32
    assert program.params["W0"] == pytest.approx(np.eye(3), abs=0.0)  # the module's are a copy
    batched = torch.func.vmap(lambda x: module(x=x))(torch.tensor(np.stack([x, -x])))
    assert batched[0].item() == pytest.approx(module(x=x).item(), rel=1e-6)


def one_hot_program():
    W, X, Y = leaves("W", [[1.0, -2.0], [0.5, 1.0]]), leaves("X", [0.5, 1.0]), leaves("Y", [0.0, 1.0])
    P = log_softmax([row[0] * X[0] + row[1] * X[1] for row in W])
    return lift(-mean([y * p for y, p in zip(Y, P)]), {"X": X, "Y": Y}, [*W.ravel()])


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("target", ["jax", "torch"])
def test_names_and_shapes_are_checked(target):
    program = one_hot_program()
    made = program.to(target)
    call = (lambda **i: made(dict(program.params), i)) if target == "jax" else made
    with pytest.raises(TypeError, match="inputs lacks 'Y'"):
        call(X=np.ones(2))
    with pytest.raises(TypeError, match="inputs of the program has no 'x'"):
        call(x=np.ones(2), Y=np.ones(2))
    with pytest.raises(ValueError, match=r"'X' has shape \(1,\), expected \(2\)"):
        call(X=np.ones(1), Y=np.ones(2))


def test_several_outputs_are_not_one_loss():
    w = Value(0.5, "w")
    with pytest.raises(TypeError, match="several outputs"):
        lift([w * w, w.exp()], params=[w]).to("jax")
