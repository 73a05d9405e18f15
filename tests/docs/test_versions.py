"""The menu of versions: which there are, which is preferred, and how a build is told which one it is."""

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
VERSIONS = runpy.run_path(str(DOCS / "versions.py"))


def test_releases_are_ordered_as_numbers_and_nothing_else_is_one():
    tags = ["v0.2.0", "v0.10.0", "v0.9.1", "v1.0.0rc1", "paper-1", "0.3.0"]
    assert VERSIONS["released"](tags) == ["v0.10.0", "v0.9.1", "v0.2.0"]


def test_the_menu_prefers_the_newest_release():
    entries = VERSIONS["switcher"](["v0.3.0", "v0.2.0"], "https://example.org/duograd")
    assert [(each["version"], each.get("preferred", False)) for each in entries] == [
        ("dev", False),
        ("v0.3.0", True),
        ("v0.2.0", False),
    ]
    assert entries[1]["url"] == "https://example.org/duograd/v0.3.0/"
    assert len({each["name"] for each in entries}) == 3


def test_a_build_of_several_has_the_menu_and_one_alone_has_not():
    assert VERSIONS["menu"]({}) == {}
    made = VERSIONS["menu"]({"DOCS_VERSION": "v0.3.0", "DOCS_URL": "https://example.org/duograd"})
    assert made["switcher"] == {
        "json_url": "https://example.org/duograd/switcher.json",
        "version_match": "v0.3.0",
    }
    assert "version-switcher" in made["navbar_start"]
