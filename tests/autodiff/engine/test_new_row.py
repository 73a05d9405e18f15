"""CONTRIBUTING's promise: a row is added to the table, and no other list has to be changed.

Rows are written into a copy of the sources, as a contributor would write them, and everything that
reads the table is used in a process of its own.
"""

import json
import math
import re
import shutil
import subprocess
import sys
import textwrap
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[3]

ROWS = """
    Op("softsign", "softsign", lambda m, x: x / (1.0 + m.abs(x)), softsign_partial),
    Op("logit", "ℓ", lambda m, x: m.log(x / (1.0 - x)), lambda m, x, y: (1.0 / (x * (1.0 - x)),),
       typeset(r"\\\\operatorname{{logit}}\\\\left({}\\\\right)")),
    Op("cube", "x³", lambda m, x: x * x * x, lambda m, x, y: (3.0 * x * x,), typeset(r"\\\\fbox{{{}}}")),
    Op("midpoint", "mid", lambda m, x, z: 0.5 * x + 0.5 * z, lambda m, x, z, y: (0.5, 0.5)),
"""


def with_rows(folder, rows, functions=""):
    """A copy of the packages whose table has these rows at its end."""
    for package in ("autodiff", "nn", "viz", "duograd"):
        # with the bytecode, but for what other processes are just writing
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("*.pyc.*"))
    table = folder / "autodiff/engine/ops.py"
    source = table.read_text(encoding="utf-8")
    assert source.count("\n_ROWS = (\n") == source.count("\n)\n# fmt: on\n") == 1
    source = source.replace("\n)\n# fmt: on\n", f"{rows}\n)\n# fmt: on\n")
    source = re.sub("\n# fmt: off\n", lambda place: f"\n{functions}\n{place[0]}", source)
    table.write_text(source, encoding="utf-8")
    return folder


def run(folder, code):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "", "PYTHONIOENCODING": "utf-8", "HOME": str(folder)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What the copy's interpreters make of its new rows, by their names."""
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (softsign,) = re.findall(r"\n(def softsign_partial.*?)\n\n\nrow = ", contributing, re.DOTALL)
    folder = with_rows(tmp_path_factory.mktemp("copy"), ROWS.replace("\\\\", "\\"), softsign)
    result = run(
        folder,
        """
        import json
        import numpy as np
        import autodiff
        from autodiff import Value, expression, functions, grad, gradcheck, lift
        from autodiff.engine.ops import OPS
        from autodiff.formulas.expr import READING, symbol
        from autodiff.formulas.preludes import javascript_prelude, javascript_rows, numpy_prelude
        from nn import MLP, check_scalar, compare
        from nn.model.activations import ACTIVATIONS
        from viz import draw, explore

        seen = {}
        for name in ("softsign", "logit", "cube", "midpoint"):
            op, function = OPS[name], getattr(autodiff, name)
            numbers = [0.25, 0.75][: op.arity]
            operands = [Value(number, label) for number, label in zip(numbers, "xz")]
            y = getattr(operands[0], name)(*operands[1:])
            first = grad(y, operands)
            second = grad(grad(y, operands[0], create_graph=True), operands[0])

            written = getattr(READING, name)(*map(symbol, "xz"[: op.arity]))
            namespace = {"x": np.array([0.25]), "z": np.array([0.75])}
            exec(numpy_prelude(written.numpy()), namespace)

            w = [Value(0.5, f"w[{i}]") for i in range(3)]
            loss = autodiff.sum([function(each * 0.5, *operands[1:]) * each for each in w])
            loss.backward()
            program = lift(loss, params=w)
            lifted = program()
            namespace_of_source = {}
            exec(program.source(), namespace_of_source)
            (argument,) = program.params
            loss_of_source, grads = namespace_of_source["run"](program.params[argument])

            page = explore(y, f"{name}.html")
            seen[name] = {
                "values": [
                    y.data,
                    function(*numbers),
                    float(function(*map(np.array, [[number] for number in numbers]))[0]),
                    float(eval(written.numpy(), namespace)[0]),
                    expression(written.text(), **dict(zip("xz", numbers))).data,
                ],
                "first": first,
                "second": second,
                "right": bool(gradcheck(function, operands)),
                "text": written.text(),
                "latex": written.latex(),
                "mathml": written.mathml(),
                "drawn": op.symbol in draw(y).source,
                "explored": f'"{name}":' in open(f"{name}.html", encoding="utf-8").read(),
                "lifted": [lifted.loss - loss.data, loss_of_source - loss.data],
                "gradients": [
                    float(abs(each - [leaf.grad for leaf in w]).max())
                    for each in (lifted.grads[argument], grads[argument])
                ],
                "activation": name in ACTIVATIONS,
            }
        model = MLP(2, [3, 1], activation="softsign", seed=0)
        difference = compare(model, [[1.0, 2.0], [0.5, -1.0]], [[1.0, 0.0]], loss="mse").max_abs_error
        report = check_scalar(Value)
        print(json.dumps({
            "rows": seen,
            "difference": difference,
            "judged": [each.operation for each in report.findings if not each.problem],
            "javascript": javascript_prelude() + javascript_rows(),
        }))
        """,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


EXPECTED = {  # at x = 1/4, z = 3/4
    "softsign": (0.2, [0.64], -1.024),
    "logit": (math.log(1 / 3), [16 / 3], -128 / 9),
    "cube": (1 / 64, [3 / 16], 1.5),
    "midpoint": (0.5, [0.5, 0.5], 0.0),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_new_row_is_a_function_a_method_and_differentiable_twice(seen, name):
    row, (value, first, second) = seen["rows"][name], EXPECTED[name]
    assert row["values"] == pytest.approx([value] * 5, rel=1e-14)
    assert row["first"] == pytest.approx(first, rel=1e-13)
    assert row["second"] == pytest.approx(second, rel=1e-13, abs=1e-15)
    assert row["right"]


@pytest.mark.parametrize(
    ("name", "text", "latex", "shown"),
    [
        ("softsign", "softsign(x)", r"\operatorname{softsign}\left(x\right)", "softsign(x)"),
        ("logit", "logit(x)", r"\operatorname{logit}\left(x\right)", "logit(x)"),
        ("cube", "cube(x)", r"\fbox{x}", "cube(x)"),
        ("midpoint", "midpoint(x, z)", r"\operatorname{midpoint}\left(x, z\right)", "midpoint(x,z)"),
    ],
)
def test_a_new_row_prints_in_every_language(seen, name, text, latex, shown):
    row = seen["rows"][name]
    assert (row["text"], row["latex"]) == (text, latex)
    assert "".join(ET.fromstring(row["mathml"]).itertext()).replace("\u2061", "") == shown


@pytest.mark.parametrize("name", EXPECTED)
def test_a_new_row_is_drawn_explored_and_lifted(seen, name):
    row = seen["rows"][name]
    assert row["drawn"] and row["explored"]
    assert row["lifted"] == pytest.approx([0.0, 0.0], abs=1e-15)
    assert row["gradients"] == pytest.approx([0.0, 0.0], abs=1e-15)


def test_a_new_row_is_an_activation_where_it_suits_and_is_judged(seen):
    assert [name for name, row in seen["rows"].items() if row["activation"]] == ["softsign"]
    assert seen["difference"] < 1e-15
    assert EXPECTED.keys() <= set(seen["judged"])


def test_a_new_row_runs_in_the_browser(seen, browser):
    page = browser.new_page()
    got = page.evaluate(
        f"""() => {{
            {seen["javascript"]}
            return {json.dumps([*EXPECTED])}.map(name => {{
                const point = rows[name].forward.length === 1 ? [0.25] : [0.25, 0.75];
                const y = rows[name].forward(...point);
                return [m[name](...point), y, ...rows[name].partials(...point, y)];
            }});
        }}"""
    )
    page.close()
    for (value, first, _), numbers in zip(EXPECTED.values(), got, strict=True):
        assert numbers == pytest.approx([value, value, *first], rel=1e-14)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            'Op("gamma", "Γ", lambda m, x: m.gamma(x), lambda m, x, y: (y * m.digamma(x),)),',
            "Floats has no function 'gamma': it is neither a primitive nor a row made of primitives",
        ),
        (
            'Op("half", "½", lambda m, x: m.scaled(x), lambda m, x, y: (0.5,)),',
            "Floats has no function 'scaled', which 'half' asks for",
        ),
        (
            'Op("chicken", "c", lambda m, x: m.egg(x), lambda m, x, y: (1.0,)),\n'
            '    Op("egg", "e", lambda m, x: m.chicken(x), lambda m, x, y: (1.0,)),',
            "Floats has no function '(chicken|egg)'",
        ),
    ],
)
def test_a_row_of_what_no_namespace_has_is_refused_by_name(tmp_path, rows, message):
    result = run(with_rows(tmp_path, f"\n    {rows}"), "import nn")
    assert result.returncode == 1
    assert re.search(message, result.stderr.splitlines()[-1]), result.stderr
