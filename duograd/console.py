"""The console that commands print to.

What a user named is printed as it is: nothing in a text is markup, and what a terminal would take for an
order is shown as ``\\x1b``. Nothing that takes long is silent. A reader who left ends the command.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console as RichConsole
from rich.console import ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from autodiff.console import visible

__all__ = ["Console", "Unread", "one_line", "visible"]

LONGEST = 800  # characters of a message
PATIENCE = 1.0  # seconds of work before something is said of it


def one_line(text: str) -> str:
    """The text as a sentence for a line of its own: visible, and the middle of a very long one left out.

    Carets go, too, if they point at what stood in the line above.

    >>> one_line("a\\n" + 2000 * "b")[:5], len(one_line("a\\n" + 2000 * "b"))
    ('a bbb', 803)
    """
    lines = [line for line in text.splitlines() if line.strip(" ^") or "^" not in line]
    line = visible(" ".join(" ".join(lines).split()))
    return line if len(line) <= LONGEST else f"{line[: LONGEST // 2]} … {line[-LONGEST // 2 :]}"


class Unread(Exception):
    """Nobody reads any more what is printed."""


class Console(RichConsole):
    """A console for texts of anybody's."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, **settings)

    def render_str(self, text: str, **settings: Any) -> Text:
        return super().render_str(visible(text), **settings)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        if isinstance(renderable, Text) and visible(renderable.plain) != renderable.plain:
            shown = renderable.copy()
            shown.plain = visible(shown.plain)
            renderable = shown
        return super().render(renderable, options)

    def on_broken_pipe(self) -> None:
        raise Unread from None  # and not, as rich has it, the end of the process in whichever thread this is

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """Say what is being done, if it takes longer than a second: on a terminal for as long as it takes."""
        status = self.status(Text(visible(what)))
        lock, done = threading.Lock(), False

        def show() -> None:
            with lock:
                if done:
                    return
                if self.is_terminal:
                    status.start()
                else:
                    self.print(f"{what} …", soft_wrap=True)

        timer = threading.Timer(PATIENCE, show)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            with lock:
                done = True
                status.stop()
