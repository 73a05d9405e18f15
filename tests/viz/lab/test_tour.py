"""The guided tour: ten stops, the same in each language, with right answers and known mix-ups."""

import re
from html.parser import HTMLParser

import pytest

from autodiff import Value, expression, grad
from tests.viz.axe import violations
from tests.viz.lab.pages import link
from viz import write_lab
from viz.lab.bundle import lab_modules, lab_page, languages
from viz.lab.learning import learning_contents

pytestmark = pytest.mark.long

LANGUAGES = languages()
NAMES = re.compile(r"\{\w+\}")
# Of each stop for Python: the numbers of its leaves, its expression, and the leaf that is asked for.
STOPS = {
    "product": ({"w": 3, "x": 2}, "w*x", "w"),
    "sum": ({"w": 3, "x": 2, "b": -1}, "w*x + b", "b"),
    "square": ({"z": 3}, "z**2", "z"),
    "chain": ({"w": 1.5, "x": 2}, "(w*x)**2", "w"),
    "ways": ({"x": 2}, "x*x + 3*x", "x"),
    "error": ({"a": 0.5, "y": 2}, "(a - y)**2", "y"),
    "neuron": ({"w": 0.5, "x": 3, "b": -1.5, "y": 1}, "(sigmoid(w*x + b) - y)**2", "w"),
    "batch": ({"w": 2, "x1": 1, "x2": 3, "y1": 1, "y2": 4}, "((w*x1 - y1)**2 + (w*x2 - y2)**2)/2", "w"),
    "layer": (
        {"w11": 1, "w12": 4, "w21": 3, "w22": -1, "x1": 1, "x2": 2},
        "2*(w11*x1 + w12*x2) + 5*(w21*x1 + w22*x2)",
        "x1",
    ),
    "training": ({"w": 3, "x": 2, "y": 4}, "(w*x - y)**2", "w"),
}


def right_answer(name):
    numbers, text, asked = STOPS[name]
    leaves = {each: Value(number, each) for each, number in numbers.items()}
    slope = grad(expression(text, **leaves), leaves[asked])
    return numbers[asked] - 0.1 * slope if name == "training" else slope


def shape(texts):
    """The keys of nested texts, with the {names} that each text fills in."""
    return (
        {key: shape(each) for key, each in texts.items()}
        if isinstance(texts, dict)
        else sorted(NAMES.findall(texts))
    )


def test_every_language_says_the_same_of_the_same_stops():
    english, *others = (shape(texts["tour"]) for texts in LANGUAGES.values())
    assert len(english["stops"]) == 10 and [*english["stops"]] == [*STOPS]
    for other in others:
        differing = {
            name for name in english["mistakes"] if other["mistakes"][name] != english["mistakes"][name]
        }
        assert other["stops"] == english["stops"] and other["words"] == english["words"]
        assert other["mistakes"].keys() == english["mistakes"].keys() and differing <= set()


class Texts(HTMLParser):
    """What the page says before its script runs."""

    def __init__(self, page):
        super().__init__()
        self.found, self.hidden = set(), 0
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.hidden += tag in ("head", "script")
        given = dict(attributes)
        self.found |= {given[name] for name in ("aria-label", "title", "placeholder") if name in given}

    def handle_endtag(self, tag):
        self.hidden -= tag in ("head", "script")

    def handle_data(self, data):
        if not self.hidden and re.search("[A-Za-z]", data):
            self.found.add(data.strip())


def sayings(source):
    """The sentences in each say(…), phrase(…) and counted(…), but for what fills them in."""
    for call in re.finditer(r"\b(?:say|phrase|counted)\(", source):
        depth, end = 1, call.end()
        while depth and not (
            depth == 1 and source[end] == "," and source[call.end() : end].count('"') % 2 == 0
        ):
            depth += {"(": 1, ")": -1}.get(source[end], 0)
            end += 1
        yield from re.findall(r'"([^"]*[A-Za-z][^"]*)"', source[call.end() : end])


def test_all_that_the_page_says_is_said_in_korean():
    said = Texts(lab_page()).found - {"name = …", "Language · 언어"}
    said |= {text for source in lab_modules().values() for text in sayings(source)}
    learning = learning_contents()
    named = [*learning["data"], *learning["losses"], *learning["initialisers"]]
    named += [each for data in learning["data"].values() for each in (*data["classes"], *data["features"])]
    said |= {name.replace("_", " ") for name in named if not re.fullmatch(r"x\d?", name)}
    translated = LANGUAGES["ko"]["page"]
    for source in lab_modules().values():
        assert not re.findall(r'"aria-label"[:,] [`"][A-Z].*', source)
        assert not re.findall(r'(?:refuse|Unread|Unfit|alarm)\((?:\(\) => )?[`"][\w“$].*', source)
    assert said - translated.keys() == set()
    for english, korean in translated.items():
        assert sorted(NAMES.findall(english)) == sorted(NAMES.findall(korean)), english


@pytest.fixture
def tour(visit):
    return lambda stop, language="en": visit(f"#tour={stop}&lang={language}")


def answer(page, number):
    page.locator("#answer").fill(str(number))
    page.keyboard.press("Enter")
    return page.locator("#verdict").inner_text()


# Answer with each mistake of a stop, and list which it is, its number, and what is said of it.
ALL_MISTAKES = """k => Object.entries(lab.STOPS[k].mistakes).flatMap(([name, texts]) => texts.map(text => {
  const number = lab.worth(text);
  document.getElementById("answer").value = String(number);
  document.getElementById("prediction").requestSubmit();
  return [name, number, document.getElementById("verdict").textContent];
}))"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_ten_stops_are_walked_with_wrong_answers_and_right_ones(tour, language):
    page, texts = tour(1, language), LANGUAGES[language]["tour"]
    for k, name in enumerate(STOPS):
        assert page.locator("#tour-title").inner_text() == texts["stops"][name]["title"]
        assert (
            page.locator("#picture .grad").all_text_contents()
            == [""] * page.locator("#picture .grad").count()
        )
        right = right_answer(name)
        tried = page.evaluate(ALL_MISTAKES, k)
        assert len(tried) >= 3
        for mistake, number, said in tried:
            assert abs(number - right) > 0.03 * abs(right), (name, mistake)
            pattern = re.escape(texts["mistakes"][mistake]).replace(r"\{said\}", ".*")
            assert re.fullmatch(re.sub(r"\\\{[xy]\\\}", r"\\w+", pattern), said), (name, mistake, said)
        assert not page.locator("#verdict.right").count()
        assert answer(page, right + 100).replace("`", "") == texts["stops"][name]["hint"].replace("`", "")
        assert answer(page, "nan") == texts["words"]["unread"]
        assert answer(page, f"{right:.4g}".replace("-", "−")).startswith("✓ ")
        expect_revealed(page, name)
        assert page.evaluate("document.activeElement.id") == ("tour-next" if k < 9 else "tour-end")
        page.keyboard.press("Enter")
        if k < 9:
            page.wait_for_function("k => lab.stop === k", arg=k + 1)
    assert page.locator("#tour").is_hidden()
    assert "tour" not in link(page)


def expect_revealed(page, name):
    names, gradients = page.evaluate("[lab.names, [...lab.gradients]]")
    asked = STOPS[name][2]
    if name == "training":
        assert page.evaluate("lab.data[lab.names.indexOf('w')]") == pytest.approx(right_answer(name))
    else:
        assert gradients[names.index(asked)] == pytest.approx(right_answer(name), rel=1e-12)
    assert page.locator("#node h2").inner_text() == asked


def test_arrays_of_a_stop_say_why_w_is_transposed(tour):
    page = tour(9)
    answer(page, 17)
    page.locator("[aria-label='Gradient of X'] td").first.hover()
    said = page.locator("#formula").inner_text()
    assert "W[i,0]·dZ[i,0]" in said and "17 ✓" in said


def test_a_link_holds_stop_and_language_and_the_page_is_read_in_it(tour):
    page = tour(4, "ko")
    assert page.locator("html").get_attribute("lang") == "ko"
    assert page.locator("#rooms button").all_inner_texts() == ["만들기", "학습", "분해"]
    assert "순전파 2단계 중 2단계" in page.locator("#where").inner_text()
    page.get_by_role("button", name="학습", exact=True).click()
    assert page.locator("#data-said").inner_text() == "위쪽, 아래쪽"
    chosen = [page.locator(f"{each} option:checked") for each in ("#choose-data", "#choose-loss", "#differs")]
    assert [each.text_content() for each in chosen] == ["초승달", "이진 교차 엔트로피", "없음: 학습 하나"]
    page.locator("#language").select_option("en")
    assert [each.text_content() for each in chosen] == ["moons", "binary cross entropy", "nothing: one run"]
    page.get_by_role("button", name="Take apart").click()
    assert page.locator("#rooms button").all_inner_texts() == ["Build", "Train", "Take apart"]
    assert page.locator("#where").inner_text().startswith("Forward, 2 of 2: compute y")
    assert "tour=4" in link(page) and "lang" not in link(page)
    assert tour("eleven", "xx").locator("#tour").is_hidden()


def test_what_is_drawn_counted_and_taken_apart_is_said_in_the_language_of_the_page(visit):
    page = visit("#room=train&lang=ko&h=2&m=3")
    labels = page.locator("canvas").evaluate_all("all => all.map(each => each.getAttribute('aria-label'))")
    assert len(labels) >= 4 and all(re.search("[가-힣]", label) for label in labels)
    page.locator("#dissect").click()
    page.wait_for_function("() => document.getElementById('apart-said').textContent")
    step, summary = page.locator("#apart-said"), page.locator("#summary")
    assert step.inner_text() == "학습의 1번째 걸음, 표본 3개의 배치: J는 그 평균 손실입니다"
    assert summary.inner_text().startswith("노드 ")
    page.locator("#language").select_option("en")
    assert step.inner_text() == "Step 1 of training, its batch of 3: J is their mean loss"
    assert re.fullmatch(r"\d+ nodes: .*", summary.inner_text())
    assert page.locator("#levels button").all_inner_texts() == ["Scalars", "Layers"]
    assert page.locator("#levels [aria-pressed=true]").count() == 1


SHOWN = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) found.push([walker.currentNode.parentElement, walker.currentNode.data.trim()]);
  for (const name of ["aria-label", "title", "placeholder"])
    for (const each of document.querySelectorAll(`[${name}]`)) found.push([each, each.getAttribute(name)]);
  return found.filter(([element]) => element.checkVisibility()).map(([, text]) => text);
}"""
GAPS = "“.*” cannot stand|.* is used by|Training diverged|.*: \\d+ samples|Layer \\d|layer \\d|.*also called"


def in_english(page):
    """What is shown and would be something else in Korean; of sentences with gaps, some."""
    same = {english for english, korean in LANGUAGES["ko"]["page"].items() if english == korean}
    plain = {text for text in LANGUAGES["ko"]["page"] if "{" not in text} - same
    return {text for text in page.evaluate(SHOWN) if text in plain or re.match(GAPS, text)}


def switched(page):
    """The same, of a page that was read in English, and was then switched to Korean."""
    page.locator("#language").select_option("ko")
    found = in_english(page)
    page.locator("#language").select_option("en")
    assert len(in_english(page)) > 20
    return found


def test_what_is_already_shown_is_said_anew_in_another_language(visit):
    page = visit("#e=u = p*q%0Av = p*p&v=p:-2 q:3")
    assert "u is used by nothing" in page.locator("#said").inner_text() and switched(page) == set()
    page.locator("#text").fill("log(p)")
    page.locator("#alert").wait_for()
    assert switched(page) == set()
    page.locator("#text").fill("2p")
    assert switched(page) == set() and "2*p" in page.locator("#said").inner_text()
    page = visit("#room=train&d=sine&l=mse&o=sgd&r=1000&h=2&c=seed:x")
    page.locator("#choose-seed").fill("1.5")
    page.evaluate("while (!lab.training.diverged) lab.trainStep(lab.training)")
    page.locator("#train-step").click()
    table = {"name": "t.csv", "mimeType": "text/csv", "buffer": b"p,q\n"}
    page.locator("#file").set_input_files(table)
    page.wait_for_function("() => document.getElementById('file-said').textContent.startsWith('t.csv')")
    assert page.locator("#train-alert").is_visible() and switched(page) == set()
    page.locator("#train-again").click()
    page.locator("#dissect").click()
    page.locator("#arrays").wait_for()
    assert switched(page) == set()


def test_a_page_opens_where_it_was_told_to_and_in_the_readers_language(open_page, tmp_path, monkeypatch):
    monkeypatch.setenv("DUOGRAD_LANGUAGE", "ko")
    page = open_page(
        write_lab(tmp_path / "lab.html", address="e=tickets = n*p%0Atotal = tickets %2B f&v=n:2 p:12 f:3")
    )
    page.evaluate("lab.ready")
    assert page.evaluate("[lab.names.at(-1), lab.data.at(-1)]") == ["total", 27]
    assert page.locator("#rooms button").first.inner_text() == "만들기"
    page.locator("#language").select_option("en")
    assert "lang=en" in link(page)
    again = open_page(write_lab(tmp_path / "quoted.html", address='tour=2"><b>'), address="#tour=3")
    again.evaluate("lab.ready")
    assert again.evaluate("lab.stop") == 2 and again.locator("body > b").count() == 0


def test_showing_it_says_the_number_and_leaving_keeps_the_graph(tour):
    page = tour(2)
    page.get_by_role("button", name="Show it").click()
    assert page.locator("#verdict").inner_text().startswith("It is 1. The local derivative of a sum")
    page.get_by_role("button", name="Tour", exact=True).click()
    assert page.locator("#tour").is_hidden() and page.evaluate("lab.names.length") == 5


@pytest.mark.parametrize(
    ("language", "width", "look"), [("en", 1280, "light"), ("ko", 360, "dark"), ("ko", 1920, "light")]
)
def test_axe_finds_nothing_on_the_tour(tour, language, width, look):
    page = tour(9, language)
    answer(page, 22)
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("look => { document.documentElement.dataset.look = look; }", look)
    assert violations(page.evaluate) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
