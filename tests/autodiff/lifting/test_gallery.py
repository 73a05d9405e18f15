"""What is found in each program of the gallery is what its file says."""

import importlib.util
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location("gallery", Path(__file__).with_name("gallery.py"))
gallery = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(gallery)

EXPECTED = dict(
    text.strip().split("\n", 1)
    for text in gallery.FILE.read_text(encoding="utf-8").removeprefix("# ").split("\n\n\n# ")
)


@pytest.mark.parametrize("name", gallery.PROGRAMS)
def test_a_program_is_found_as_the_gallery_shows_it(name):
    found = "\n".join(line.rstrip() for line in gallery.written(gallery.PROGRAMS[name]()).split("\n"))
    assert found == EXPECTED[name].strip(), "if this is better: python tests/autodiff/lifting/gallery.py"


def test_the_gallery_shows_these_programs_only():
    assert list(EXPECTED) == list(gallery.PROGRAMS)
