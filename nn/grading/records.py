"""Verdicts that are kept, each in a file of its own, as soon as it is there."""

from __future__ import annotations

import json
from pathlib import Path

from nn.files import replacing
from nn.grading.judged import Judged

__all__ = ["Records"]


class Records:
    """Verdicts by their keys, in a folder.

    Args:
        folder: which is made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def get(self, key: str) -> Judged | None:
        """The verdict that is kept under a key; ``None`` if there is none, or it cannot be read."""
        try:
            return Judged.from_json(json.loads(self._path(key).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def keep(self, key: str, judged: Judged) -> None:
        """Keep a verdict; whoever reads meets all of it or nothing."""
        with replacing(self._path(key)) as unfinished:
            unfinished.write_text(json.dumps(judged.as_json()), encoding="utf-8")

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"
