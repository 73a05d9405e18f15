"""Films are opened and counted; what their frames show is compared with a backward pass."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from PIL import Image

from autodiff import Value, topological_order
from nn import MLP
from tests.viz.drawing.test_sizes import two_inputs
from viz import animate
from viz.animation.steps import backward_steps, forward_steps

pytestmark = pytest.mark.long

SVG = "{http://www.w3.org/2000/svg}"


def graph():
    """x is used twice, so that its gradient adds up; the constant 1 has none to show."""
    w, x = Value(-0.5, "w"), Value(2.0, "x")
    y = ((w * x - 1.0) * x).tanh()
    y.label = "y"
    return y, w, x


FRAMES = 1 + 4 + (1 + 1 + 2 + 1 + 2)  # the leaves; 4 results; y, ×, − and x, the first ×, w and x


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return animate(graph()[0], tmp_path_factory.mktemp("film") / "frames", dpi=50)


def test_a_folder_holds_a_frame_for_each_change(folder):
    assert [each.name for each in sorted(folder.iterdir())] == [f"{k:02}.png" for k in range(FRAMES)]
    frames = [Image.open(each).convert("RGB") for each in sorted(folder.iterdir())]
    assert len({frame.size for frame in frames}) == 1
    assert len({frame.tobytes() for frame in frames}) == FRAMES


def test_a_gif_has_as_many_frames_and_says_how_long_each_is_seen(tmp_path):
    with Image.open(animate(graph()[0], tmp_path / "film.gif", dpi=40, pause=0.5)) as film:
        assert film.n_frames == FRAMES and film.info["loop"] == 0
        durations = []
        for k in range(FRAMES):
            film.seek(k)
            durations.append(film.info["duration"])
    assert durations == [500] * (FRAMES - 1) + [1500]


def test_a_pdf_has_a_page_for_each_frame_of_the_size_asked_for(tmp_path):
    pdf = animate(two_inputs(), tmp_path / "film.pdf", size="slide").read_bytes()
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 1 + 5 + 10
    boxes = {tuple(map(float, each.split())) for each in re.findall(rb"/MediaBox \[ ([\d. ]+) \]", pdf)}
    ((_, _, width, height),) = boxes
    assert width <= 960.1 and height <= 540.1 and max(width / 960, height / 540) > 0.95


@pytest.mark.parametrize(("only", "frames"), [(None, FRAMES), ("forward", 5), ("backward", 8)])
def test_an_svg_moves_through_all_frames_and_ends_with_the_gradients_of_backward(tmp_path, only, frames):
    y, w, x = graph()
    root = ET.parse(animate(y, tmp_path / "film.svg", only=only, pause=2.0)).getroot()
    animations = list(root.iter(f"{SVG}animate"))
    assert {each.get("dur") for each in animations} == {f"{2 * frames}s"}
    for each in animations:
        times = [float(time) for time in each.get("keyTimes").split(";")]
        assert times == sorted(times) and times[0] == 0.0 and times[-1] < 1.0
        assert len(times) == len(each.get("values").split(";"))
    still = [each.text.strip() for each in root.iter(f"{SVG}text") if each.get("visibility") != "hidden"]
    assert y.grad == w.grad == x.grad == 0.0  # nothing was changed
    y.backward()
    shown = [node.grad for node in topological_order(y) if node.op or node.label]
    data = [node.data for node in topological_order(y)]
    numbers = [float(text) for text in still if re.fullmatch(r"-?\d+\.\d{4}", text)]
    expected = data if only == "forward" else [*data, *shown]
    assert sorted(numbers) == pytest.approx(sorted(expected), abs=5e-5)
    assert root.get("role") == "img"
    assert ("backward, from × to x" in root.find(f"{SVG}desc").text) == (only != "forward")


def test_steps_go_as_the_engine_goes_and_add_up():
    y, w, x = graph()
    steps = backward_steps(y)
    y.backward()
    last = {step.node: step.number for step in steps}
    assert all(last[node] == node.grad for node in topological_order(y) if node.op or node.label)
    first, second = [step for step in steps if step.node is x]
    assert (first.first, second.first) == (True, False)
    assert second.number == x.grad == pytest.approx(first.number + second.passed * w.data)
    assert [step.node.op for step in forward_steps(y)] == ["mul", "sub", "mul", "tanh"]


def test_edges_on_which_nothing_depends_hand_back_nothing():
    x = Value(-1.0, "x")
    y = x.relu().sqrt()
    last = {step.node: step.number for step in backward_steps(y)}
    y.backward()
    assert last[x] == x.grad == 0.0


@pytest.mark.parametrize("suffix", [".gif", ".svg", ".pdf"])
def test_the_same_graph_gives_the_same_film(tmp_path, suffix):
    films = [animate(graph()[0], tmp_path / f"{k}{suffix}", dpi=40).read_bytes() for k in range(2)]
    assert films[0] == films[1]


def test_an_mp4_needs_the_extra(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'duograd\[video\]'"):
        animate(graph()[0], tmp_path / "film.mp4")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"path": "film.avi"}, r"one of \.gif, \.svg, \.pdf, \.mp4, or none for a folder"),
        ({"only": "sideways"}, "only= is 'forward' or 'backward'"),
        ({"pause": 0.0}, "pause= is from 0.02 to 60"),
        ({"dpi": 1}, "dpi= is from 10 to 600"),
        ({"level": "layer"}, "a film is of scalars"),
        ({"size": (0.5, 0.5)}, "do not fit the size"),
    ],
)
def test_what_makes_no_film_is_refused(tmp_path, arguments, said):
    path = tmp_path / arguments.pop("path", "film.svg")
    (y, _, _) = graph()
    with pytest.raises(ValueError, match=said):
        animate(y, path, **arguments)
    assert not path.exists()


def test_leaves_models_and_large_graphs_are_refused(tmp_path):
    with pytest.raises(ValueError, match="is a leaf"):
        animate(Value(1.0, "x"), tmp_path / "film.svg")
    with pytest.raises(TypeError, match="takes a Value"):
        animate(MLP(2, [1]), tmp_path / "film.svg")
    y = Value(0.5, "x")
    for _ in range(300):
        y = y.sin()
    with pytest.raises(ValueError, match="601 changes, and a film shows 500 at most"):
        animate(y, tmp_path / "film.svg")
