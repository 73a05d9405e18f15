"""``python -m viz``: the entry to ``duograd.picture``, the one import that goes upwards."""

from duograd.ending import leave_with
from duograd.picture import main

if __name__ == "__main__":
    leave_with(main)
