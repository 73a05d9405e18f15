"""Files that are joined: ES modules to one script, parts to one page.

A page that is one file has no modules, so they are put one after the other in a single scope, imported
ones first. That is enough because no two modules give a name to different things, which a test holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["as_json", "filled", "modules_of", "one_script"]

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)


def modules_of(entry: str, source_of: Callable[[str], str]) -> dict[str, str]:
    """The source of a module and of all it imports by name, in an order in which each stands after what
    it imports.

    Raises:
        ValueError: for modules that import each other in a circle.
    """
    sources: dict[str, str] = {}

    def add(name: str, importing: tuple[str, ...]) -> None:
        if name in importing:
            raise ValueError(f"modules import each other: {' -> '.join((*importing, name))}")
        if name not in sources:
            source = source_of(name)
            for imported in _IMPORT.findall(source):
                add(imported, (*importing, name))
            sources[name] = source

    add(entry, ())
    return sources


def one_script(modules: Mapping[str, str]) -> str:
    """Modules in the order of ``modules_of`` as one script in strict mode, as modules are."""
    sources = (_IMPORT.sub("", source) for source in modules.values())
    body = "\n".join(re.sub(r"^export ", "", source, flags=re.MULTILINE) for source in sources)
    return f'(() => {{\n"use strict";\n{body}}})();'


def filled(template: str, parts: Mapping[str, str]) -> str:
    """The template with a part in each place ``{{name}}``."""
    return re.sub(r"\{\{(\w+)\}\}", lambda place: parts[place[1]], template)


def as_json(contents: dict[str, Any]) -> str:
    """JSON that no text in it can end, wherever it stands: without < and &, and without half a letter."""
    text = json.dumps(contents, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return re.sub("[<&\ud800-\udfff]", lambda sign: f"\\u{ord(sign[0]):04x}", text)
