"""Cards of formulas that open in their place, in a real browser."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from autodiff import Value, leaves, topological_order
from benchmarks.graphs import attention
from tests.viz.lab.pages import frames
from viz import draw, explore
from viz.graph.programs import target_name

pytestmark = pytest.mark.long

Open = Callable[..., Page]

CARDS = """() => explorer.picture.cards.map(({ box, values, scalar, folded, symbol, title }, k) =>
  ({ box, values, scalar, symbol, title, nodes: explorer.picture.of.filter(each => each === k).length }))"""


def graph() -> Value:
    """An attention of 300 nodes."""
    rng = np.random.default_rng(0)
    Q, K, X = (leaves(name, rng.normal(size=(3, 3))) for name in ("WQ", "WK", "X"))
    S = np.exp((X @ Q) @ (X @ K).T / np.sqrt(3.0))
    loss: Value = (((S / S.sum(axis=1, keepdims=True)) @ X) ** 2).sum()
    return loss


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return explore(graph(), tmp_path_factory.mktemp("opening") / "small.html")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    loss = attention((4,), vocabulary=12, width=16, heads=2, hidden=32).loss
    assert len(topological_order(loss)) > 20_000
    return explore(loss, tmp_path_factory.mktemp("opening") / "large.html")


def card(page: Page, text: str):  # type: ignore[no-untyped-def]
    return page.locator(".card", has_text=text).first


def overlapping(cards: list[dict]) -> list[tuple[str, str]]:
    boxes = np.array([each["box"] for each in cards], dtype=float)
    low, high = boxes[:, :2] + 1, boxes[:, :2] + boxes[:, 2:] - 1
    meet = ((low[:, None] < high[None]) & (low[None] < high[:, None])).all(axis=2)
    return [(cards[i]["title"], cards[j]["title"]) for i, j in zip(*np.nonzero(np.triu(meet, 1)))]


def test_a_graph_is_folded_by_the_formulas_of_its_listing_and_each_card_opens_in_its_place(
    open_page: Open, small: Path
) -> None:
    page = open_page(small)
    page.get_by_role("button", name="Formulas").click()
    cards = page.evaluate(CARDS)
    drawn = draw(graph(), level="formula").cards
    assert [each["symbol"] or each["title"] for each in cards] == [
        each.formula or each.title for each in drawn
    ]
    count = page.evaluate("explorer.names.length")
    assert sum(each["nodes"] for each in cards) == count
    for name in ("S = ", "P = ", "J = "):
        card(page, name).press("Enter")
        card(page, name).press("Enter")
        cards = page.evaluate(CARDS)
        assert sum(each["nodes"] for each in cards) == count and not overlapping(cards)
        assert not any((each["symbol"] or "").startswith(name) for each in cards)
        assert all(each["nodes"] == 1 for each in cards if each["scalar"])
    names = page.evaluate("explorer.names")
    assert {f"P[{i},{j}]" for i in range(3) for j in range(3)} < set(names)
    assert page.locator(".box text", has_text="P[1,2]").count() == 1
    share = page.evaluate("explorer.data[explorer.names.indexOf('P[1,2]')]")
    page.locator("[aria-label='P[1,2], result']").focus()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith(
        f"P[1,2], result, value {share:.4f}"
    )
    page.get_by_role("button", name="Fold S = ").press("Enter")
    page.locator("[data-fold] text", has_text="P = ").dispatch_event("pointerdown", {"pointerId": 1})
    page.locator("[data-fold] text", has_text="P = ").dispatch_event("pointerup", {"pointerId": 1})
    assert sorted(each["symbol"][0] for each in page.evaluate(CARDS) if not each["scalar"] and each["symbol"])
    assert page.locator("[data-fold]").count() == 1


def test_paths_and_steps_go_through_what_is_open_and_what_is_folded(open_page: Open, small: Path) -> None:
    page = open_page(small)
    page.get_by_role("button", name="Formulas").click()
    card(page, "P = ").press("Enter")
    card(page, "P = ").press("Enter")
    page.get_by_role("button", name="P[0,0], result").first.press("Enter")
    assert page.locator(".edge.route").count() >= 1
    step = page.evaluate("explorer.last") - 40
    page.evaluate("step => explorer.goTo(step)", step)
    assert page.locator(".card.current").count() == 1


def test_20_000_nodes_open_folded_and_say_so_and_what_is_too_large_opens_in_parts(
    open_page: Open, large: Path
) -> None:
    assert large.stat().st_size < 1_000_000
    page = open_page(large)
    session = page.context.new_cdp_session(page)
    session.send(
        "Performance.enable", {"timeDomain": "threadTicks"}
    )  # of the processor: others load the machine
    page.reload()
    metrics = session.send("Performance.getMetrics")["metrics"]
    assert next(each["value"] for each in metrics if each["name"] == "TaskDuration") < 3.0
    expect(page.locator("#summary")).to_contain_text("cards by the formulas found in it")
    assert page.locator(".card").count() < 40
    card(page, "Z_up = ").press("Enter")
    expect(page.locator("#node .too-many")).to_contain_text("too many to be shown at once")
    card(page, "Z_up = ").press("Enter")
    assert page.locator("[data-fold]").count() == 0
    page.get_by_label("column").fill("5")
    page.get_by_role("button", name="Open element").click()
    assert page.locator("[data-fold]").count() == 1 and card(page, "Z_up = ").count() == 1
    cards = page.evaluate(CARDS)
    assert sum(each["nodes"] for each in cards) == page.evaluate("explorer.names.length")
    assert "Z_up[0,5]" in {each["title"] for each in cards if each["scalar"]}
    assert not overlapping(cards)


def test_where_lift_finds_no_formulas_the_page_says_so(open_page: Open, tmp_path: Path) -> None:
    x = [Value(0.1 * k, "x") for k in range(8)]  # all of one label
    loss = sum((a * b).tanh() for a, b in zip(x[:4], x[4:]))
    page = open_page(explore(loss, tmp_path / "page.html"))
    expect(page.locator("#summary")).to_contain_text(
        "no formulas are found in it: two Values are labelled 'x'"
    )


def test_a_listing_names_every_card_of_its_picture() -> None:
    drawn = draw(graph(), level="formula").cards
    assert {"S", "P", "J"} <= {target_name(each.formula) for each in drawn if each.formula}


def test_of_many_cards_those_out_of_view_wait_outside_the_page(open_page: Open, tmp_path: Path) -> None:
    x = [Value(0.01 * k, f"x{k}") for k in range(150)]
    loss = sum(((each * each).tanh() for each in x[1:]), x[0].tanh())
    page = open_page(explore(loss, tmp_path / "page.html"))
    page.get_by_role("button", name="Scalars").click()
    names = page.evaluate("explorer.names")
    assert 0 < page.locator(".card").count() < len(names) / 2
    page.locator("#query").fill("x149")
    page.locator("#query").press("Enter")
    expect(page.locator(".card.found.lit")).to_be_visible()
    page.evaluate("explorer.goTo(1)")
    expect(page.locator(".card.current")).to_be_visible()
    assert page.locator(".card.waiting").count() > 10
    page.locator("#fit").click()
    page.wait_for_function("count => document.querySelectorAll('.card').length === count", arg=len(names))
    page.locator("[data-card='0']").press("ArrowRight")
    assert page.evaluate("document.activeElement.hasAttribute('data-card')")


SHEETS = """() => [...document.querySelectorAll("#sheets svg")].map(each =>
  [each.getAttribute("viewBox").split(" ").map(Number), each.getBoundingClientRect().width])"""


def test_a_picture_too_large_for_a_sheet_of_paper_is_printed_in_parts(open_page: Open, small: Path) -> None:
    page = open_page(small, width=718, height=1000)
    page.get_by_role("button", name="Formulas").click()
    for _ in range(2):
        card(page, "softmax").press("Enter")
    frames(page)  # until it has the size of what is shown beside it
    before = page.locator("#picture").get_attribute("viewBox")
    page.emulate_media(media="print")
    frames(page)
    parts = page.evaluate(SHEETS)
    assert len(parts) > 2 and not page.locator("#picture").is_visible()
    assert all(width / box[2] > 0.6 for box, width in parts)  # pixels a unit: letters of 7 pixels or more
    for each in page.evaluate(CARDS):
        x, y, width, height = each["box"]
        middle = x + width / 2, y + height / 2
        assert any(
            a <= middle[0] <= a + wide and b <= middle[1] <= b + high for (a, b, wide, high), _ in parts
        )
    page.emulate_media(media="screen")
    expect(page.locator("#picture")).to_have_attribute("viewBox", before or "")
