"""``python lessons/lite.py WHEELS SITE``: the lessons as a site that runs in a browser, by JupyterLite.

WHEELS is a folder with Pyodide's core (``pyodide.mjs``, ``pyodide.asm.wasm``, ``python_stdlib.zip``,
``pyodide-lock.json`` …), the wheels that are built for it, NumPy's and Matplotlib's among them, and those of
this library and of what Pyodide lacks. A release of Pyodide is such a folder, once these are added to it::

    python -m pip wheel --no-deps . --wheel-dir WHEELS
    python -m pip download --only-binary :all: graphviz rich comm polib lazy-loader --dest WHEELS

The site has what the lessons need of it and nothing else, asks nobody else for anything, and works without a
network after it was loaded once. Needs ``pip install 'duograd[publish]'``.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

import pkginfo
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LESSONS = Path(__file__).parent
KERNEL = "@jupyterlite/pyodide-kernel-extension"
CORE = ("pyodide.mjs", "pyodide.js", "pyodide.asm.*", "python_stdlib.zip")
LESSONS_NEED = ("duograd", "ipython", "comm", "micropip")
WHERE_PYODIDE_HAS_IT = ("jedi", "packaging", "sqlite3", "ssl")  # the kernel loads them, too
IN_A_BROWSER = {
    "sys_platform": "emscripten",
    "platform_system": "Emscripten",
    "platform_machine": "wasm32",
    "platform_python_implementation": "CPython",
    "implementation_name": "cpython",
    "os_name": "posix",
    "extra": "",
}
SETTINGS = {
    "appName": "duograd",
    "litePluginSettings": {f"{KERNEL}:kernel": {"disablePyPIFallback": True}},
}
# A lesson is short: all of it is in the page, so that the browser finds a word in it.
LOOK = {"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}}


class LiteError(ValueError):
    """The folder lacks something; the message says what."""


def entry(wheel, python):
    """What Pyodide's list of packages says of a wheel for any system."""
    metadata = pkginfo.Wheel(str(wheel))
    here = {**IN_A_BROWSER, "python_version": ".".join(python.split(".")[:2]), "python_full_version": python}
    wanted = map(Requirement, metadata.requires_dist)
    with zipfile.ZipFile(wheel) as content:
        top = {Path(name).parts[0].removesuffix(".py") for name in content.namelist() if name.endswith(".py")}
    return {
        "name": canonicalize_name(metadata.name),
        "version": metadata.version,
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "package_type": "package",
        "imports": sorted(name for name in top if name.isidentifier()),
        "depends": sorted(
            {
                canonicalize_name(each.name)
                for each in wanted
                if each.marker is None or each.marker.evaluate(here)
            }
        ),
    }


def locked(wheels):
    """Pyodide's list of packages, with the folder's other wheels in it."""
    listed = wheels / "pyodide-lock.json"
    if not listed.is_file():
        raise LiteError(f"{wheels} has no pyodide-lock.json: give it the files of a release of Pyodide")
    lock = json.loads(listed.read_text(encoding="utf-8"))
    known = {package["file_name"] for package in lock["packages"].values()}
    for wheel in sorted(wheels.glob("*-none-any.whl")):
        if wheel.name not in known:
            made = entry(wheel, lock["info"]["python"])
            lock["packages"][made["name"]] = made
    return lock


def needed(packages, names):
    """The names of packages with all that they need, and that these need."""
    found, waiting = set(), [*names]
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in found:
            if name not in packages:
                raise LiteError(f"no wheel of {name} is in the folder, nor known to Pyodide")
            found.add(name)
            waiting += packages[name]["depends"]
    return found


def lay_pyodide(wheels, target):
    """What the lessons need of the folder, as the site has it."""
    lock = locked(wheels)
    every = lock["packages"]
    names = needed(every, [*LESSONS_NEED, *(name for name in WHERE_PYODIDE_HAS_IT if name in every)])
    lock["packages"] = {name: every[name] for name in sorted(names)}
    files = [package["file_name"] for package in lock["packages"].values()]
    missing = [name for name in files if not (wheels / name).is_file()]
    if missing:
        raise LiteError(f"{wheels} lacks {', '.join(sorted(missing))}")
    target.mkdir(parents=True)
    for pattern in (*CORE, *files):
        for file in wheels.glob(pattern):
            shutil.copy2(file, target)
    (target / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")


def lay_lessons(target):
    """The students' edition in each language, the pictures that it shows, and no more."""
    for notebook in (*LESSONS.glob("*.ipynb"), *LESSONS.glob("ko/*.ipynb")):
        copy = target / notebook.relative_to(LESSONS)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(notebook, copy)
    shutil.copytree(LESSONS / "pictures", target / "pictures")


def build(wheels, site):
    """Write the site.

    Raises:
        LiteError: if the folder lacks what the lessons need.
    """
    extensions = Path(sysconfig.get_path("data"), "share", "jupyter", "labextensions")
    with tempfile.TemporaryDirectory() as made:
        work = Path(made)
        lay_pyodide(wheels, work / "static" / "pyodide")
        lay_lessons(work / "files")
        config = {
            "LiteBuildConfig": {
                "apps": ["lab", "notebooks"],
                "contents": ["files"],
                "federated_extensions": [str(extensions / KERNEL)],
                "ignore_sys_prefix": ["federated_extensions"],
                "no_sourcemaps": True,
                "no_unused_shared_packages": True,
                "output_dir": str(site.resolve()),
            }
        }
        (work / "jupyter_lite_config.json").write_text(json.dumps(config), encoding="utf-8")
        settings = {"jupyter-lite-schema-version": 0, "jupyter-config-data": SETTINGS}
        (work / "overrides.json").write_text(json.dumps(LOOK), encoding="utf-8")
        (work / "jupyter-lite.json").write_text(json.dumps(settings), encoding="utf-8")
        run = subprocess.run(
            [sys.executable, "-m", "jupyterlite_core", "build"], cwd=work, capture_output=True, text=True
        )
    if run.returncode:
        raise LiteError(f"JupyterLite could not build the site:\n{run.stdout}{run.stderr}")


def main(arguments):
    if len(arguments) != 2:
        print(__doc__)
        return 2
    try:
        build(*map(Path, arguments))
    except LiteError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
