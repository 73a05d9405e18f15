"""An error of a run names the element that is to blame, in whichever array it lies."""

import numpy as np
import pytest

from autodiff import DomainError, Value, lift
from autodiff.functions import sum


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("place", [("a", 0), ("a", 1), ("b", 0), ("b", 2), ("w", 0), ("w", 1)])
def test_the_first_and_the_last_of_every_array_are_told_apart(place, batch):
    arrays = {
        name: [Value(1.5, f"{name}[{i}]") for i in range(n)] for name, n in (("a", 2), ("b", 3), ("w", 2))
    }
    loss = sum([x.log() for array in arrays.values() for x in array])
    inputs = {name: arrays[name] for name in "ab"}
    program = lift(loss, inputs, arrays["w"], batch=batch)
    data = {name: np.full((len(array), 4)[: 1 + batch], 1.5) for name, array in inputs.items()}
    name, i = place
    if name == "w":
        program.params["w"][i] = -2.0
    else:
        data[name][(i, 3)[: 1 + batch]] = -2.0
    element = rf"{name}\[{i},3\]" if batch and name != "w" else rf"{name}\[{i}\]"
    with pytest.raises(DomainError, match=rf"log\({element}=-2\.0\)"):
        program(**data)
