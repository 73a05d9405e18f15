"""The lab's modules: each complete, one scope without two things of a name, and no rule written twice."""

import re
from collections import Counter
from pathlib import Path

import pytest

from autodiff.engine.ops import OPS
from tests.viz.explorer.test_bundle import IMPORT, declared, names
from viz.lab import bundle
from viz.lab.bundle import lab_modules, lab_page
from viz.layout import webassembly

MODULES = lab_modules()
OWN = {path.stem for path in (Path(bundle.__file__).parent / "page").glob("*.js")} - {"placer"}


def test_every_file_of_the_page_is_bundled():
    assert MODULES.keys() >= OWN


@pytest.mark.parametrize("name", sorted(OWN))
def test_a_module_imports_what_others_export_and_uses_all_of_it(name):
    body = IMPORT.sub("", MODULES[name])
    for imported, source in IMPORT.findall(MODULES[name]):
        assert set(names(imported)) <= declared(MODULES[source], only_exported=True), (name, source)
        unused = [each for each in names(imported) if not re.search(rf"(?<!\w)(?<![^.]\.){each}\b", body)]
        assert not unused, f"{name}.js imports {unused} for nothing"


def test_no_two_modules_give_a_name_to_different_things():
    given = Counter(name for source in MODULES.values() for name in declared(source))
    assert not [name for name, count in given.items() if count > 1]


def test_no_operation_of_the_table_is_named_in_the_script():
    for name in OWN:
        code = re.sub(r"\b(h|svg|math|byId)\(\"\w+\"", "", MODULES[name])  # elements have names of their own
        assert not set(OPS) & set(re.findall(r"[\"'](\w+)[\"']", code)), name
        assert not re.search(r"\brows\.", code), f"{name}.js takes a row by its name"


def test_the_page_is_complete_and_no_larger_than_graphviz_makes_it():
    page = lab_page()
    library = (Path(webassembly.__file__).parent / "graphviz" / "graphviz.js").stat().st_size
    assert "{{" not in page.replace("}}", "") or not re.search(r"\{\{\w+\}\}", page)
    assert len(page.encode()) < library + 440_000
    assert page.count("</script>") == 3
