"""The lab in a real browser: what a learner does in it."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from autodiff import Value, expression, grad
from tests.viz.axe import violations
from tests.viz.conftest import VISIT
from tests.viz.lab.pages import frames, link

pytestmark = pytest.mark.long

LOOK = "[document.documentElement.dataset.room, document.documentElement.dataset.look]"
NEURON = "a = tanh(w*x + b)\nloss = (a - y)**2"


def write(page: Page, text: str) -> None:
    """Type a text as a whole, and wait until its graph is there, not that of a text before it."""
    page.evaluate(
        "addEventListener('input', () => { window.before = lab.names; }, { capture: true, once: true })"
    )
    page.locator("#text").fill(text)
    page.wait_for_function("() => lab.names !== window.before")


def numbers(page: Page) -> dict[str, tuple[float, float]]:
    names, data, gradients = page.evaluate("[lab.names, [...lab.data], [...lab.gradients]]")
    return {name: pair for name, *pair in zip(names, data, gradients, strict=True)}


def test_an_expression_stands_there_as_its_graph_with_the_gradients_of_python(page):
    write(page, "loss = (tanh(w*x + b) - y)**2")
    given = {"w": 0.5, "x": 2.0, "b": 1.0, "y": 1.5}
    leaves = {name: Value(number, name) for name, number in given.items()}
    y = expression("(tanh(w*x + b) - y)**2", **leaves)
    found = numbers(page)
    assert found["loss"][0] == pytest.approx(y.data, rel=1e-12)
    for name, leaf in leaves.items():
        assert found[name] == pytest.approx([leaf.data, grad(y, leaf)], rel=1e-12)
    assert page.locator(".card").count() == 10 and page.locator("#said").inner_text() == ""


def test_every_keystroke_of_a_line_is_answered_with_a_graph_or_with_what_is_missing(page):
    page.locator("#text").fill("")
    expect(page.locator("#said")).to_contain_text("type an expression")
    said = []
    for key in "y = w*(x + b":
        page.locator("#text").press(key if key != " " else "Space")
        said.append(page.locator("#said").inner_text().split("\n")[0])
    assert said[0] == "" and "ends too early" in said[2] and "“)” is missing" in said[-1]
    expect(page.locator("#text")).to_have_attribute("aria-invalid", "true")
    page.locator("#text").press(")")
    expect(page.locator("#summary")).to_have_text("5 nodes: 3 leaves, 2 operations")
    assert page.locator("#said pre").count() == 0


def test_a_number_is_changed_beside_the_text_in_the_text_and_in_the_graph(page):
    page.locator("[data-leaf=w]").fill("-0.25")
    assert numbers(page)["w"][0] == -0.25
    write(page, f"w = 0.75\n{NEURON}")
    assert numbers(page)["w"][0] == 0.75
    page.get_by_role("button", name="Take apart").click()
    page.locator(".card.leaf", has_text="w").first.click()
    page.locator("#leaf").fill("2")
    page.get_by_role("button", name="Build").click()
    assert page.locator("[data-leaf=w]").input_value() == "2"
    page.locator("[data-leaf=w]").fill("1e309")
    expect(page.locator("[data-leaf=w]")).to_have_attribute("aria-invalid", "true")
    assert numbers(page)["w"][0] == 2.0


def test_what_has_no_value_is_said_where_the_graph_is_built(page):
    alert = page.locator("#alert")
    write(page, "y = log(x)")
    page.locator("[data-leaf=x]").fill("-2")
    assert alert.inner_text().startswith("log(x = −2) is outside its domain")
    alert.get_by_role("button", name="Undo").click()
    assert alert.is_hidden() and numbers(page)["x"][0] == 2.0
    write(page, "y = sqrt(-1*x)")
    assert alert.inner_text().startswith("sqrt((−1)·x = −2) is outside its domain")
    write(page, "y = sqrt(x)")
    assert alert.is_hidden()


def test_changes_are_taken_back_one_by_one(page):
    page.locator("[data-leaf=w]").fill("3")
    page.locator("[data-leaf=x]").fill("-1")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Control+z")
    assert (numbers(page)["w"][0], numbers(page)["x"][0]) == (3.0, 2.0)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert (numbers(page)["w"][0], page.locator("[data-leaf=w]").input_value()) == (0.5, "0.5")


def test_the_first_change_of_a_graph_is_taken_back_however_soon_it_follows_one_of_the_graph_before(page):
    page.locator("[data-leaf=w]").fill("3")
    write(page, "y = w*x")
    page.locator("[data-leaf=w]").fill("4")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Control+z")
    assert numbers(page)["w"][0] == 3.0


def test_another_address_shows_nothing_of_the_state_before(visit):
    page = visit("#e=y = w*x&v=w:7&p=w:0")
    page.get_by_role("button", name="Train", exact=True).click()
    page.locator("#train-epoch").click()
    page.locator("#choose-activation").select_option("relu")
    page.locator("#choose-seed").fill("2.5")
    page.locator("#train-play").click()
    visit("#e=y = w*x&room=build")
    assert numbers(page)["w"] == [0.5, 2.0] and page.locator(".card.parameter").count() == 1
    page.get_by_role("button", name="Train", exact=True).click()
    assert page.locator("#train-play").inner_text() == "Play"
    assert page.evaluate("[lab.training.steps, lab.training.choice.activation]") == [0, "tanh"]
    assert page.locator("#curve-said").inner_text() == "J after each epoch"
    assert page.locator("#choices [aria-invalid=true]").count() == 0


def test_the_lines_of_a_text_are_cards_that_open(page):
    write(page, "h = tanh(w*x + b)\nloss = (h - y)**2")
    page.get_by_role("button", name="Lines").click()
    headings = page.locator("#picture .heading").all_text_contents()
    assert headings == ["h = tanh(w·x + b)", "loss = (h − y)²"]
    assert page.locator(".card").count() == 6
    assert page.locator("[data-leaf]").evaluate_all("all => all.map(each => each.dataset.leaf)") == [*"wxby"]
    page.locator(".card.result").click()
    page.locator(".card.result").click()
    assert page.locator("#picture .heading").all_text_contents() == ["loss = (h − y)²"]
    assert page.locator(".card", has_text="w·x + b").count() == 1
    page.get_by_role("button", name="Fold h = tanh(w·x + b)").press("Enter")
    assert page.locator("#picture .heading").all_text_contents() == headings
    write(page, "y = w*x")
    expect(page.locator("#levels")).to_be_hidden()


def test_the_path_to_a_weight_is_a_product_and_several_are_added_up(page):
    write(page, NEURON)
    page.keyboard.press("Escape")
    page.locator(".card.leaf", has_text="w").first.click()
    assert page.locator(".edge.route").count() == 5
    factors = [text.replace("−", "-") for text in page.locator(".pill text").all_text_contents()]
    assert np.prod([float(text) for text in factors]) == pytest.approx(numbers(page)["w"][1], rel=1e-3)
    write(page, "x2 = x*x\ny = x2*x")
    page.locator(".card.leaf").first.click()
    products = [float(text) for text in page.locator(".routes b").all_text_contents()]
    assert sum(products) == pytest.approx(numbers(page)["x"][1]) and len(products) == 3
    page.locator(".routes li").last.hover()
    assert page.locator(".edge.route").count() == 1


def test_a_step_says_the_chain_rule_in_a_sentence(page):
    write(page, NEURON)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Take apart").click()
    page.evaluate("lab.goTo(8)")
    said = page.locator("#node .chain p").first.inner_text()
    assert said == "What a gets is how fast loss changes with a − y, times how fast a − y changes with a."


HANDED = "[...document.querySelectorAll('#node .now')].map(each => each.querySelector('math').textContent)"


def test_a_local_derivative_is_printed_as_in_a_book(page):
    write(page, "a = tanh(w*x + b)\nloss = (a - y)**2 + relu(a) + 2/a**3")
    page.get_by_role("button", name="Take apart").click()
    printed = set()
    for step in range(page.evaluate("2 * lab.names.length")):
        page.evaluate(f"lab.goTo({step})")
        printed |= {text.partition("·")[2] for text in page.evaluate(HANDED)}
    assert {"2⋅(a − y)", "(1−a2)", "{1a>00otherwise", "3⋅a2"} <= printed
    assert not any("2−1" in text or "sech" in text for text in printed)


def test_all_is_done_by_keys_alone(page):
    page.locator("#text").focus()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("y = w*x")
    page.wait_for_function("() => lab.names.length === 3")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.leaf") == "w"
    page.keyboard.press("Control+A")
    page.keyboard.type("3")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # w no longer learns
    page.wait_for_function("() => document.querySelectorAll('.card.parameter').length === 0")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("3")
    assert page.evaluate("document.documentElement.dataset.room") == "apart"
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert page.locator("#where").inner_text() == "Forward, 1 of 1: compute y by mul."
    page.keyboard.press("End")
    page.locator("[data-card='0']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert page.locator("#node h2").inner_text() == "y"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("1")
    assert page.evaluate("document.documentElement.dataset.room") == "build"


def test_a_link_shows_the_same_again(page, open_page, lab):
    write(page, "h = sigmoid(u*x)\nloss = (h - y)**2")
    page.locator("[data-leaf=u]").fill("-1.25")
    page.locator(".learns input").first.check()
    page.get_by_role("button", name="Take apart").click()
    page.get_by_role("button", name="Look").click()
    assert "look=light" in link(page) and "u%3A-1.25" in link(page)
    again = open_page(lab, address=link(page))
    again.evaluate("lab.ready")
    assert numbers(again) == numbers(page)
    assert again.evaluate(LOOK) == ["apart", "light"]
    assert again.locator(".card.parameter").count() == 1


SHOWN = """() => [lab.picture.level, lab.picture.cards.map(({ title, symbol }) => [title, symbol]), lab.step,
  document.querySelector("#node h2").textContent]"""


def test_a_link_shows_the_same_level_opened_cards_and_node(page, visit, open_page, lab):
    write(page, "h = tanh(w*x + b)\ng = h*h + x\nloss = (g - y)**2")
    page.get_by_role("button", name="Lines").click()
    page.locator(".card", has_text="h = tanh").press("Enter")
    page.locator(".card", has_text="h = tanh").press("Enter")
    page.locator(".card", has_text="w·x + b").press("Enter")
    shown = page.evaluate(SHOWN)
    assert shown[0] == "Lines" and shown[-1] == "w·x + b" and ["h", "h = tanh(w·x + b)"] not in shown[1]
    again = open_page(lab, address=link(page))
    again.evaluate("lab.ready")
    assert again.evaluate(SHOWN) == shown
    for nonsense in (
        "level=Lines&open=99_0.5_x_3.-1.7",
        "level=toString&n=1e9&k=x",
        "level=Lines&n=-7&k=2.5",
    ):
        assert visit(f"#{nonsense}").locator("#picture [data-fold]").count() == 0


HOSTILE = [
    "y = <img src=x onerror=hacked=1>",
    "(" * 5000,
    "w=1e308*1e308\nw*x",
    "x" * 9000 + "*2",
    "\u0000\ud800 * 3",
    "가 = 1e308\n가*가*가",
    "log(0*x)",
    "=".join("abcdef"),
    "# only a remark",
    " + ".join(f"x{i}" for i in range(400)),
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
def test_nothing_typed_breaks_the_page(page, text):
    page.locator("#text").fill(text)
    frames(page)
    write(page, "y = 3*x")
    assert page.evaluate("[lab.names.length, window.hacked]") == [3, None]


NUMBER_HEIGHT = """() => {
  const picture = document.getElementById("picture"), numbers = [...picture.querySelectorAll(".number")];
  const scale = picture.getBoundingClientRect().width / picture.viewBox.baseVal.width;
  const written = numbers.filter(each => each.textContent && each.checkVisibility());
  const panel = [...document.querySelectorAll("#node :is(.big, .line math, .routes b), #values [data-leaf]")];
  const height = each => parseFloat(getComputedStyle(each).fontSize);
  return Math.min(...written.map(each => height(each) * scale), ...panel.map(height));
}"""
TOUCHING = """() => [...document.querySelectorAll("#picture .card")].filter(card => {
  const [title, number, grad, of] = [".title", ".number:not(.grad)", ".grad", ".of"].map(name =>
    card.querySelector(name)?.getBBox());
  const meet = (a, b) => a?.width && b?.width && a.x < b.x + b.width + 4 && b.x < a.x + a.width + 4
    && a.y < b.y + b.height - 2 && b.y < a.y + a.height - 2;
  return meet(title, number) || meet(of, grad);
}).map(card => card.textContent)"""


def show_each_level(page: Page) -> None:
    """On a projector: all levels of the graph, and one with a card open."""
    page.wait_for_function("() => document.querySelectorAll('#levels button').length > 1")
    for button in page.locator("#levels button").all()[::-1]:
        button.dispatch_event("click")
        frames(page)
        level = button.inner_text()
        assert page.evaluate(NUMBER_HEIGHT) >= 28, level
        assert page.evaluate(TOUCHING) == []
        for _ in range(2 if level != "Scalars" else 0):
            page.locator(".card.wide").first.dispatch_event("keydown", {"key": "Enter"})
            frames(page)
        assert page.evaluate(NUMBER_HEIGHT) >= 28, f"{level}, opened"


@pytest.mark.parametrize("projector", [False, True])
def test_no_name_on_a_card_touches_its_number(page, projector):
    if projector:
        page.set_viewport_size({"width": 1920, "height": 1080})
        page.get_by_role("button", name="Projector").click()
        write(page, "loss = (tanh(w*x + b) - y)**2")
        frames(page)
        assert page.evaluate(NUMBER_HEIGHT) >= 28  # pixels, for the back row
        for k in range(page.locator("#examples button").count()):
            page.evaluate("window.before = lab.names")
            page.locator("#examples button").nth(k).dispatch_event("click")
            page.wait_for_function("() => lab.names !== window.before")
            frames(page)
            assert page.evaluate(NUMBER_HEIGHT) >= 28, page.locator("#text").input_value()
            assert page.evaluate(TOUCHING) == []
        show_each_level(page)  # of the last example
        page.get_by_role("button", name="Train", exact=True).click()
        page.locator("#dissect").click()
        page.wait_for_function("() => lab.names.at(-1) === 'J'")
        show_each_level(page)
        page.get_by_role("button", name="Build").click()
    for text in (NEURON, "value = 3\nlonger_name = -value - 1234.5678\nx0 = longer_name - value*1e-7"):
        write(page, text)
        page.keyboard.press("Escape")
        frames(page)
        assert page.evaluate(TOUCHING) == []


def test_a_leaf_is_dragged_while_the_steps_play(page):
    write(page, NEURON)
    page.get_by_role("button", name="Take apart").click()
    page.get_by_role("button", name="To the start").click()
    page.get_by_role("button", name="Play").click()
    box = page.locator(".card.leaf", has_text="w").first.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 10)
    page.mouse.down()
    for k in range(12):
        page.mouse.move(box["x"] + 20 + 9 * k, box["y"] + 10 + k % 3)
    page.mouse.up()
    frames(page)
    found = numbers(page)
    assert found["w"][0] > 0.5
    assert found["a"][0] == pytest.approx(np.tanh(found["w"][0] * found["x"][0] + found["b"][0]), rel=1e-12)
    page.get_by_role("button", name="To the end").click()
    assert numbers(page)["loss"][1] == 1.0


HIDDEN = """() => {
  const { left, right, top, bottom } = document.getElementById("picture").getBoundingClientRect();
  const numbers = [...document.querySelectorAll("#picture .number")].filter(each => each.checkVisibility());
  return numbers.map(each => [each.textContent, each.getBoundingClientRect()]).filter(([text, box]) =>
    text && (box.left < left || box.right > right || box.top < top || box.bottom > bottom));
}"""
WIDEST = """Math.max(...[document.documentElement, ...document.querySelectorAll("main, #train")]
  .map(each => each.scrollWidth))"""


def test_a_room_of_people_sees_every_number_of_a_stop(visit):
    page = visit("#tour=9&projector=on")
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.evaluate("dispatchEvent(new HashChangeEvent('hashchange'))")
    page.evaluate("lab.ready")
    frames(page)
    assert page.evaluate(NUMBER_HEIGHT) >= 28 and page.evaluate(HIDDEN) == []


def test_on_paper_a_graph_takes_the_room_that_it_needs(page):
    write(page, NEURON)
    page.emulate_media(media="print")
    frames(page)
    width, height = page.evaluate("lab.picture.size")
    box = page.locator("#picture").bounding_box()
    assert box["width"] / box["height"] == pytest.approx((width + 48) / (height + 48), rel=0.02)


@pytest.mark.parametrize("width", [360, 700, 1024])
def test_no_room_is_wider_than_the_page(page, width):
    page.set_viewport_size({"width": width, "height": 700})
    for room in ROOMS:
        page.get_by_role("button", name=room, exact=True).click()
        frames(page)
        assert page.evaluate(WIDEST) <= width, room


ROOMS = ["Build", "Train", "Take apart"]


@pytest.mark.parametrize("room", range(3), ids=ROOMS.__getitem__)
def test_axe_finds_nothing(either, room):
    either.evaluate(f"({VISIT})('#e=y = x*x*w')")
    either.click(".card.leaf")  # which has several paths
    either.click(f"#rooms button:nth-child({room + 1})")
    for width, projector in ((1280, False), (360, False), (1920, True)):
        either.resize(width, 900)
        if projector:
            either.click("#projector")
        for look in ("light", "dark"):
            while either.evaluate("document.documentElement.dataset.look") != look:
                either.click("#look")
            assert violations(either.evaluate) == []
        assert either.evaluate("document.documentElement.scrollWidth") <= width
