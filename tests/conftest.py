"""Settings and strategies that the tests share."""

import os

from hypothesis import settings

# CI repeats the same examples, so that a red run can be seen again; at home they vary.
settings.register_profile("ci", derandomize=True, deadline=None, max_examples=60)
settings.register_profile("home", deadline=None, max_examples=60)
settings.load_profile("ci" if os.environ.get("CI") else "home")
