"""What the tests of the judge share."""

from collections.abc import Iterator

import pytest

from nn.judging.starting import starting


@pytest.fixture(scope="session", autouse=True)
def forks() -> Iterator[None]:
    """What forks submissions is started once, as for a folder, and not for each of hundreds of files."""
    with starting():
        yield
