"""The page trains as ``fit`` does: the same numbers, from the same choices."""

from itertools import cycle

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nn import MLP, fit
from nn.datasets import GENERATORS
from nn.losses import LOSSES
from nn.model.activations import ACTIVATIONS
from nn.model.init import INITIALISERS
from nn.train.optim import OPTIMIZERS
from tests.viz.lab.pages import frames, link

pytestmark = pytest.mark.long

SEEDS = st.lists(st.integers(0, 2**70), min_size=1, max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SEEDS, st.integers(1, 300))
def test_the_page_draws_the_random_numbers_of_numpy(shared, seed, m):
    drawn = shared.evaluate(
        """([seed, m]) => { const random = new lab.Generator(...seed.map(BigInt));
        return [random.share(), random.permutation(m), random.uniform(-1, 2),
          Array.from({ length: m }, () => random.normal(1, 3))]; }""",
        [[*map(str, seed)], m],
    )
    rng = np.random.default_rng(seed)
    assert drawn[0] == rng.random()
    assert drawn[1] == rng.permutation(m).tolist()
    assert drawn[2] == rng.uniform(-1, 2)
    np.testing.assert_allclose(drawn[3], rng.normal(1, 3, m), rtol=1e-12, atol=1e-13)


# Every activation, and on the way each loss, optimiser and initialiser more than once.
RUNS = [
    *zip(
        [name for name, g in ACTIVATIONS.items() if g.elementwise],
        cycle(LOSSES),
        cycle([*OPTIMIZERS, "adam"]),  # of another length than the losses, so that they meet in other pairs
        cycle(INITIALISERS),
    )
]


def test_every_choice_is_tried():
    for tried, there in zip(zip(*RUNS), (ACTIVATIONS.keys() - {"softmax"}, LOSSES, OPTIMIZERS, INITIALISERS)):
        assert {*tried} == {*there}


def python_trains(data, run, rate):
    activation, loss, optimizer, init = run
    kind = LOSSES[loss]
    classes = len(data["classes"])
    outputs = max(kind.outputs(1) if not kind.two_outputs else 2, classes if classes > 2 else 1)
    Y = kind.from_classes(data["y"], kind.rows(outputs)) if classes else [data["y"]]
    model = MLP(2, [3, outputs], activation=activation, seed=5, init=init)
    chosen = OPTIMIZERS[optimizer].make(rate)
    fit(
        model,
        data["X"],
        Y,
        loss=loss,
        optimizer=chosen,
        epochs=100,
        batch_size=5,
        engine="scalar",
        l2=0.01,
        seed=5,
    )
    return np.concatenate([np.ravel(array) for array in model.state_dict().values()])


@pytest.mark.parametrize("run", RUNS, ids="-".join)
def test_after_two_hundred_steps_the_weights_are_those_of_fit(shared, run):
    activation, loss, optimizer, init = run
    rng = np.random.default_rng(3)
    classes = LOSSES[loss].outputs(1) == 1
    data = {
        "X": rng.normal(size=(2, 10)).tolist(),
        "y": (
            np.arange(10) % 3
            if loss == "cross_entropy"
            else np.arange(10) % 2
            if classes
            else rng.normal(size=10)
        ).tolist(),
        "classes": list("abc")[: 3 if loss == "cross_entropy" else 2] if classes else [],
        "features": ["x1", "x2"],
    }
    rate = OPTIMIZERS[optimizer].rate / 4
    choice = {
        "hidden": [3],
        "activation": activation,
        "loss": loss,
        "init": init,
        "seed": 5,
        "optimizer": optimizer,
    }
    found, diverged, steps = shared.evaluate(
        """([data, choice]) => { const training = lab.newTraining(data, choice);
        for (let k = 0; k < 200; k++) lab.trainStep(training);
        return [[...training.network.params], training.diverged, training.steps]; }""",
        [data, {**choice, "rate": rate, "batch": 5, "penalty": 0.01}],
    )
    assert (diverged, steps) == ("", 200)
    np.testing.assert_allclose(found, python_trains(data, run, rate), rtol=1e-9, atol=1e-9)


def test_all_that_python_offers_is_offered(shared):
    lists = {
        "activation": ACTIVATIONS.keys() - {"softmax"},
        "loss": LOSSES,
        "optimizer": OPTIMIZERS,
        "init": INITIALISERS,
    }
    for name, there in lists.items():
        assert {
            *shared.locator(f"#choose-{name} option").evaluate_all("all => all.map(each => each.value)")
        } == {*there}


def test_the_data_are_those_of_the_generators(shared):
    for name, made in shared.evaluate("lab.known.learning.data").items():
        if name in GENERATORS:
            data = GENERATORS[name](len(made["y"]))
            assert made["X"] == data.X.tolist() and made["y"] == data.y.tolist()


@pytest.fixture
def room(visit):
    """The page in the room where networks are trained."""
    return lambda address="": visit(f"#room=train{address}")


def state(page):
    return page.evaluate(
        "[lab.training.steps, lab.training.epoch, lab.training.network.sizes, lab.training.diverged]"
    )


def test_a_network_is_chosen_and_trained_by_keys_alone(room):
    page = room()
    page.keyboard.press("ArrowRight")
    assert state(page)[:2] == [1, 0]
    page.keyboard.press("End")
    assert state(page)[:2] == [4, 1]
    page.keyboard.press("Space")
    page.wait_for_function("() => lab.training.epoch > 3")
    page.keyboard.press("Space")
    stopped = state(page)
    assert "J = " in page.locator("#progress").inner_text()
    frames(page)
    assert state(page) == stopped and page.locator("#train-play").inner_text() == "Play"
    page.get_by_role("button", name="One unit more in layer 2").press("Enter")
    page.get_by_role("button", name="Add a layer").press("Enter")
    assert state(page)[:3] == [0, 0, [2, 8, 9, 9, 1]]
    page.locator("#choose-optimizer").select_option("sgd")
    assert page.locator("#choose-rate").input_value() == "0.2"
    page.locator("#choose-seed").fill("2.5")
    assert page.locator("#choice-said").inner_text() == "seed is a whole number"
    page.locator("#choose-rate").fill("1000")
    page.locator("#choose-loss").select_option("mse")
    page.get_by_role("button", name="Remove layer 1").press("Enter")
    page.locator("#train-epoch").press("Enter")
    page.evaluate("for (let k = 0; k < 200; k++) lab.trainStep(lab.training)")
    page.keyboard.press("Enter")
    assert "try a smaller rate" in page.locator("#train-alert").inner_text()


def test_two_runs_that_differ_in_one_choice_are_compared(room):
    page = room("&b=0&h=3")
    page.locator("#train-epoch").click()
    page.locator("#choose-activation").select_option("relu")
    assert page.locator("#curve-said").inner_text() == "J after each epoch; pale: activation tanh"


ALONE = """([name, value]) => { const { data, choice, steps } = lab.training;
const alone = lab.newTraining(data, { ...choice, [name]: value });
while (alone.epoch < lab.training.epoch || alone.seen < lab.training.seen) lab.trainStep(alone);
return [[...alone.network.params], alone.curve]; }"""
RIVAL = "() => [[...lab.rival.network.params], lab.rival.curve]"


@pytest.mark.parametrize(
    ("name", "value"), [("rate", 0.02), ("activation", "relu"), ("batch", 20), ("hidden", [4, 2])]
)
def test_two_runs_side_by_side_differ_in_one_choice(room, visit, name, value):
    page = room("&h=3&s=2")
    page.locator("#differs").select_option(name)
    text = "-".join(map(str, value)) if isinstance(value, list) else str(value)
    field = page.locator("#differs-value")
    field.select_option(text) if name == "activation" else field.fill(text)
    for key in ("ArrowRight", "End", "ArrowRight"):
        page.locator("#train-step").press(key)
    assert page.evaluate(RIVAL) == page.evaluate(ALONE, [name, value])
    assert page.locator("#rival-said").inner_text().startswith(name if name != "hidden" else "hidden 4, 2")
    assert "orange" in page.locator("#curve-said").inner_text()
    found, address = page.evaluate(RIVAL), link(page)
    room()
    assert page.evaluate("lab.rival") is None
    visit(address)
    assert page.evaluate(RIVAL) == found
    page.locator("#differs").select_option("")
    assert page.locator("#rival-figure").is_hidden() and page.evaluate("lab.rival") is None


def test_a_second_run_that_means_nothing_is_none(room):
    for nonsense in ("__proto__:1", "loss:hasOwn", "loss:gaussian_nll"):
        page = room(f"&c={nonsense}")
        assert page.evaluate("lab.rival") is None, nonsense
    for name, nonsense in (("rate", "-1"), ("hidden", "0-x"), ("seed", "0")):
        page.locator("#differs").select_option(name)
        page.locator("#differs-value").fill(nonsense)
        assert page.evaluate("lab.rival") is None, nonsense


def test_what_the_address_says_is_chosen_and_nonsense_is_as_usual(room):
    page = room("&d=iris&h=4-2&a=relu&o=rmsprop&l=cross_entropy&s=3")
    assert state(page)[2] == [4, 4, 2, 3]
    assert "d=iris" in link(page) and "s=3" in link(page)
    nonsense = room("&d=__proto__&h=999999-0-x-1e9&a=toString&o=<b>&r=1e999&s=-1&m=nan&q=-3")
    assert state(nonsense)[2] == [2, 1] and nonsense.evaluate("lab.training.choice.rate") == 0.005


@pytest.mark.parametrize("name", ["moons", "iris", "sine"])
def test_the_next_step_is_taken_apart_with_the_gradients_that_it_follows(room, name):
    loss = {"moons": "hinge", "iris": "cross_entropy", "sine": "gaussian_nll"}[name]
    page = room(f"&d={name}&h=3&l={loss}&m=3&a=softplus")
    page.locator("#train-step").click()
    page.locator("#dissect").click()
    page.wait_for_function("() => lab.names.includes('J')")
    shown = dict(page.evaluate("lab.names.map((name, i) => [name, lab.gradients[i]])"))
    expected = page.evaluate(
        """() => { const training = lab.training; lab.differentiateOn(training, lab.nextBatch(training));
        const { layers, grads } = training.network;
        return layers.map(({ n, neurons, at }) => [n, neurons, [...grads.subarray(at)]]); }"""
    )
    for l, (n, neurons, grads) in enumerate(expected, start=1):
        for i in range(neurons):
            assert shown[f"b{l}[{i}]"] == pytest.approx(grads[n * neurons + i], rel=1e-9, abs=1e-14)
            for j in range(n):
                assert shown[f"W{l}[{i},{j}]"] == pytest.approx(grads[i * n + j], rel=1e-9, abs=1e-14)
    page.get_by_role("button", name="Layers").click()
    assert "J = mean" in page.locator("#picture").text_content()
    page.locator("[aria-label='Gradient of W2'] td").first.hover()
    assert "✓ same as the scalar node" in page.locator("#formula").inner_text()
    page.locator("[aria-label='A1'] td").first.hover()
    assert "softplus(" in page.locator("#formula").inner_text()
    assert page.locator("#apart-said").inner_text().startswith("Step 2 of training, its batch of 3")
    page.get_by_role("button", name="Build").click()
    page.wait_for_function("() => lab.names.includes('loss')")


PLACES = """() => lab.picture.cards.filter(({ title }) => title.startsWith("A1["))
  .map(({ title, box }) => [title, box])"""


def test_elements_of_an_opened_card_stand_as_in_their_array(room):
    page = room("&h=3&m=2")
    page.locator("#dissect").click()
    page.get_by_role("button", name="Layers").click()
    card = page.locator(".card", has_text="A1 = tanh(Z1)")
    card.press("Enter")
    page.locator("#open-row").fill("2")
    page.get_by_role("button", name="Open element").click()
    assert [title for title, _ in page.evaluate(PLACES)] == ["A1[2,0]"]
    page.locator("[data-fold]").press("Enter")
    card.press("Enter")  # which is chosen still, and so opens
    spots = {title: box[:2] for title, box in page.evaluate(PLACES)}
    across, down = (sorted({box[side] for box in spots.values()}) for side in (0, 1))
    assert spots == {f"A1[{i},{j}]": [across[j], down[i]] for i in range(3) for j in range(2)}


def test_units_that_pass_nothing_back_are_marked(room):
    page = room("&a=relu&h=4&s=1")
    page.evaluate("lab.training.network.layers[0].b.set([-100, 0.5, 0.5, 0.5])")
    page.keyboard.press("ArrowRight")
    assert page.locator(".units").first.inner_text() == "dead: unit 0"


TABLES = {
    "a,b,kind\n1,2,x\n3,1,y\n2,2,x\n": "3 samples, 2 inputs, 2 classes to learn: kind",
    "1;2;0.5\n"
    + "".join(f"{k};{k * k};{k / 3}\n" for k in range(12)): "13 samples, 2 inputs, a number to learn: x3",
    'name\t"w\tx"\ty\nann\t1\t0\nbob\t2\t1\n': "2 samples, 1 input, 2 classes to learn: y",
    "a,b\n1,0\n,1\n3,1\n": "1 incomplete lines are left out",
    "a,b,c,y\n1,2,3,0\n3,1,2,1\n0,0,1,1\n": "3 samples, 3 inputs, 2 classes to learn: y",
    "": "two columns or more",
    "a\n1\n2\n": "two columns or more",
    "a,b\nx,1\ny,0\n": "no column but the last holds numbers",
    "a,b\n1,0\n2,0\n": "there is nothing to learn",
    "a,b\n" + "".join(f"{k},word{k}\n" for k in range(30)): "has 30 different words",
    "a,b\n1,</script><b>\n2,x\n": "2 samples, 1 input, 2 classes",
    "0,1\n" * 5000 + "1,0\n": "there is nothing to learn",
    "x" * 3_000_000: "at most 2 MB are read",
    "\x00\xff,\n1,2": "two lines are complete",
}


@pytest.mark.parametrize("text", TABLES, ids=lambda text: text[:12])
def test_a_table_of_ones_own_is_learnt_or_refused_with_a_reason(room, text):
    page, name = room("&h=2"), f"{[*TABLES].index(text)}.csv"
    page.locator("#choose-data").select_option("moons")
    page.locator("#file").set_input_files({"name": name, "mimeType": "text/csv", "buffer": text.encode()})
    page.wait_for_function(
        "name => document.getElementById('file-said').textContent.startsWith(name)", arg=name
    )
    said = page.locator("#file-said").inner_text()
    assert TABLES[text] in said
    page.locator("#train-epoch").click()
    assert page.evaluate("lab.training.choice.data") == ("your own" if "learn:" in said else "moons")
    assert state(page)[1] == 1 and page.evaluate("window.hacked") is None


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_rate_that_is_too_large_is_said_to_be_and_taken_back(room, optimizer):
    page = room(f"&h=3&o={optimizer}&r=0.05")
    page.locator("#train-epoch").click()
    trained = page.evaluate("[...lab.training.network.params]")
    page.locator("#choose-rate").fill("10")
    page.locator("#choose-rate").fill("1000")  # typed digit by digit, it is one change
    page.locator("#train-epoch").click()
    assert "more than 10 times what it was at first" in page.locator("#train-alert").inner_text()
    page.locator("#train-alert button").click()
    page.wait_for_function("() => lab.training.steps === 4")
    assert page.locator("#train-alert").is_hidden() and page.locator("#choose-rate").input_value() == "0.05"
    assert page.evaluate("[...lab.training.network.params]") == trained
    page.locator("#choose-activation").select_option("relu")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Control+z")
    assert page.evaluate("lab.training.choice.activation") == "tanh"


def test_the_room_is_printed_where_no_graph_was_shown_before(open_page, lab):
    page = open_page(lab, address="#room=train&h=2")
    page.evaluate("lab.ready")
    page.emulate_media(media="print")
    frames(page)
    assert page.locator("#train").is_visible() and page.locator("#train-play").is_hidden()


def test_a_table_of_fifty_megabytes_is_refused_before_it_is_read(room, tmp_path):
    page = room("&h=2")
    table = tmp_path / "large.csv"
    table.write_bytes(b"0.5,1\n" * 8_400_000)
    page.locator("#train-play").click()
    page.locator("#file").set_input_files(table)
    page.wait_for_function("() => document.getElementById('file-said').textContent.includes('at most 2 MB')")
    steps = state(page)[0]
    page.wait_for_function("steps => lab.training.steps > steps", arg=steps)
    assert page.evaluate("lab.training.choice.data") == "moons"


def test_a_link_shows_the_very_step_that_was_taken_apart(room, open_page, lab):
    page = room("&h=2&s=4&m=3&l=hinge")
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    page.locator("#dissect").click()
    page.wait_for_function("() => lab.names.includes('J')")
    page.evaluate("lab.goTo(30)")
    assert "k=30" in link(page) and "g=training" in link(page)
    again = open_page(lab, address=link(page))
    again.evaluate("lab.ready")
    for asked in ("lab.names", "[...lab.data]", "lab.step", "lab.training.steps"):
        assert again.evaluate(asked) == page.evaluate(asked), asked


def test_the_step_of_the_largest_network_is_taken_apart_folded_and_opens(room):
    page = room("&h=32-32-32-32-32")
    page.locator("#dissect").click()
    page.wait_for_function("() => lab.names.includes('J')")
    assert page.evaluate("lab.names.length") > 12_000 and page.locator(".card").count() < 40
    assert "folded into" in page.locator("#summary").inner_text()
    page.locator(".card", has_text="Z1 = ").press("Enter")
    page.locator(".card", has_text="Z1 = ").press("Enter")
    assert page.locator(".card", has_text="Z1[31,0]").count() == 1
    page.locator(".card", has_text="Z2 = ").press("Enter")
    assert "too many" in page.locator("#node .too-many").inner_text()


def test_training_goes_on_whatever_is_done_meanwhile(room):
    page = room("&h=6")
    page.locator("#train-play").click()
    for width in (700, 360, 1500):
        page.set_viewport_size({"width": width, "height": 700})
        page.get_by_role("button", name="Projector").click()
        page.get_by_role("button", name="Look").click()
        page.get_by_role("button", name="Projector").click()
    for choice in ("sine", "circles", "iris"):
        page.locator("#choose-data").select_option(choice)
    page.get_by_role("button", name="Remove layer 1").click()
    before = state(page)[0]
    page.wait_for_function("before => lab.training.steps > before", arg=before)
    page.get_by_role("button", name="Build").click()
    page.locator("#text").fill("y = w*x")
    assert page.locator("#train-play").text_content() == "Play"
    page.wait_for_function("() => lab.names.length === 3")
