"""``python -m nn``: the entry to the commands of ``duograd``, the one import that goes upwards."""

from duograd.entries import NN

if __name__ == "__main__":
    NN.enter()
