"""The explorer's page in a real browser."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from autodiff import DomainError, Value, grad, topological_order
from autodiff.engine.ops import OPS
from autodiff.engine.value import record
from autodiff.formulas.names import Names
from autodiff.labels import element
from nn import MLP, MatrixMLP, losses
from tests.viz.axe import violations
from viz import explore

pytestmark = pytest.mark.long

Open = Callable[..., Page]

X = [[0.5, -1.0, 0.3], [1.0, 2.0, -0.7]]
Y = [[1.0, 0.0, 0.5]]
HOSTILE = [
    "</script><script>hacked = 1</script>",
    "<img src=x onerror='hacked = 1'>",
    "</script x",
    "<!--<script>",
    'quotes "\' and \\ and \\" and `${hacked = 1}`',
    "{{contents}} {braces} %s &amp; <>&",
    "two\nlines",
    "한국어 레이블",
    "long " * 400,
    "\u2028\x00\ud800",
]


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    page = tmp_path_factory.mktemp("page") / "network.html"
    return explore(MLP(2, [3, 1], seed=1), page, X=X, Y=Y, loss="mse")


def numbers(page: Page) -> tuple[np.ndarray, np.ndarray]:
    data, gradients = page.evaluate("[[...explorer.data], [...explorer.gradients]]")
    return np.array(data), np.array(gradients)


def after_a_frame(page: Page) -> list[float]:
    """The data, once the page has done what it put off to the next frame."""
    frame = "new Promise(done => requestAnimationFrame(() => setTimeout(() => done([...explorer.data]))))"
    return page.evaluate(frame)  # type: ignore[no-any-return]


def set_leaves(page: Page, pairs: list[tuple[int, float]]) -> None:
    page.evaluate("pairs => explorer.setLeaves(pairs)", pairs)


def relative(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.max(np.abs(found - expected) / np.maximum(np.abs(expected), 1e-300)))


def test_every_row_computes_what_python_computes_after_random_edits(open_page: Open, tmp_path: Path) -> None:
    def graph(edits: np.random.Generator) -> tuple[list[Value], list[Value], Value]:
        """Each row on leaves of its own, drawn until it is defined there, and the sum of all."""
        leaves: list[Value] = []
        results = []
        for op in OPS.values():
            while True:
                draw = edits.choice([0.3, 1.0, 3.0]) * edits.normal(size=op.arity)
                operands = [Value(float(x)) for x in (np.round(draw) if edits.random() < 0.1 else draw)]
                try:
                    results.append(record(op, *operands))
                except DomainError:
                    continue
                leaves += operands
                if np.isfinite(results[-1].local_derivatives).all():
                    break
                leaves, results = leaves[: -op.arity], results[:-1]
        total = results[0]
        for each in results[1:]:
            total = total + each
        return leaves, results, total

    edits = np.random.default_rng(0)
    leaves, results, total = graph(edits)
    place = {node: i for i, node in enumerate(topological_order(total))}
    leaf_places, result_places = [place[each] for each in leaves], [place[each] for each in results]
    page = open_page(explore(total, tmp_path / "rows.html"))
    for _ in range(40):
        data, gradients = numbers(page)
        assert relative(data[result_places], np.array([each.data for each in results])) < 1e-12
        assert relative(gradients[leaf_places], np.array(grad(total, leaves))) < 1e-12
        leaves, results, total = graph(edits)
        set_leaves(page, [(i, each.data) for i, each in zip(leaf_places, leaves, strict=True)])


def test_an_edit_reaches_everything_downstream_and_nothing_else(open_page: Open, network: Path) -> None:
    page = open_page(network)
    names = page.evaluate("explorer.names")
    weight = names.index("W2[0,1]")
    set_leaves(page, [(weight, 0.75)])
    model = MLP(2, [3, 1], seed=1)
    model.layers[1].neurons[0].w[1].data = 0.75
    twin = MatrixMLP.from_scalar(model)
    cache = twin.forward(X)
    gradients = twin.backward(cache, losses.mse.dA(cache.A[2], np.array(Y))).params
    data, found = numbers(page)
    assert data[-1] == pytest.approx(losses.mse.J(cache.A[2], np.array(Y)), rel=1e-12)
    for name, array in gradients.items():
        for index, expected in np.ndenumerate(array):
            assert found[names.index(element(name, index))] == pytest.approx(expected, rel=1e-12)
    # One product, the two sums of b + w0·a0 + w1·a1 that follow, one more for w2·a2 … for each sample,
    # then error, square and mean.
    per_sample = 1 + 2 + 2
    assert page.evaluate("explorer.work.evaluated") == 3 * per_sample + 2 + 1


def test_stepping_to_the_end_shows_what_backward_gives(open_page: Open, tmp_path: Path) -> None:
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    y = (a * b + a).tanh() * a + b
    y.label = "y"
    y.backward()
    order = topological_order(y)
    page = open_page(explore(y, tmp_path / "y.html"))
    page.keyboard.press("Home")
    assert page.locator("#where").inner_text() == "Start: the leaves hold their numbers."
    assert texts(page, ".card.result .number") == [""] * 8
    last = page.evaluate("explorer.last")
    seen = []
    for _ in range(last):
        page.keyboard.press("ArrowRight")
        seen.append(page.locator("[data-card='0'] .of").text_content())
    assert list(dict.fromkeys(seen)) == ["grad", "grad 1 of 3", "grad 2 of 3"] and seen[-1] == "grad"
    shown = texts(page, ".card .grad")
    assert shown == [f"{node.grad:.4f}".replace("-", "−") for node in order]
    np.testing.assert_allclose(numbers(page)[1], [node.grad for node in order], rtol=1e-12)
    page.keyboard.press("ArrowRight")
    assert page.locator("#step").input_value() == str(last)
    page.keyboard.press("ArrowLeft")
    assert page.locator("#step").input_value() == str(last - 1)


def test_the_panel_says_formula_numbers_and_what_is_handed_down(open_page: Open, tmp_path: Path) -> None:
    w, x = Value(0.5, "w"), Value(-2.0, "x")
    y = w * x
    y.label = "y"
    page = open_page(explore(y, tmp_path / "y.html"))
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    panel = page.locator("#node")
    assert "y=w⋅x=0.5⋅(−2)= −1" in "".join(panel.locator("math, .big").all_text_contents())
    assert "arrives in the backward pass" in panel.inner_text()
    page.keyboard.press("End")
    page.locator("[data-card='2']").click()
    handed = panel.locator("li").all_text_contents()
    assert [each.replace(" ", "") for each in handed] == ["tow∂y∂y·x=1·(−2)=−2", "tox∂y∂y·w=1·0.5=0.5"]


def texts(page: Page, selector: str) -> list[str]:
    return page.locator(selector).all_text_contents()


LINKS = """() => {
  document.querySelector("#levels button").click();
  const caption = td => td.closest("table").querySelector("caption").firstChild.data;
  const place = td => [caption(td), td.parentNode.rowIndex, td.cellIndex];
  const cards = kind => [...document.querySelectorAll(`.card.${kind}`)].map(each => +each.dataset.card);
  const cells = kind => [...document.querySelectorAll(`td.${kind}`)].map(place);
  const fromCells = [...document.querySelectorAll("td")].map(td => {
    td.focus();
    const formula = document.getElementById("formula").textContent;
    return { place: place(td), text: td.textContent, formula, lit: cards("lit"), near: cards("near") };
  });
  const fromCards = explorer.names.map((_, i) => {
    document.querySelector(`[data-card="${i}"]`).focus();
    return { lit: cells("lit"), near: cells("near") };
  });
  return [explorer.names, fromCells, fromCards];
}"""


def matrices() -> dict[str, np.ndarray]:
    """Every array of the page for ``network``, by the matrix formulas; Y's gradient is not among them."""
    twin, targets = MatrixMLP.from_scalar(MLP(2, [3, 1], seed=1)), np.array(Y)
    cache = twin.forward(X)
    back = twin.backward(cache, losses.mse.dA(cache.A[2], targets))
    J = np.array([[losses.mse.J(cache.A[2], targets)]])
    found = {"X": cache.A[0], "dX": back.dA[0], "Y": targets, "J": J, "dJ": np.ones((1, 1))}
    for l in (1, 2):
        found |= {f"W{l}": twin.W[l], f"b{l}": twin.b[l], f"Z{l}": cache.Z[l], f"A{l}": cache.A[l]}
        found |= {f"dW{l}": back.dW[l], f"db{l}": back.db[l], f"dZ{l}": back.dZ[l], f"dA{l}": back.dA[l]}
    return found


def label_of(place: tuple[str, int, int]) -> str:
    """The label of the node in a cell; the a of a linear layer is its z."""
    array, row, column = place[0].removeprefix("d").replace("A2", "Z2"), *place[1:]
    return array if array == "J" else f"{array}[{row}]" if array[0] == "b" else f"{array}[{row},{column}]"


def test_every_cell_is_linked_to_its_scalar_nodes_and_back(open_page: Open, network: Path) -> None:
    names, cells, cards = open_page(network).evaluate(LINKS)
    expected = matrices()
    assert {cell["place"][0] for cell in cells} == {*expected, "dY"}
    own: dict[str, set[tuple[str, int, int]]] = {}
    for cell in cells:
        name, row, column = place = tuple(cell["place"])
        label = label_of(place)
        own.setdefault(label, set()).add(place)
        lit, near = {names[i] for i in cell["lit"]}, {names[i] for i in cell["near"]}
        assert label in lit and all(each == label or "[" not in each for each in lit)  # the rest has no cell
        if name in expected:
            assert cell["text"].replace("−", "-") == f"{expected[name][row, column] + 0.0:.4f}"
        if name == "Z1":
            W, A = {f"W1[{row},{j}]" for j in range(2)}, {f"X[{j},{column}]" for j in range(2)}
            assert near == {f"b1[{row}]"} | W | A and len(lit) == 4  # two products, two sums
        if name == "dW1":
            assert near == {f"Z1[{row},{s}]" for s in range(3)} | {f"X[{column},{s}]" for s in range(3)}
    for name, card in zip(names, cards, strict=True):
        assert {tuple(place) for place in card["lit"]} == own.get(name, set())
    inside = [card for card in cards if {place[0] for place in card["near"]} == {"Z1", "dZ1"}]
    assert len(inside) == 3 * 3 * 3  # two products and one sum, for 3 neurons and 3 samples


def test_every_matrix_formula_agrees_with_the_scalar_nodes(open_page: Open, network: Path) -> None:
    _, cells, _ = open_page(network).evaluate(LINKS)
    formulas = {tuple(cell["place"]): cell["formula"] for cell in cells}
    made = {"Z1", "A1", "Z2", "A2", "dX", "dW1", "db1", "dZ1", "dA1", "dW2", "db2", "dZ2"}
    agreeing = {place for place, formula in formulas.items() if "✓ same as the scalar node" in formula}
    assert agreeing == {place for place in formulas if place[0] in made}
    assert formulas["dW1", 0, 1].startswith("dW1[0,1] = Σs dZ1[0,s]·X[1,s]= ")
    assert formulas["Z1", 2, 1].startswith("Z1[2,1] = Σj W1[2,j]·X[j,1] + b1[2]= ")
    assert formulas["dZ1", 2, 1].startswith("dZ1[2,1] = dA1[2,1]·tanh′(Z1[2,1])= ")


@pytest.mark.parametrize("output", ["softmax", lambda z: z / (1.0 + abs(z))])
def test_where_no_formula_makes_an_element_the_scalar_nodes_do(
    open_page: Open, tmp_path: Path, output: object
) -> None:
    """An element of a softmax is made of all z; a function of one's own is made of nodes."""
    path = explore(MLP(2, [2], output=output, seed=1), tmp_path / "page.html", X=X, Y=[[0.0] * 3, [1.0] * 3])
    _, cells, _ = open_page(path).evaluate(LINKS)
    formulas = {tuple(cell["place"]): cell["formula"] for cell in cells}
    assert all("✓" in formulas[name, 0, 0] for name in ("Z1", "dW1", "db1", "dX"))
    assert formulas["A1", 0, 1].startswith("A1[0,1] = ") and "computed by" in formulas["A1", 0, 1]
    assert formulas["dZ1", 0, 1].startswith("dZ1[0,1] = Σ over its uses of gradient·local derivative")
    assert not any("so far" in formula for formula in formulas.values())


def test_leaves_are_typed_and_dragged_and_learn(open_page: Open, network: Path) -> None:
    page = open_page(network)
    before = numbers(page)[0]
    for _ in range(3):
        page.get_by_role("button", name="Step downhill").click()
    after, _ = numbers(page)
    assert after[-1] < before[-1]
    assert page.locator("#loss").inner_text().startswith(f"J = {after[-1]:.4f} was ")
    kinds = page.evaluate("explorer.kinds")
    moved = {kind for kind, old, new in zip(kinds, before, after, strict=True) if old != new}
    assert moved == {"parameter", "result", "output"}
    page.get_by_role("button", name="Reset").click()
    np.testing.assert_array_equal(numbers(page)[0], before)

    page.get_by_role("button", name="Scalars").click()
    page.locator("#query").fill("X[0,1]")
    page.keyboard.press("Enter")
    page.get_by_label("value", exact=True).fill("2.5e-1")
    leaf = page.evaluate("explorer.names").index("X[0,1]")
    assert numbers(page)[0][leaf] == 0.25
    page.get_by_label("value", exact=True).fill("much")
    page.keyboard.press("Tab")
    assert "“much” is not a finite number" in page.locator("#alert").inner_text()
    assert numbers(page)[0][leaf] == 0.25
    page.get_by_label("Drag X[0,1]").focus()
    page.keyboard.press("ArrowRight")
    assert after_a_frame(page)[leaf] > 0.25
    box = page.locator(f"[data-card='{leaf}']").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] - 300, box["y"], steps=4)
    page.mouse.up()
    assert after_a_frame(page)[leaf] < 0.0


def test_a_leaf_is_a_graph_and_a_constant_is_called_by_its_number(open_page: Open, tmp_path: Path) -> None:
    page = open_page(explore(Value(2.0, "x"), tmp_path / "leaf.html"))
    page.get_by_role("button", name="Step downhill").click()
    assert numbers(page)[0].tolist() == [1.9] and numbers(page)[1].tolist() == [1.0]
    page = open_page(explore(Value(2.0, "x") * 3.0, tmp_path / "constant.html"))
    page.locator(".card.constant").click()
    page.get_by_label("value", exact=True).fill("-4")
    assert page.locator("#node h2").inner_text() == "−4"
    assert numbers(page)[0].tolist() == [2.0, -4.0, -8.0]


def test_a_domain_error_is_said_kindly_and_undone(open_page: Open, tmp_path: Path) -> None:
    x = Value(2.0, "x")
    y = x.log() * 3.0
    page = open_page(explore(y, tmp_path / "log.html"))
    alert = page.locator("#alert")
    set_leaves(page, [(0, -1.5)])
    assert alert.inner_text().startswith("log(x = −1.5) is outside its domain")
    assert "–" in texts(page, ".card.output .number")
    set_leaves(page, [(0, 0.0)])
    assert alert.inner_text().startswith("log(x = 0) has no finite value")
    page.get_by_role("button", name="Step downhill").click()
    assert "no finite gradient" in alert.inner_text()
    page.get_by_role("button", name="Undo").click()
    assert not alert.is_visible() and numbers(page)[0][0] == 2.0


def test_hostile_labels_stay_text_everywhere(open_page: Open, tmp_path: Path) -> None:
    leaves = [Value(1.0 + i, label) for i, label in enumerate(HOSTILE)]
    named = [Value(0.5, f"{label}[{i}]") for label in HOSTILE[:4] for i in range(2)]
    y = leaves[0] * 1.5
    for each in (*leaves[1:], *named):
        y = y + each
    y.label = HOSTILE[0]
    page = open_page(explore(y, tmp_path / "hostile.html"))
    names = page.evaluate("explorer.names")
    assert names[0] == HOSTILE[0] and {*HOSTILE[:6], HOSTILE[7]} <= {*names}
    assert "two⏎lines" in names and max(map(len, names)) == 300
    assert HOSTILE[0] in page.locator("h1").inner_text() and HOSTILE[0][:10] in page.title()
    for i in range(0, len(names), 3):
        page.locator(f"[data-card='{i}']").dispatch_event("focusin")
        page.evaluate("i => document.querySelector(`[data-card='${i}']`).focus()", i)
        page.keyboard.press("Enter")
    page.locator("#query").fill("<img")
    assert page.locator("#match-count").inner_text() == "3 found"
    page.evaluate("for (let k = 0; k <= explorer.last; k++) explorer.goTo(k)")
    page.evaluate("document.querySelectorAll('td').forEach(each => each.focus())")
    assert page.locator("script").count() == 2 and page.locator("img").count() == 0
    assert page.evaluate("typeof hacked") == "undefined"


def test_neurons_and_layers_fold_and_open(open_page: Open, network: Path) -> None:
    page = open_page(network)
    page.get_by_role("button", name="Layers").click()
    assert "Z1 = W1·A0 + b1" in texts(page, ".heading") and page.locator(".card").count() < 14
    page.get_by_role("button", name="Neurons").click()
    headings = [each for each in texts(page, ".heading") if each.startswith("a1")]
    assert headings == [f"a1[{i}] = tanh(W1[{i}]·A0 + b1[{i}])" for i in range(3)]
    tops = [page.locator(".card", has_text=each).bounding_box()["y"] for each in headings]  # type: ignore[index]
    assert tops == sorted(tops)
    for _ in range(2):  # the first click selects it
        page.locator(".card", has_text=headings[1]).click()
    assert headings[1] not in texts(page, ".heading") and headings[0] in texts(page, ".heading")
    inside = page.locator(".card", has_text="W1[1,0]").bounding_box()
    assert inside and page.locator(".card", has_text="W1[0,0]").count() == 0
    page.get_by_role("button", name=f"Fold {headings[1]}").press("Enter")
    assert headings[1] in texts(page, ".heading")
    page.get_by_role("button", name="Scalars").click()
    assert page.locator(".card").count() == len(page.evaluate("explorer.names"))


def test_keys_walk_the_graph_and_play_and_zoom(open_page: Open, tmp_path: Path) -> None:
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    y = a * b + 1.0
    y.label = "y"
    page = open_page(explore(y, tmp_path / "walk.html"))
    focused = "document.activeElement.getAttribute('aria-label')"
    page.locator(".card.output").focus()
    assert page.evaluate(focused) == "y, output, value −5.0000, gradient 1.0000"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(focused) == "a, input, value 2.0000, gradient −3.0000"
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused).startswith("b, input")
    page.keyboard.press("Enter")
    assert page.locator("#node h2").inner_text() == "b"
    page.evaluate("document.activeElement.blur()")
    before = page.locator("#picture").get_attribute("viewBox")
    page.keyboard.press("+")
    assert page.locator("#picture").get_attribute("viewBox") != before
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    expect(page.locator("#step")).to_have_value("2")
    page.get_by_role("button", name="Pause").click()
    assert page.get_by_role("button", name="Play").count() == 1


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)], ids=str
)
def test_axe_finds_no_violation(open_page: Open, network: Path, scheme: str, width: int) -> None:
    page = open_page(network, width, 800, color_scheme=scheme)
    page.evaluate("explorer.goTo(explorer.last - 9)")
    page.locator("td").nth(3).focus()
    for level in ("Layers", "Scalars"):
        page.get_by_role("button", name=level).click()
        assert violations(page.evaluate) == []
    set_leaves(page, [(page.evaluate("explorer.kinds").index("parameter"), float("1e200"))])
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_printed_page_shows_the_whole_graph_and_no_controls(open_page: Open, network: Path) -> None:
    page = open_page(network, color_scheme="dark")
    page.get_by_role("button", name="Scalars").click()
    page.emulate_media(media="print")
    assert not page.get_by_role("button", name="Step downhill").is_visible()
    x, y, width, height = map(float, (page.locator("#picture").get_attribute("viewBox") or "").split())
    size = page.evaluate("JSON.parse(document.getElementById('contents').textContent).pictures[0].size")
    assert x <= 0 and y <= 0 and x + width >= size[0] and y + height >= size[1]
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(27, 31, 36)"


def test_names_are_those_of_explain(open_page: Open, tmp_path: Path) -> None:
    x = Value(2.0, "x")
    y = (x * 3.0 + Value(1.0, "x")).tanh()
    names = Names(topological_order(y))
    page = open_page(explore(y, tmp_path / "names.html"))
    assert page.evaluate("explorer.names") == [names[node] for node in names.order]


def test_every_card_has_a_name_before_anybody_looks_at_it(open_page: Open, network: Path) -> None:
    page = open_page(network, width=500, height=400)
    names = "all => all.map(each => each.getAttribute('aria-label'))"
    found = page.locator("#picture [role=button]").evaluate_all(names)
    assert len(found) > 5 and all(found)


def test_what_is_seen_can_be_saved_as_an_svg(open_page: Open, network: Path, tmp_path: Path) -> None:
    page = open_page(network)
    with page.expect_download() as saving:
        page.click("#save")
    saving.value.save_as(tmp_path / "graph.svg")
    root = ET.parse(tmp_path / "graph.svg").getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img" and root.findtext(f"{space}title") == page.title()
    words = {"".join(each.itertext()) for each in root.iter(f"{space}text")}
    assert words >= set(page.locator("#picture text").all_text_contents()) - {""}
    assert "--input" in (root.findtext(f"{space}style") or "")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_seen_can_be_saved_as_a_png(
    open_page: Open, network: Path, tmp_path: Path, scheme: str
) -> None:
    page = open_page(network, color_scheme=scheme)
    with page.expect_download() as saving:
        page.click("#save-png")
    assert saving.value.suggested_filename == "graph.png"
    saving.value.save_as(tmp_path / "graph.png")
    pixels = plt.imread(tmp_path / "graph.png")
    box = page.locator("#picture").bounding_box()
    assert box and pixels.shape[1] == pytest.approx(2 * box["width"], abs=2)
    corner = pixels[0, 0, :3].mean()
    assert (corner > 0.9) == (scheme == "light")
    assert len({tuple(pixel) for pixel in (pixels[::3, ::3, :3] * 255).astype(int).reshape(-1, 3)}) > 20


def test_a_print_cuts_no_array(open_page: Open, tmp_path: Path) -> None:
    model, samples = MLP(40, [3, 1], seed=0), np.random.default_rng(0).normal(size=(40, 2))
    page = open_page(explore(model, tmp_path / "wide.html", X=samples, Y=samples[:1]), width=740, height=1000)
    page.emulate_media(media="print")
    right = "Math.max(...[...document.querySelectorAll('table')].map(t => t.getBoundingClientRect().right))"
    assert page.evaluate(right) <= 740 and page.evaluate("document.documentElement.scrollWidth") <= 740
