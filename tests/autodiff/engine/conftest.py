"""The engine's tests run twice: on its plain parts, and on the quick ones that ``autodiff.fast`` puts in."""

import pytest

from autodiff.fast import switch_off, switch_on


@pytest.fixture(params=["plain", "fast"], scope="module")
def version(request):
    """Every test of a module that uses it, with the plain parts and then with the quick ones."""
    (switch_off if request.param == "plain" else switch_on)()
    yield request.param
    switch_on()
