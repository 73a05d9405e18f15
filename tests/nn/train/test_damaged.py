"""A few hundred of the damaged files of ``python -m tests.damage``."""

import os

import pytest

from tests.damage import DAMAGES, damage

pytestmark = pytest.mark.long


def test_damaged_files_load_the_same_numbers_or_raise_the_one_error(tmp_path, capsys):
    seen = damage(220, int.from_bytes(os.urandom(2), "big"), tmp_path)
    assert sum(seen.values()) == 220
    assert {name for name, _ in seen} == set(DAMAGES)
    for harmful in ("cut_off", "without_an_array", "with_an_array_twice", "compressed"):
        assert seen[harmful, "same"] == 0
