"""``python -m nn``: the entry to ``duograd.network``, the one import that goes upwards."""

from duograd.ending import leave_with
from duograd.network import main

if __name__ == "__main__":
    leave_with(main)
