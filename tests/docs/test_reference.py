"""The documentation builds without a warning, and holds every name, operation and import there is."""

import ast
import doctest
import html
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest
from micrograd.engine import Value as Micrograd
from micrograd.nn import MLP as MicrogradMLP

from autodiff import Value
from autodiff.arrays import FUNCTIONS, REFUSED
from autodiff.engine.ops import OPS
from nn import MLP

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("docs")]  # one process builds the pages

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "docs"
ELSEWHERE = {"train_beyond_one_machine"}  # needs JAX and eight devices: test_beyond_one_machine.py
EXAMPLES = [
    each
    for each in sorted(SOURCE.glob("*/*.rst"))
    if ">>> " in each.read_text(encoding="utf-8") and each.stem not in ELSEWHERE
]
MODULES = ("autodiff", "autodiff.lifting", "autodiff.staging", "nn", "nn.datasets", "nn.probability", "viz")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder of the pages, built as the README says."""
    folder = tmp_path_factory.mktemp("reference")
    options = ["-q", "-W", "--keep-going", "-D", "nb_execution_mode=off"]  # other tests run the lessons
    command = [sys.executable, "-m", "sphinx", *options, str(SOURCE), str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder


def page(built, name):
    return (built / f"{name}.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def reference(built):
    return "".join(path.read_text(encoding="utf-8") for path in built.glob("reference/*.html"))


@pytest.fixture(scope="module")
def anchors(reference):
    return set(re.findall(r'id="([^"]+)"', reference))


def test_pages_that_run_without_python_are_linked_and_written(built):
    linked = re.findall(r'href="([\w-]+\.html)"', page(built, "index"))
    assert {"lab.html", "neuron.html"} <= {*linked}
    assert all((built / name).is_file() for name in linked)


@pytest.mark.parametrize("module", MODULES)
def test_every_exported_name_is_documented(anchors, module):
    exported = importlib.import_module(module)
    for name in exported.__all__:
        what = getattr(exported, name)
        if inspect.ismodule(what):
            assert {f"{what.__name__}.{each}" for each in what.__all__} <= anchors
        else:
            assert {f"{each}.{name}" for each in MODULES} & anchors


def test_a_type_has_its_name_and_not_all_that_it_stands_for(reference):
    assert "npt.ArrayLike" in reference
    assert "_SupportsArray" not in reference


def test_methods_that_are_there_for_numpy_are_not_told_in_its_words(anchors):
    assert {"autodiff.Array.zero_grad", "autodiff.Array.astype"} <= anchors
    assert not {f"autodiff.Array.{name}" for name in ("sum", "argsort", "byteswap", "tofile")} & anchors


@pytest.mark.parametrize("module", MODULES)
def test_every_function_and_class_has_an_example(built, module):
    """Doctests run those in docstrings, where they stand; those of rows are made with the page."""
    text = html.unescape(re.sub(r"<[^>]+>", "", page(built, "reference/autodiff")))
    exported = importlib.import_module(module)
    for name in exported.__all__:
        what = getattr(exported, name)
        if module == "autodiff" and name in OPS:
            example = re.search(rf">>> {name}\((.+)\)\n(\S+)\n", text)
            assert what(*map(float, example[1].split(", "))) == float(example[2])
        elif inspect.isclass(what) or inspect.isfunction(what):
            assert ">>> " in inspect.getdoc(what), name


def test_every_operation_is_in_the_table_with_a_derivative_for_each_operand(built):
    table = page(built, "reference/operations")
    rows = re.findall(r'<tr id="op-(\w+)">(.*)', table)
    assert [name for name, _ in rows] == list(OPS)
    for name, cells in rows:
        assert cells.count("<math") == 1 + OPS[name].arity
    assert "sech" not in dict(rows)["tanh"] and "<mn>1</mn>" in dict(rows)["tanh"]  # 1 - y², as in a book


def test_every_function_of_numpy_that_records_is_on_the_page(built):
    text = page(built, "reference/arrays")
    rows = dict(re.findall(r'<tr id="([^"]+)"><td><code>\1</code></td><td>(.+?)</td></tr>', text))
    assert list(rows) == [entry.name for entry in FUNCTIONS.values()] + [f"np.{name}" for name in REFUSED]
    assert all(text.strip() for text in rows.values())
    assert "the row <code>maximum</code>" in rows["np.maximum"]
    assert "<code>axis=None, keepdims=False, initial=None, where=True</code>" in rows["np.sum"]


@pytest.mark.parametrize("page", EXAMPLES, ids=lambda page: page.stem)
def test_the_examples_of_a_page_print_what_it_shows(page, monkeypatch):
    monkeypatch.chdir(ROOT)
    failed, tried = doctest.testfile(str(page), module_relative=False)
    assert failed == 0
    assert tried == len(re.findall(r"^ *>>> ", page.read_text(encoding="utf-8"), re.MULTILINE)) > 0


def test_what_it_says_is_otherwise_is_otherwise():
    theirs, ours = (kind(2.0) for kind in (Micrograd, Value))
    assert isinstance(MicrogradMLP(2, [3, 1])([1.0, 2.0]), Micrograd)
    assert isinstance(MLP(2, [3, 1])([1.0, 2.0])[0], Value)
    for x, twice in ((theirs, 36.0), (ours, 24.0)):
        y = (x * x) * 3.0
        y.backward()
        y.backward()
        assert x.grad == twice
    Micrograd(1.0, (theirs,), "nothing").backward()
    with pytest.raises(ValueError, match="nothing says what their gradients get"):
        Value(1.0, (ours,), "nothing").backward()
    for x, total in ((Micrograd(2.0), 3.0), (Value(2.0), 5.0)):
        y, z = type(x)(1.0, (x,), "y"), type(x)(1.0, (x,), "z")
        y._backward = lambda x=x, y=y: setattr(x, "grad", 2.0 * y.grad)
        z._backward = lambda x=x, z=z: setattr(x, "grad", 3.0 * z.grad)
        (y + z).backward()
        assert x.grad == total or (type(x) is Micrograd and x.grad in (2.0, 3.0))
    assert (ours - 1.0).op == "sub" and (ours**ours).data == 4.0
    assert isinstance((ours * 2)._prev, frozenset) and isinstance((theirs * 2)._prev, set)


def test_the_import_graph_is_that_of_the_source(built):
    pictures = page(built, "explanation/architecture").split('<div class="imports">')
    assert len(pictures) == 7
    arrows = re.findall(r"<title>([\w.]+)&#45;&gt;([\w.]+)</title>", pictures[2])
    expected = set()
    for path in (ROOT / "autodiff").glob("**/*.py"):
        room = ".".join(path.relative_to(ROOT).with_suffix("").parts[:2])
        froms = [
            node
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom) and node.module
        ]
        names = {node.module for node in froms if node.module != "autodiff"}
        names |= {
            f"autodiff.{each.name}" for node in froms if node.module == "autodiff" for each in node.names
        }
        imported = {".".join(name.split(".")[:2]) for name in names if name.startswith("autodiff.")}
        expected |= {(room, each) for each in imported - {room}}
    expected = {(a, b) for a, b in expected if a not in ("autodiff.__init__", "autodiff.__main__")}
    assert expected
    assert set(arrows) == expected
    assert "autodiff&#45;&gt;nn" not in pictures[1]


def test_the_story_shows_the_code(built):
    drawn = page(built, "explanation/architecture").partition('<div class="drawn">')[2].partition("</svg>")[0]
    for shown in ("W[0,0]", "0.5000", "0.1413"):
        assert f">{shown}<" in drawn.replace("> ", ">")
    excerpts = page(built, "explanation/architecture")
    assert "backward_pass" in excerpts and "OPS" in excerpts


def test_formulas_are_typeset_without_a_script_or_a_network(built):
    for name in ("index", "explanation/architecture", "reference/operations"):
        text = page(built, name)
        assert "<math" in text
        assert not re.search(r'(src|href)="https?://[^"]+\.(js|css)', text)
