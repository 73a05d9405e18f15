"""The text of a submission: a module, or the cells of a notebook."""

from __future__ import annotations

import json
import os
import re
import tokenize
from pathlib import Path

from nn.judging.asking import SubmissionError
from nn.judging.definitions import Piece

__all__ = ["pieces_of"]

LARGEST = 20_000_000  # bytes


def pieces_of(file: Path) -> list[Piece]:
    """What the parts of a file are called in tracebacks, and their texts.

    Lines of a notebook that are orders to IPython, ``%matplotlib inline`` or ``!pip``, become comments.

    Raises:
        SubmissionError: if it is no text, or no notebook.
    """
    if file.stat().st_size > LARGEST:
        raise SubmissionError(f"{file} has more than {LARGEST:,} bytes")
    if file.suffix != ".ipynb":
        try:
            with tokenize.open(file) as opened:
                return [(os.path.realpath(file), opened.read())]
        except (SyntaxError, UnicodeDecodeError, ValueError) as error:
            raise SubmissionError(f"{file}: {type(error).__name__}: {error}") from error
    try:
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        texts = ["".join(each["source"]) for each in cells if each["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError) as error:
        raise SubmissionError(
            f"{file} is no notebook of version 4: {type(error).__name__}: {error}"
        ) from error
    return [(f"cell {i} of {file.name}", _plain(text)) for i, text in enumerate(texts, 1)]


def _plain(text: str) -> str:
    if text.lstrip().startswith("%%"):
        return ""
    return re.sub(r"^([ \t]*)([%!?].*)$", r"\1pass  # \2", text, flags=re.MULTILINE)
