"""``python -m viz``: the entry to the commands of ``duograd``, the one import that goes upwards."""

from duograd.entries import VIZ

if __name__ == "__main__":
    VIZ.enter()
