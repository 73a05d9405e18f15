"""g' by the output, as textbooks write it, is the table's derivative in another form."""

import numpy as np
import pytest

from autodiff.engine.namespaces import ARRAYS
from autodiff.engine.ops import OPS
from nn.diagnosing.mistakes import BY_OUTPUT


@pytest.mark.parametrize("name", sorted(BY_OUTPUT))
def test_a_slope_by_the_output_is_that_of_the_row(name):
    z = np.linspace(-6.0, 6.0, 241)
    a = OPS[name].forward(ARRAYS, z)
    (expected,) = OPS[name].partials(ARRAYS, z, a)
    # 1 - a² and the like cancel where g is flat: by the rounding of a, which is of the order of 1.
    np.testing.assert_allclose(BY_OUTPUT[name](a), expected, rtol=1e-12, atol=1e-15)
