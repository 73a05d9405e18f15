"""How many random examples a test gets: the number of the profile in conftest.py, times a factor."""

from hypothesis import settings


def examples(times: float) -> settings:
    """``@examples(times=1 / 10)`` gives a test a tenth of the profile's number, at least one.

    Less than 1 is for a test whose every example is dear, or that is repeated for each row of a table;
    more than 1 for one that is cheap and whose rare cases matter. A number written into ``@settings``
    would not follow the profile.
    """
    return settings(max_examples=max(1, round(times * settings().max_examples)))
