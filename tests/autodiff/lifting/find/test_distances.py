"""Tables of squared distances have their name, whichever way they are written."""

import numpy as np
import pytest

from autodiff import exp, leaves, lift
from tests.notation.reader import read

make = np.random.default_rng(5)
X, Z = make.normal(size=(5, 3)), make.normal(size=(4, 3))


def of_rows(x, z):
    return ((x[:, None, :] - z[None, :, :]) ** 2).sum(-1)


def turned(x, z):
    return ((z[None, :, :] - x[:, None, :]) ** 2).sum(-1)


def of_columns(x, z):
    return of_rows(x.T, z.T)


def by_hand(x, z):
    return np.array(
        [[sum((a - b) ** 2 for a, b in zip(row, other)) for other in z] for row in x], dtype=object
    )


def lifted(table, x, z, params):
    made = leaves("X", x), leaves("Z", z)
    J = sum(exp(-0.5 * d) * (1 + n % 3) for n, d in enumerate(np.ravel(table(*made))))
    names = dict(zip("XZ", made))
    J.backward()
    gradients = {name: names[name].grad for name in params}
    inputs = {name: array for name, array in names.items() if name not in params}
    return lift(J, inputs, [v for name in params for v in names[name].ravel()]), gradients


@pytest.mark.parametrize("params", ["X", "Z", "XZ"])
@pytest.mark.parametrize("table", [of_rows, turned, of_columns, by_hand])
def test_distances_are_named_and_read_back(table, params):
    x, z = (X.T, Z.T) if table is of_columns else (X, Z)
    program, gradients = lifted(table, x, z, params)
    text = str(program)
    one, other = ("X[:,i]", "Z[:,j]") if table is of_columns else ("X[i,:]", "Z[j,:]")
    assert f"‖{one} - {other}‖²" in text or f"‖{other.replace('j', 'i')} - {one.replace('i', 'j')}‖²" in text
    given = {"X": x, "Z": z}
    found = read(text, given, program.constants)
    module = {}
    exec(program.source(), module)
    _, grads = module["run"](**given)
    for name in params:
        np.testing.assert_allclose(found.gradient(name), gradients[name], rtol=0.0, atol=1e-12)
        np.testing.assert_allclose(grads[name], gradients[name], rtol=0.0, atol=1e-12)


def test_distances_among_the_vectors_of_one_array():
    x = leaves("X", X)
    J = (np.tanh(of_rows(x, x)) * make.normal(size=(5, 5))).sum()
    J.backward()
    program = lift(J, {}, x.ravel().tolist())
    assert "D[i,j] = ‖X[i,:] - X[j,:]‖²" in str(program)
    found = read(str(program), {"X": X}, program.constants)
    np.testing.assert_allclose(found.gradient("X"), x.grad, rtol=0.0, atol=1e-12)


def test_differences_that_are_read_besides_keep_their_line():
    x, z = leaves("X", X), leaves("Z", Z)
    differences = x[:, None, :] - z[None, :, :]
    J = (np.tanh((differences**2).sum(-1))).sum() + np.sin(differences).sum()
    assert "‖X" not in str(lift(J, {"Z": z}, x.ravel().tolist()))


def test_distances_of_pairs_are_no_table():
    x, z = leaves("X", X[:4]), leaves("Z", Z)
    J = np.tanh(((x - z) ** 2).sum(-1)).sum()
    text = str(lift(J, {"Z": z}, x.ravel().tolist()))
    assert "²" in text
    assert "‖X" not in text
