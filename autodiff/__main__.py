"""``python -m autodiff``: the entry to ``duograd.expression``, the one import that goes upwards."""

from duograd.ending import leave_with
from duograd.expression import main

if __name__ == "__main__":
    leave_with(main)
