"""``python docs/versions.py out/docs``: the pages of every released version, and of what is checked out.

Each version gets a folder, built from its tag in a virtual environment of its own, so that examples are those
of its code: ``v0.2.0/``, …, and ``dev/``, each with ``ko/`` of the same in Korean. ``switcher.json`` lists
them for the theme's menu, and ``index.html`` leads to the newest release, or to ``dev`` as long as there is
none. A tag from before there were such pages is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from languages import CATALOGS, KOREAN

ROOT = Path(__file__).parents[1]
DEV = "dev"
RELEASED = re.compile(r"v(\d+)\.(\d+)\.(\d+)")
EXTRAS = "docs,notebook"

LEADING = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url={version}/">
<title>duograd</title>
<a href="{version}/">The documentation</a>
"""


def released(tags: Sequence[str]) -> list[str]:
    """The tags of releases, the newest first; other tags, and candidates for a release, are left out.

    >>> released(["v0.9.0", "v0.10.0", "paper", "v1.0.0rc1"])
    ['v0.10.0', 'v0.9.0']
    """
    found = [match for match in map(RELEASED.fullmatch, tags) if match]
    return [match[0] for match in sorted(found, key=lambda match: [*map(int, match.groups())], reverse=True)]


def switcher(versions: Sequence[str], url: str) -> list[dict[str, object]]:
    """The entries of the theme's menu of versions, as its documentation describes them.

    Args:
        versions: the released ones, the newest first.
        url: where the folders of all versions lie.
    """
    entries: list[dict[str, object]] = [{"version": DEV, "name": "next", "url": f"{url}/{DEV}/"}]
    for place, version in enumerate(versions):
        newest = place == 0
        name = f"{version[1:]} (newest)" if newest else version[1:]
        entries.append({"version": version, "name": name, "url": f"{url}/{version}/", "preferred": newest})
    return entries


def menu(environment: Mapping[str, str]) -> dict[str, object]:
    """The options of the theme by which a page shows the menu; none where one version is built alone."""
    if "DOCS_VERSION" not in environment:
        return {}
    url, version = environment["DOCS_URL"], environment["DOCS_VERSION"]
    # It cannot be checked, as it is written when all are built.
    return {
        "switcher": {"json_url": f"{url}/switcher.json", "version_match": version},
        "check_switcher": False,
        "navbar_start": ["navbar-logo", "version-switcher"],
    }


def git(*words: str) -> str:
    """What git prints in this repository."""
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def builds(tree: Path, out: Path) -> list[list[str]]:
    """What Sphinx is asked for, of a tree: its pages, and below them those in Korean, where it has any."""
    options = ["-W", "--keep-going"]
    asked = [[*options, str(tree / "docs"), str(out)]]
    if (tree / "docs" / CATALOGS).is_dir():
        asked.append([*options, "-D", f"language={KOREAN}", str(tree / "docs"), str(out / KOREAN)])
    return asked


def build(tree: Path, out: Path, version: str, url: str) -> None:
    """The pages of a tree. Its ``conf.py`` is told by variables, which ``menu`` reads, what version it is and
    where all of them lie."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = shutil.which("python", path=os.pathsep.join(map(str, Path(folder).glob("*/"))))
        assert python
        subprocess.run([python, "-m", "pip", "install", "-q", f"{tree}[{EXTRAS}]"], check=True)
        told = {**os.environ, "DOCS_VERSION": version, "DOCS_URL": url}
        for words in builds(tree, out / version):
            subprocess.run([python, "-m", "sphinx", *words], check=True, env=told)


def main(arguments: Sequence[str] | None = None) -> None:
    """Build all of them."""
    parser = argparse.ArgumentParser(description="The pages of every version.")
    parser.add_argument("out", type=Path, help="the folder to write to")
    parser.add_argument("--url", default="", help="where it is going to lie: https://…")
    options = parser.parse_args(arguments)
    out, url, versions = options.out.resolve(), options.url.rstrip("/"), []
    for tag in released(git("tag").split()):
        with tempfile.TemporaryDirectory() as folder:
            tree = Path(folder) / tag
            git("worktree", "add", "--detach", str(tree), tag)
            try:
                if (tree / "docs/conf.py").exists():
                    build(tree, out, tag, url)
                    versions.append(tag)
            finally:
                git("worktree", "remove", "--force", str(tree))
    build(ROOT, out, DEV, url)
    for notebooks in [*out.glob("**/jupyter_execute")]:
        shutil.rmtree(notebooks)  # copies, which MyST-NB leaves beside the pages
    entries = switcher(versions, url)
    (out / "switcher.json").write_text(json.dumps(entries, indent=1), encoding="utf-8")
    newest = versions[0] if versions else DEV
    (out / "index.html").write_text(LEADING.format(version=newest), encoding="utf-8")


if __name__ == "__main__":
    main()
