"""The page of a class: what stands in it, light and dark, on a wide screen and on a phone."""

import pytest

from duograd.class_page import class_page
from nn.grading.grades import grade_of
from nn.grading.judged import Judged, not_judged
from nn.judging.file_verdict import Row
from tests.viz.axe import violations

pytestmark = pytest.mark.long

MISTAKES = ["sign flipped", "1/m missing", "tanh′ missing"]
STUDENTS = 60
LONG = "x" * 10_000


def judged(number):
    """A file that is right, or has up to three mistakes; every tenth could not be judged."""
    if number % 10 == 9:
        return not_judged("it took too long")
    made = MISTAKES[: number % 4]
    rows = [Row("f", f"W{i}", False, "<b>dW</b> is it", name, line=i) for i, name in enumerate(made)]
    return Judged("wrong" if made else "right", [Row("f", "b", True, "right"), *rows])


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    names = [LONG, "<i>", *(f"student {number}" for number in range(2, STUDENTS))]
    class_page([grade_of(name, {"a.py": judged(i)}) for i, name in enumerate(names)], "Judged: <h1>", path)
    return path


@pytest.fixture(scope="module")
def page(browser):
    """One page in which the file is opened anew for each test."""
    page = browser.new_page()
    yield page
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 360])
def test_it_is_read_on_any_screen_and_asks_for_nothing(page, page_file, scheme, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(page_file.as_uri())
    page.click("#student-3 summary")
    assert (asked, said) == ([page_file.as_uri()], [])
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert violations(page.evaluate) == []


def test_mistakes_stand_beside_who_made_them_the_most_frequent_first(page, page_file):
    page.goto(page_file.as_uri())
    assert page.title() == page.inner_text("h1") == "Judged: <h1>"
    made = {name: sum(name in MISTAKES[: i % 4] for i in range(STUDENTS) if i % 10 != 9) for name in MISTAKES}
    expected = [*sorted(made.items(), key=lambda each: -each[1]), ("not judged", STUDENTS // 10)]
    rows = page.locator(".mistakes tbody tr")
    assert [(row.locator("th").inner_text(), row.locator(".who a").count()) for row in rows.all()] == expected
    glance = page.locator(".glance tbody tr")
    assert [row.locator(".made").count() for row in glance.all()] == [count for _, count in expected]
    first = page.locator(".glance thead a").first
    assert first.get_attribute("title") == "‹i>" and first.inner_text() == "2"
    first.click()
    assert page.url.endswith("#student-2")
    page.click("#student-2 summary")
    found = page.inner_text("#student-2 tbody")
    assert "<b>dW</b> is it" in found and "line 0" in found
    assert page.locator("details").count() == STUDENTS
    assert page.locator("b, i, script, img").count() == 0
