"""The page's JavaScript: modules that stand on their own, and one script of them."""

import re
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from autodiff.engine.ops import OPS
from nn import MLP
from viz import explore
from viz.explorer import bundle
from viz.explorer.bundle import html_page, javascript_modules

pytestmark = pytest.mark.long

MODULES = javascript_modules()
IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+)\.js";$', re.MULTILINE)


def names(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def declared(source: str, only_exported: bool = False) -> set[str]:
    """Names that a module gives at its top level."""
    starts = ("export ",) if only_exported else ("export ", "const ", "let ", "function ", "async ")
    lines = [line for line in source.splitlines() if line.startswith(starts)]
    found: set[str] = set()
    for line in lines:
        kind, rest = line.removeprefix("export ").removeprefix("async ").split(" ", 1)
        if kind == "function":
            found.add(names(rest)[0])
        elif rest.startswith(("{", "[")):
            found.update(names(re.split("[}\\]]", rest)[0]))
        else:
            found.update(re.findall(r"(?:^|, )(\w+) = ", rest.partition("=>")[0]) or names(rest)[:1])
    return found


def test_every_file_of_the_page_is_bundled() -> None:
    files = {path.stem for path in (Path(bundle.__file__).parent / "page").glob("*.js")}
    assert {*MODULES} == {*files, "table"}


@pytest.mark.parametrize("name", [name for name in MODULES if name != "table"])
def test_a_module_imports_what_others_export_and_uses_all_of_it(name: str) -> None:
    body = IMPORT.sub("", MODULES[name])
    for imported, source in IMPORT.findall(MODULES[name]):
        assert set(names(imported)) <= declared(MODULES[source], only_exported=True), (name, source)
        unused = [each for each in names(imported) if not re.search(rf"(?<!\w)(?<![^.]\.){each}\b", body)]
        assert not unused, f"{name}.js imports {unused} for nothing"


def test_no_two_modules_give_a_name_to_different_things() -> None:
    given = Counter(name for source in MODULES.values() for name in declared(source))
    assert not [name for name, count in given.items() if count > 1]
    assert {"m", "rows", "nodes", "seed", "last", "shown", "before", "light"} <= set(given)


def test_modules_that_import_each_other_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {"main.js": 'import { a } from "./other.js";\n', "other.js": 'import { b } from "./main.js";\n'}
    monkeypatch.setattr(bundle, "part", parts.__getitem__)
    with pytest.raises(ValueError, match="each other: main -> other -> main"):
        javascript_modules()


def test_no_operation_of_the_table_is_named_in_the_script() -> None:
    for name, source in MODULES.items():
        if name != "table":
            code = re.sub(r"\b(h|svg|math|byId)\(\"\w+\"", "", source)  # elements have names of their own
            assert not set(OPS) & set(re.findall(r"[\"'`](\w+)[\"'`]", code)), name
            assert not re.search(r"\brows\.", code), f"{name}.js takes a row by its name"


def test_the_modules_run_as_modules(browser: Browser, tmp_path: Path) -> None:
    """Served one by one, so that a name a module forgot to import is an error."""
    model = MLP(2, [3, 1], seed=1)
    html = explore(model, tmp_path / "page.html", X=[[0.5], [-1.0]], Y=[[1.0]]).read_text(encoding="utf-8")
    head, _, rest = html.partition("<script>\n(() => {")
    html = head + '<script type="module" src="main.js"></script>' + rest.rpartition("</script>")[2]
    html = re.sub(r"<meta http-equiv[^>]*>", "", html)
    files = {"": html, **{f"{name}.js": source for name, source in MODULES.items()}}
    types = {True: "text/javascript", False: "text/html; charset=utf-8"}
    page = browser.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.route(
        "http://page.test/*",
        lambda route: route.fulfill(
            body=files[route.request.url.rpartition("/")[2]],
            content_type=types[route.request.url.endswith(".js")],
        ),
    )
    page.goto("http://page.test/")
    page.wait_for_function("window.explorer")
    page.evaluate("for (let k = 0; k <= explorer.last; k++) explorer.goTo(k)")
    for button in ("Layers", "Neurons", "Scalars", "Step downhill", "Reset", "Fit", "Step back", "Zoom in"):
        page.get_by_role("button", name=button).first.click()
    page.locator("#query").fill("W1")
    page.keyboard.press("Enter")
    for i in range(0, page.locator(".card").count(), 4):
        page.locator(f"[data-card='{i}']").focus()
        for key in ("Enter", "ArrowLeft", "ArrowUp", "+"):
            page.keyboard.press(key)
    page.evaluate("document.querySelectorAll('td').forEach(cell => { cell.focus(); cell.click(); })")
    page.evaluate("explorer.setLeaves([[0, 0.25]])")
    box = page.locator(".card.leaf").last.bounding_box()
    assert box
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 5, steps=3)
    page.mouse.up()
    page.close()
    assert troubles == []


def test_a_page_holds_the_bundled_script_once() -> None:
    page = html_page({"nodes": []})
    assert page.count('"use strict";') == 1 and "import {" not in page and "\nexport " not in page
