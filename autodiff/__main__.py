"""``python -m autodiff``: the entry to the commands of ``duograd``, the one import that goes upwards."""

from duograd.entries import AUTODIFF

if __name__ == "__main__":
    AUTODIFF.enter()
