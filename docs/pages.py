"""What the reference does not keep by hand: exports, the table of operations, the import graph.

Formulas become MathML, which browsers typeset without a script and without a network.
"""

from __future__ import annotations

import ast
import contextlib
import doctest
import functools
import html
import importlib
import inspect
import io
import os
import re
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import graphviz
from docutils import nodes
from latex2mathml.converter import convert as mathml
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from autodiff import Value
from autodiff.arrays import FUNCTIONS, REFUSED, Supported
from autodiff.engine.namespaces import FLOATS
from autodiff.engine.ops import OPS, Op
from autodiff.formulas.expr import Expr, symbol
from autodiff.formulas.textbook import book_partials
from viz import draw, explore, write_lab
from viz.drawing import Picture
from viz.layout.process import to_bytes

ROOT = Path(__file__).parents[1]
PACKAGES = ("autodiff", "nn", "viz", "duograd")
OWN_PAGES = ("autodiff.lifting", "nn.datasets", "nn.probability")


class Exports(SphinxDirective):
    """``.. exports:: nn``: every name of ``nn.__all__`` with its docstring, modules by their own names."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        return self.parse_text_to_nodes("\n".join(entries(self.arguments[0])))


def entries(module: str) -> Iterator[str]:
    """The lines that document what a module exports."""
    exported = importlib.import_module(module)
    for name in exported.__all__:
        what = getattr(exported, name)
        home = what.__name__ if inspect.ismodule(what) else getattr(what, "__module__", module)
        if any(f"{home}.".startswith(f"{page}.") for page in OWN_PAGES if page != module):
            continue
        if inspect.ismodule(what):
            yield f".. py:module:: {home}\n\n{inspect.getdoc(what)}\n"
            yield from entries(home)
        elif isinstance(what, dict):
            keys = ", ".join(f"``{key}``" for key in what)
            yield f".. py:data:: {name}\n   :module: {module}\n\n   {keys}\n"
        elif inspect.isclass(what):
            yield f".. autoclass:: {module}.{name}\n"
        elif callable(what) and hasattr(what, "__qualname__"):
            yield f".. autofunction:: {module}.{name}\n"
            if module == "autodiff" and name in OPS:
                yield f"   {row_example(OPS[name])}\n"
        else:
            yield f".. autodata:: {module}.{name}\n   :no-value:\n"


def row_example(op: Op) -> str:
    """A call of a row's function on numbers, 0.5 where it is in the domain, and what the row gives."""
    operands = (2.0,) if op.name == "acosh" else (0.5, 2.0)[: op.arity]
    called = f"{op.name}({', '.join(map(str, operands))})"
    return f">>> {called}\n   {op.forward(FLOATS, *operands)!r}"


class Operations(SphinxDirective):
    """``.. operations::``: the rows of ``autodiff.engine.ops.OPS``, typeset by their own rules."""

    def run(self) -> list[nodes.Node]:
        rows = "\n".join(map(row, OPS.values()))
        head = "<tr><th>operation</th><th>y</th><th>∂y/∂x</th><th>∂y/∂z</th></tr>"
        return [nodes.raw("", f'<table class="docutils operations">{head}\n{rows}</table>', format="html")]


def row(op: Op) -> str:
    """A row of the table: name, formula, one local derivative an operand."""
    operands = [symbol(name) for name in "xz"[: op.arity]]
    y = Expr(op.name, tuple(operands))
    partials = book_partials(op, operands, symbol("y"))
    cells = "".join(f"<td>{each.mathml()}</td>" for each in (y, *partials))
    return f'<tr id="op-{op.name}"><td><code>{op.name}</code></td>{cells}</tr>'


class NumPyFunctions(SphinxDirective):
    """``.. numpy-functions::``: the entries of ``autodiff.arrays.FUNCTIONS``, and what each records."""

    def run(self) -> list[nodes.Node]:
        groups: dict[str, list[str]] = {}
        for entry in FUNCTIONS.values():
            groups.setdefault(entry.group, []).append(
                numpy_row(entry.name, f"{taken(entry)} {entry.records}")
            )
        parts = [f"<h3>{marked(group)}</h3>{table(rows)}" for group, rows in groups.items()]
        return [nodes.raw("", "\n".join(parts), format="html")]


class NumPyRefusals(SphinxDirective):
    """``.. numpy-refusals::``: the functions that ``autodiff.arrays.REFUSED`` refuses, and why."""

    def run(self) -> list[nodes.Node]:
        rows = [numpy_row(f"np.{name}", reason) for name, reason in REFUSED.items()]
        return [nodes.raw("", table(rows), format="html")]


def taken(entry: Supported) -> str:
    """The options of a function, ``axis=None, keepdims=False:`` say, where it has any."""
    parameters = inspect.signature(entry.record).parameters.values()
    options = [f"{each.name}={each.default!r}" for each in parameters if each.default is not each.empty]
    return f"``{', '.join(options)}``:" if options else ""


def table(rows: list[str]) -> str:
    """Lines of a table."""
    return f'<table class="docutils">{"".join(rows)}</table>'


def numpy_row(name: str, text: str) -> str:
    """A line: the name of a function and what is said of it."""
    return f'<tr id="{name}"><td><code>{name}</code></td><td>{marked(text)}</td></tr>'


def marked(text: str) -> str:
    """Text with ````code```` in it, as HTML."""
    return re.sub(r"``(.*?)``", r"<code>\1</code>", html.escape(text))


class Kinks(SphinxDirective):
    """``.. kinks::``: the slopes of the rows that declare flat ones, at the kink and on both its sides."""

    def run(self) -> list[nodes.Node]:
        lines = [line for op in OPS.values() if op.flat is not None for line in kinks(op)]
        head = "<tr><th>operation</th><th>at</th><th>∂y/∂x</th><th>∂y/∂z</th></tr>"
        table = f'<table class="docutils operations">{head}\n{"".join(lines)}</table>'
        return [nodes.raw("", table, format="html")]


def kinks(op: Op) -> Iterator[str]:
    """Lines for x below, at and above the kink of a row, where z is 0, or what it is by default."""
    others = (*op.defaults, 0.0)[: op.arity - 1]
    for x in (-1.0, 0.0, 1.0):
        y = op.forward(FLOATS, x, *others)
        flat = () if op.flat is None else op.flat(FLOATS, x, *others, y)
        slopes = zip(op.partials(FLOATS, x, *others, y), flat)
        at = ", ".join(f"{name} = {value:g}" for name, value in zip("xz", (x, *others)))
        cells = "".join(f"<td>{slope:g}{', flat' if none else ''}</td>" for slope, none in slopes)
        yield f"<tr><td><code>{op.name}</code></td><td>{at}</td>{cells}</tr>"


class ImportGraph(SphinxDirective):
    """``.. import-graph:: autodiff``: the modules of a package, an arrow from each to those it imports;
    without an argument the packages."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        package = self.arguments[0] if self.arguments else ""
        picture = graphviz.Digraph(graph_attr={"rankdir": "TB"}, node_attr={"shape": "box", "fontsize": "11"})
        for module, imported in sorted(imports(package).items()):
            picture.node(module)
            picture.edges((module, other) for other in sorted(imported))
        svg = "<svg" + to_bytes(picture, "svg").decode().partition("<svg")[2]
        return [nodes.raw("", f'<div class="imports">{svg}</div>', format="html")]


class Drawn(SphinxDirective):
    """``.. drawn:: y``: the graph of y, as the page's own examples make it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        text = Path(self.env.doc2path(self.env.docname)).read_text(encoding="utf-8")
        names: dict[str, Any] = {}
        with contextlib.redirect_stdout(io.StringIO()):
            for example in doctest.DocTestParser().get_examples(text):
                exec(compile(example.source, self.env.docname, "single"), names)
        svg = "<svg" + draw(names[self.arguments[0]]).pipe(encoding="utf-8").partition("<svg")[2]
        return [nodes.raw("", f'<div class="drawn">{svg}</div>', format="html")]


class Shown(SphinxDirective):
    """``.. shown::`` and lines of Python: the lines, and the picture that the last of them makes, a graph,
    a figure, or the path of an SVG. What a page's lines define, later ones may use."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        code = "\n".join(self.content)
        names = self.env.temp_data.setdefault("shown", {})
        before = Path.cwd()
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)  # where a page's films go
            try:
                shown = picture_as_html(last_value(code, names))
            finally:
                os.chdir(before)
        return [nodes.literal_block(code, code, language="python"), nodes.raw("", shown, format="html")]


def last_value(code: str, names: dict[str, Any]) -> Any:
    """Run lines of Python; the value of the last of them, which is an expression."""
    *before, last = ast.parse(code).body
    exec(compile(ast.Module(before, []), "page", "exec"), names)
    assert isinstance(last, ast.Expr), code
    return eval(compile(ast.Expression(last.value), "page", "eval"), names)


def picture_as_html(picture: Any) -> str:
    """A picture inside a page."""
    if isinstance(picture, Path):
        svg = picture.read_text(encoding="utf-8")
    elif isinstance(picture, Picture):
        svg = picture.pipe(encoding="utf-8")
    else:
        file = io.StringIO()
        picture.savefig(file, format="svg")
        svg = file.getvalue()
    return f'<div class="drawn">{svg[svg.index("<svg") :]}</div>'


class Modules(SphinxDirective):
    """``.. modules:: autodiff``: the first sentence of every module of a package."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        lines = []
        for path in sources(self.arguments[0]):
            docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            paragraph = docstring.partition("\n\n")[0]
            lines.append(f"``{dotted(path)}``\n   {' '.join(paragraph.split())}\n")
        return self.parse_text_to_nodes("\n".join(lines))


def sources(package: str) -> list[Path]:
    """The files of a package, the command line's left out."""
    found = (ROOT / package.replace(".", "/")).glob("**/*.py")
    return sorted(path for path in found if path.name != "__main__.py")


def dotted(path: Path) -> str:
    """The name of the module in a file."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(package: str = "") -> dict[str, set[str]]:
    """What each module of a package imports from that package, subpackages as one; without a package,
    what each package imports from the others."""

    def place(module: str) -> str:
        parts = module.split(".")
        return ".".join(parts[: package.count(".") + 2]) if package else parts[0]

    files = sources(package) if package else [path for each in PACKAGES for path in sources(each)]
    known = {dotted(path) for path in files}
    found: dict[str, set[str]] = {place(name): set() for name in known if place(name) != package}
    for path in files:
        module = place(dotted(path))
        if module in found:
            named = {place(each) for each in imported(path, known)}
            found[module] |= named & found.keys() - {module}
    return found


@functools.cache
def import_statements(path: Path) -> list[ast.Import | ast.ImportFrom]:
    """Those of a file, wherever in it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]


def imported(path: Path, known: Collection[str]) -> Iterator[str]:
    """The known modules that a file imports."""
    for node in import_statements(path):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module in known:
            for each in node.names:
                inner = f"{node.module}.{each.name}"
                yield inner if inner in known else node.module


def inline_math(translator: Any, node: nodes.math) -> None:
    """``:math:`dZ``` as MathML."""
    translator.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def display_math(translator: Any, node: nodes.math_block) -> None:
    """A displayed formula as MathML."""
    translator.body.append(mathml(node.astext(), display="block"))
    raise nodes.SkipNode


def absolute_values(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Keep ``|x|`` from being read as a substitution."""
    for number, line in enumerate(lines):
        if not line.lstrip().startswith(">>>"):
            lines[number] = re.sub(r"(``.*?``)|\|", lambda found: found[1] or r"\|", line)


def numpys_own(app: Sphinx, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool | None:
    """Leave out methods that an Array has for NumPy alone: their text would be NumPy's, of arrays of numbers,
    also where they are refused. The page on Arrays lists what they record."""
    of_array = getattr(obj, "__module__", "") == "autodiff.arrays.methods"
    return True if of_array and not obj.__doc__ else None


def write_pages(app: Sphinx, exception: Exception | None) -> None:
    """Beside the documentation, the pages of ``viz`` that run without Python: the lab, and a neuron."""
    if exception is None and app.builder.format == "html":
        write_lab(Path(app.outdir) / "lab.html")
        w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(-0.5, "b")
        y = (w * x + b).tanh()
        y.label = "y"
        explore(y, Path(app.outdir) / "neuron.html", params=[w, b])


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx calls this."""
    app.add_directive("exports", Exports)
    app.add_directive("operations", Operations)
    app.add_directive("kinks", Kinks)
    app.add_directive("numpy-functions", NumPyFunctions)
    app.add_directive("numpy-refusals", NumPyRefusals)
    app.add_directive("import-graph", ImportGraph)
    app.add_directive("drawn", Drawn)
    app.add_directive("shown", Shown)
    app.add_directive("modules", Modules)
    app.add_html_math_renderer("mathml", (inline_math, None), (display_math, None))
    app.connect("autodoc-process-docstring", absolute_values)
    app.connect("autodoc-skip-member", numpys_own)
    app.connect("build-finished", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
