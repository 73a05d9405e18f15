"""The lessons as they are published: with outputs, as slides, as a book, and as a site for a browser."""

import json
import re
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

pytestmark = pytest.mark.long

LESSONS = Path(__file__).parents[2] / "lessons"
FIRST = "00_a_graph"
sys.path.append(str(LESSONS))

import book  # noqa: E402
import executed  # noqa: E402
import lite  # noqa: E402
import slides  # noqa: E402


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The first lesson in both editions, with outputs."""
    folder = tmp_path_factory.mktemp("published")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(LESSONS.parent))  # the kernel is a process of its own
        for source in (LESSONS / f"{FIRST}.ipynb", LESSONS / "solutions" / f"{FIRST}.ipynb"):
            executed.publish(source, folder)
    return folder


def code(path):
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("edition", [".", "solutions"])
def test_a_published_edition_has_the_outputs_of_its_cells_in_order(published, edition):
    cells = code(published / edition / f"{FIRST}.ipynb")
    assert [cell.execution_count for cell in cells] == [*range(1, len(cells) + 1)]
    outcome = {".": "Open.", "solutions": "Right."}[edition]
    checks = [cell for cell in cells if cell.source.startswith("check.")]
    assert checks
    assert all(cell.outputs[0].data["text/plain"].startswith(outcome) for cell in checks)
    assert any("image/svg+xml" in output.get("data", {}) for cell in cells for output in cell.outputs)
    assert not any("execution" in cell.metadata for cell in cells)  # times: no two runs would be the same


def test_a_deck_has_the_questions_and_figures_and_keeps_the_text_for_the_speaker(published):
    notebook = nbformat.read(published / f"{FIRST}.ipynb", as_version=nbformat.NO_CONVERT)
    guesses = sum(cell.source.startswith("guess = ") for cell in notebook.cells)
    page = slides.page(notebook)
    on_slides = re.sub(r'<aside class="notes">.*?</aside>', "", page, flags=re.DOTALL)
    assert len(re.findall("<h2[^>]*>Guess", on_slides)) == guesses >= 4
    assert on_slides.count("<img ") == 1 and "<iframe" in on_slides
    assert "What do they pay?" in on_slides
    assert "check.forward" not in page and "Commit to a guess" not in page
    spoken = "Inputs are blue"
    assert spoken in page and spoken not in on_slides


def test_the_book_is_a_pdf_with_answers_at_its_end(published, tmp_path):
    target = tmp_path / "book.pdf"
    book.book(published, target)
    assert target.read_bytes().startswith(b"%PDF-")
    chapter = book.chapter(published / f"{FIRST}.ipynb", tmp_path)
    assert "<lesson-00>" in chapter and ".svg" in chapter
    assert "check.forward" not in chapter and "Picture at 0x" not in chapter
    assert "Guesses: `28.0`" in book.answers(published / "solutions" / f"{FIRST}.ipynb", tmp_path)
    second = book.answers(LESSONS / "solutions" / "01_one_value.ipynb", tmp_path)
    assert "Guesses: `(2.0, 0.5)`, `1001`" in second


def wheel(folder, name, version="1.0", needs=(), module=None):
    """A wheel with one module; the entry of it in a list of Pyodide's."""
    stem = f"{name}-{version}"
    path = folder / f"{stem}-py3-none-any.whl"
    wants = "".join(f"Requires-Dist: {each}\n" for each in needs)
    with zipfile.ZipFile(path, "w") as made:
        made.writestr(f"{module or name}.py", "")
        made.writestr(
            f"{stem}.dist-info/METADATA",
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{wants}",
        )
        made.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        made.writestr(f"{stem}.dist-info/RECORD", "")
    return {
        "name": name, "version": version, "file_name": path.name, "install_dir": "site", "sha256": "0" * 64,
        "package_type": "package", "imports": [module or name], "depends": [*needs],
    }  # fmt: skip


@pytest.fixture
def wheels(tmp_path):
    """A folder as ``lite`` takes it, with empty wheels, of which nobody needs SciPy."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name in ("pyodide.mjs", "pyodide.asm.wasm", "python_stdlib.zip"):
        (folder / name).touch()
    names = ("numpy", "scipy", "ipython", "micropip")
    packages = {name: wheel(folder, name) for name in names}
    info = {"abi_version": "1", "arch": "wasm32", "platform": "emscripten_5_0_3", "python": "3.14.2"}
    (folder / "pyodide-lock.json").write_text(json.dumps({"info": info, "packages": packages}))
    wheel(
        folder, "duograd", needs=["numpy>=1", "graphviz", "numpy; sys_platform == 'win32'"], module="autodiff"
    )
    wheel(folder, "graphviz")
    wheel(folder, "comm")
    return folder


def test_a_site_has_the_lessons_and_what_they_need_and_asks_nobody_else(wheels, tmp_path):
    site = tmp_path / "site"
    assert lite.main([str(wheels), str(site)]) == 0
    listed = json.loads((site / "api/contents/all.json").read_text())["content"]
    names = {each["name"] for each in listed}
    assert {path.name for path in LESSONS.glob("*.ipynb")} <= names
    lock = json.loads((site / "static/pyodide/pyodide-lock.json").read_text())["packages"]
    assert lock.keys() == {"duograd", "numpy", "graphviz", "comm", "ipython", "micropip"}
    assert lock["duograd"]["imports"] == ["autodiff"]  # an import is enough to have it loaded
    assert {path.name for path in (site / "static/pyodide").glob("*.whl")} == {
        each["file_name"] for each in lock.values()
    }
    settings = json.loads((site / "jupyter-lite.json").read_text())["jupyter-config-data"]
    (kernel,) = settings["litePluginSettings"].values()
    assert kernel["disablePyPIFallback"] is True
    assert kernel["pyodideUrl"].startswith("./static/pyodide/")
    assert "windowingMode" in json.dumps(settings["settingsOverrides"])
    assert [each["name"] for each in settings["federated_extensions"]] == [lite.KERNEL]


@pytest.mark.parametrize(
    ("taken", "said"),
    [
        ("pyodide-lock.json", "has no pyodide-lock.json"),
        ("comm-1.0-py3-none-any.whl", "no wheel of comm"),
        ("graphviz-1.0-py3-none-any.whl", "graphviz"),
        ("numpy-1.0-py3-none-any.whl", "lacks numpy-1.0-py3-none-any.whl"),
    ],
)
def test_what_the_folder_lacks_is_said(wheels, tmp_path, capsys, taken, said):
    (wheels / taken).unlink()
    assert lite.main([str(wheels), str(tmp_path / "site")]) == 1
    assert said in capsys.readouterr().err
