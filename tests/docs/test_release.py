"""What a release is made of: one version, and workflows that run what they were read to run."""

import configparser
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def test_the_citation_the_changelog_and_the_lessons_have_the_version_that_is_made():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    version = setup["metadata"]["version"]
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cited["version"] == version
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    dated = re.findall(r"^## \[(\d[\d.]*)\] - (\S+)$", changes, re.MULTILINE)
    assert dated[0] == (version, str(cited["date-released"]))
    wheels = re.findall(r"duograd-([\d.]+)-py3", (ROOT / "lessons/README.md").read_text(encoding="utf-8"))
    assert {*wheels} == {version}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_by_hash_and_permissions_are_the_least(workflow):
    text = workflow.read_text(encoding="utf-8")
    elsewhere = [used for used in re.findall(r"uses: (\S+)", text) if not used.startswith("$/")]
    assert elsewhere and all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", used) for used in elsewhere)
    assert "\npermissions:\n  contents: read\n" in text
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")


def test_the_conda_recipe_has_the_version_and_the_dependencies_that_are_installed():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    recipe = yaml.safe_load((ROOT / ".github/conda/recipe.yaml").read_text(encoding="utf-8"))
    assert recipe["context"]["version"] == setup["metadata"]["version"]
    renamed = {"graphviz": "python-graphviz", "matplotlib": "matplotlib-base", "pygraphviz": "graphviz"}
    wanted = {"python": setup["options"]["python_requires"]}
    for line in setup["options"]["install_requires"].strip().splitlines():
        name, bound = re.match(r"([\w-]+)(>=[\d.]+)", line).groups() if line[0] != "#" else ("", "")
        if name:
            wanted[renamed.get(name, name)] = "" if name == "pygraphviz" else bound
    stated = (each.partition(" ")[::2] for each in recipe["requirements"]["run"])
    assert dict(stated) == wanted
    entry = setup["options.entry_points"]["console_scripts"].strip()
    assert recipe["build"]["python"]["entry_points"] == [entry]
