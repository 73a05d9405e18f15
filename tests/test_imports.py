"""What modules take from each other: at the top of a file, and only what the other module offers.

``lint-imports`` holds the directions and finds circles; here is what it does not look at.
"""

import ast
import importlib
import inspect
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("autodiff", "nn", "viz", "duograd")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).glob("**/*.py"))

# Documented by Python itself, in spite of their names.
PUBLIC_UNDERSCORES = {"_asdict", "_fields", "_make", "_replace", "_exit", "_getframe"}

every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))


@cache
def read(path):
    text = path.read_text(encoding="utf-8")
    nodes = [*ast.walk(ast.parse(text))]
    for node in nodes:
        for child in ast.iter_child_nodes(node):
            child.parent = node
    return nodes, text.splitlines()


def module_file(name):
    """The file of a module of ours, or None."""
    path = ROOT / name.replace(".", "/")
    for file in (path / "__init__.py", path.with_suffix(".py")):
        if name.split(".")[0] in PACKAGES and file.exists():
            return file
    return None


def around(node):
    """The nodes that a node stands in, from the inside out."""
    while hasattr(node, "parent"):
        node = node.parent
        yield node


def is_said(node, lines):
    """Whether the import is in a method of a public class, where a comment says why there are imports."""
    method, owner, *_ = [*around(node), None]
    if not isinstance(method, ast.FunctionDef) or not isinstance(owner, ast.ClassDef):
        return False
    comments = (line.partition("#")[2] for line in lines[owner.lineno : node.lineno])
    return not owner.name.startswith("_") and any("import" in comment for comment in comments)


@every_file
def test_imports_stand_at_the_top(path):
    nodes, lines = read(path)
    hidden = [
        f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)}"
        for node in nodes
        if isinstance(node, (ast.Import, ast.ImportFrom))
        and any(isinstance(each, (ast.FunctionDef, ast.Lambda)) for each in around(node))
        and not is_said(node, lines)
    ]
    assert hidden == []


@every_file
def test_no_import_is_for_the_type_checker_only(path):
    nodes, _ = read(path)
    assert "TYPE_CHECKING" not in {getattr(node, "id", getattr(node, "attr", None)) for node in nodes}


@every_file
def test_what_is_imported_is_offered(path):
    nodes, _ = read(path)
    refused = []
    for node in nodes:
        if not isinstance(node, ast.ImportFrom) or module_file(node.module or "") is None:
            continue
        offered = getattr(importlib.import_module(node.module), "__all__", [])
        for each in node.names:
            if (
                each.name not in offered
                and each.name != "*"
                and not module_file(f"{node.module}.{each.name}")
            ):
                refused.append(f"{node.module}.{each.name}")
    assert refused == []


@every_file
def test_what_is_read_of_an_imported_module_is_offered(path):
    """``functions.exp`` as well as ``from functions import exp``."""
    nodes, _ = read(path)
    modules = {}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            for each in node.names:
                if module_file(f"{node.module}.{each.name}"):
                    modules[each.asname or each.name] = f"{node.module}.{each.name}"
        elif isinstance(node, ast.Import):
            modules |= {
                each.asname: each.name for each in node.names if each.asname and module_file(each.name)
            }
    refused = [
        ast.unparse(node)
        for node in nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in modules
        and inspect.ismodule(module := importlib.import_module(modules[node.value.id]))
        and not node.attr.startswith("__")
        and node.attr not in module.__all__
    ]
    assert refused == []


def own_names(nodes):
    """The names that begin with an underscore and that the module itself defines, slots included."""
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
                yield node.attr
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@every_file
def test_private_names_stay_in_their_module(path):
    nodes, _ = read(path)
    own = set(own_names(nodes)) | PUBLIC_UNDERSCORES
    if path.parent in (ROOT / "autodiff/engine", ROOT / "autodiff/fast"):  # which share the node's slots
        own |= set(own_names(read(ROOT / "autodiff/engine/value.py")[0]))
    used = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    used |= {each.name for node in nodes if isinstance(node, ast.ImportFrom) for each in node.names}
    private = {name for name in used if name.startswith("_") and not name.endswith("_")}
    assert private <= own


def test_autodiff_waits_with_what_only_some_of_it_needs():
    """Nothing that draws, and none of the libraries that are slow to import."""
    script = "import sys, numpy; before = {*sys.modules}; import autodiff; print(*{*sys.modules} - before)"
    told = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = {name.split(".")[0] for name in told.stdout.split()}
    assert "autodiff" in loaded
    assert loaded & {"rich", "matplotlib", "graphviz", "viz", "nn", "jax", "torch"} == set()
    assert {*told.stdout.split()} & {"numpy.random", "numpy.polynomial"} == set()


def test_every_package_is_looked_at():
    assert {path.relative_to(ROOT).parts[0] for path in FILES} == set(PACKAGES)
    assert len(FILES) > 100
