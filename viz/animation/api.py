"""``animate``: the forward and the backward pass as a picture that moves."""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from PIL import Image

from autodiff import Value
from nn.files import replacing
from viz.animation.frames import Frame, frames_of, texts_of, widest, with_number
from viz.animation.moving import Seen, moving_svg
from viz.animation.painting import Footer, paint, pixels
from viz.animation.scene import Scene, Text, read_scene
from viz.animation.steps import backward_steps, forward_steps
from viz.drawing import Picture, draw
from viz.drawing.sizes import place_of
from viz.drawing.svg import title_of

__all__ = ["animate"]

MOST = 500  # frames: nobody watches more
KINDS = (".gif", ".svg", ".pdf", ".mp4")
PASSES = ("forward", "backward")


def animate(
    y: Value,
    path: str | os.PathLike[str],
    *,
    only: str | None = None,
    pause: float = 1.0,
    dpi: float = 96,
    **options: Any,
) -> Path:
    """Write how ``y`` is computed, result by result, and then differentiated, in the order in which
    ``backward()`` goes: one change a frame, which is marked, with a line that says what happened.

    Neither data nor gradients of the Values are changed.

    Args:
        y: the output of a graph of scalars.
        path: ends in ``.gif``, ``.svg`` (which moves by itself), ``.pdf`` (a page a frame, for slides) or
            ``.mp4`` (with the extra ``video``); a path without a suffix is a folder of PNG frames.
        only: ``"forward"`` or ``"backward"``, for one pass alone.
        pause: seconds a frame.
        dpi: dots per inch of frames that have dots.
        options: passed to ``draw``: ``size``, ``title``, ``compact``, ``direction``, …

    Returns:
        The path.

    Raises:
        TypeError: if ``y`` is no Value, or for an option that ``draw`` does not have.
        ValueError: for another suffix, arguments out of range, a leaf, or a graph of more than 500 changes.
        ModuleNotFoundError: for ``.mp4`` without the extra ``video``.
        GraphvizError: where no Graphviz is found.
        OSError: if the file cannot be written; what was there stays.

    >>> import tempfile
    >>> from pathlib import Path
    >>> a, b = Value(2.0, "a"), Value(3.0, "b")
    >>> film = animate(a * b, Path(tempfile.mkdtemp()) / "product.svg")
    >>> Path(film).name
    'product.svg'
    """
    path = Path(path)
    _check(y, path, only, pause, dpi, options)
    film = _film(y, only, options)
    suffix = path.suffix.lower()
    if not suffix:
        _write_folder(film, path, dpi)
        return path
    with replacing(path) as unfinished:
        if suffix == ".svg":
            unfinished.write_text(_svg(film, pause), encoding="utf-8")
        elif suffix == ".pdf":
            _write_pdf(film, unfinished)
        elif suffix == ".gif":
            _write_gif(film, unfinished, pause, dpi)
        else:
            _write_video(film, unfinished, pause, dpi)
    return path


@dataclass(frozen=True)
class _Film:
    """A picture, its scene, the line under it, and the frames."""

    picture: Picture
    scene: Scene
    footer: Footer
    frames: list[Frame]

    def texts(self, frame: Frame) -> dict[str, Sequence[Text]]:
        """What is written on each card in a frame."""
        written: dict[str, list[Text]] = {}
        for item, i, name, texts in texts_of(self.scene, self.picture):
            kept = written.setdefault(item.name, list(item.texts))
            if name not in ("data", "grad"):
                continue
            shown = frame.numbers.get(i, {}).get(name)
            for text in texts:
                kept.remove(text)
            if shown is not None:
                kept += [*texts[:-1], with_number(texts[-1], shown)]
        return dict(written)

    def edge(self, frame: Frame) -> str:
        """Name of the edge along which a gradient went; "" for none."""
        if frame.edge is None:
            return ""
        tail, head, which = frame.edge
        ends = {(f"{t}{tail}", f"{h}{head}", which) for t in "vo" for h in "vo"}
        return next((name for name, each in self.scene.edges.items() if each in ends), "")

    def marked(self, frame: Frame) -> str:
        """Name of the card, or the disc, that changed; "" for none."""
        names = (f"v{frame.changed}", f"o{frame.changed}")
        return next((name for name in names if name in self.scene.boxes), "")

    def painted(self) -> Iterator[Figure]:
        """Every frame as a figure."""
        for frame in self.frames:
            texts = self.texts(frame)
            yield paint(self.scene, self.footer, texts, self.marked(frame), self.edge(frame), frame.words)


def _film(y: Value, only: str | None, options: dict[str, Any]) -> _Film:
    forward = forward_steps(y) if only != "backward" else []
    backward = backward_steps(y) if only != "forward" else []
    steps = [*forward, *backward]
    if len(steps) > MOST:
        raise ValueError(
            f"this graph has {len(steps):,} changes, and a film shows {MOST} at most; animate a Value inside "
            "it, one pass alone with only='backward', or see it in explore(y)"
        )
    if options.get("size") is not None:
        place = place_of(options["size"])
        foot = Footer(place.points).height / 72
        options = {**options, "size": replace(place, height=max(place.height - foot, 0.01))}
    picture = draw(y, **{"level": "scalar", **options})
    if any(picture.cards[i].formula for i in picture.kept):
        raise ValueError("a film is of scalars, and these do not fit the size: take a larger one, or none")
    frames = frames_of(picture, steps, known=only == "backward")
    for i, rows in widest(frames).items():
        picture.cards[i].said = rows
    wide = picture.redrawn()
    return _Film(wide, read_scene(wide), Footer(wide.look.fonts.caption), frames)


def _check(y: Any, path: Path, only: str | None, pause: float, dpi: float, options: dict[str, Any]) -> None:
    if not isinstance(y, Value):
        raise TypeError(f"animate() takes a Value, got {y!r:.60} of type {type(y).__name__}")
    if not y.op:
        raise ValueError("this Value is a leaf: nothing is computed; animate a result")
    if path.suffix.lower() not in ("", *KINDS):
        known = ", ".join(KINDS)
        raise ValueError(
            f"animate() goes by the suffix, one of {known}, or none for a folder; got {path.name!r}"
        )
    if only not in (None, *PASSES):
        raise ValueError(f"only= is 'forward' or 'backward', got {only!r}")
    if not 0.02 <= pause <= 60.0:
        raise ValueError(f"pause= is from 0.02 to 60 seconds a frame, got {pause!r}")
    if not 10 <= dpi <= 600:
        raise ValueError(f"dpi= is from 10 to 600 dots per inch, got {dpi!r}")
    if options.get("level", "scalar") != "scalar":
        raise ValueError(f"a film is of scalars: leave level={options['level']!r} out")
    if path.suffix.lower() == ".mp4" and not importlib.util.find_spec("imageio_ffmpeg"):
        raise ModuleNotFoundError(
            "an .mp4 needs the extra video: pip install 'duograd[video]'; a .gif does not"
        )


def _svg(film: _Film, pause: float) -> str:
    frames = film.frames
    written: dict[str, dict[Text, list[bool]]] = {}
    for k, frame in enumerate(frames):
        for name, texts in film.texts(frame).items():
            for text in texts:
                written.setdefault(name, {}).setdefault(text, [False] * len(frames))[k] = True
    marks: dict[str, list[bool]] = {}
    for k, frame in enumerate(frames):
        for name in (film.marked(frame), film.edge(frame)):
            if name and frame.changed is not None:
                marks.setdefault(name, [False] * len(frames))[k] = True
    seen: dict[str, list[tuple[Text, Seen]]] = {name: list(each.items()) for name, each in written.items()}
    words = [frame.words for frame in frames]
    title, rings = title_of(film.picture), list(marks.items())
    return moving_svg(film.scene, film.footer, seen, rings, words, pause, title, ". ".join(words))


def _write_gif(film: _Film, path: Path, pause: float, dpi: float) -> None:
    first, *others = [pixels(figure, dpi).quantize(64, dither=Image.Dither.NONE) for figure in film.painted()]
    duration = [round(1000 * pause)] * len(others) + [round(3000 * pause)]
    first.save(path, "GIF", save_all=True, append_images=others, duration=duration, loop=0, disposal=1)


def _write_pdf(film: _Film, path: Path) -> None:
    about = {"Title": title_of(film.picture), "CreationDate": None, "Creator": None, "Producer": None}
    backend = importlib.import_module("matplotlib.backends.backend_pdf")  # dear, and seldom asked for
    with backend.PdfPages(path, metadata=about) as pages:
        for figure in film.painted():
            pages.savefig(figure)


def _write_folder(film: _Film, path: Path, dpi: float) -> None:
    path.mkdir(parents=True, exist_ok=True)
    digits = len(str(len(film.frames) - 1))
    for k, figure in enumerate(film.painted()):
        with replacing(path / f"{k:0{digits}}.png") as unfinished:
            pixels(figure, dpi).save(unfinished, "PNG")


def _write_video(film: _Film, path: Path, pause: float, dpi: float) -> None:
    ffmpeg = importlib.import_module("imageio_ffmpeg")
    images = [pixels(figure, dpi) for figure in film.painted()]
    width, height = (side - side % 2 for side in images[0].size)
    writer = ffmpeg.write_frames(
        str(path), (width, height), fps=1.0 / pause, macro_block_size=2, output_params=["-f", "mp4"]
    )
    writer.send(None)
    for image in images:
        writer.send(image.crop((0, 0, width, height)).tobytes())
    writer.close()
