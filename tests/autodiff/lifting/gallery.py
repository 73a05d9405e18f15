"""A gallery: small scalar programs, and what is found in them.

``gallery.txt`` holds the formulas and the source of each as they should be. Where they change for
the better, look at every change, and write them anew:

    python tests/autodiff/lifting/gallery.py
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from autodiff import Program, Value, detach, dot, leaves, lift, maximum, minimum, softmax
from autodiff.functions import mean, sum

FILE = Path(__file__).with_name("gallery.txt")
PROGRAMS: dict[str, Callable[[], Program]] = {}


def exhibit(make: Callable[[], Program]) -> Callable[[], Program]:
    PROGRAMS[make.__name__.replace("_", " ")] = make
    return make


def numbers(*shape):
    """Numbers of that shape that have few digits, and no pattern."""
    return np.round(np.sin(1.0 + 2.0 * np.arange(np.prod(shape))), 2).reshape(shape)


def vector(name, n):
    return [Value(float(x), f"{name}[{i}]") for i, x in enumerate(numbers(n))]


def matrix(name, n, k):
    return [
        [Value(float(x), f"{name}[{i},{j}]") for j, x in enumerate(r)] for i, r in enumerate(numbers(n, k))
    ]


def flat(*rows):
    return [value for row in rows for each in row for value in (each if isinstance(each, list) else [each])]


def total(outputs):
    """A loss that uses every output differently."""
    return mean([(y * (0.5 + 0.25 * i)).tanh() for i, y in enumerate(outputs)])


def network(x, W, b, V):
    hidden = [dot(w, x, c).tanh() for w, c in zip(W, b)]
    return [dot(v, hidden) for v in V]


@exhibit
def a_network_on_three_samples():
    W, b, V, X = matrix("W1", 3, 2), vector("b1", 3), matrix("W2", 2, 3), matrix("X", 3, 2)
    outputs = [y for x in X for y in network(x, W, b, V)]
    return lift(mean([y * y for y in outputs]), {"X": X}, flat(W, b, V))


@exhibit
def a_network_on_samples_that_are_numbers():
    W, b, V = matrix("W1", 3, 2), vector("b1", 3), matrix("W2", 2, 3)
    outputs = [y for x in numbers(4, 2).tolist() for y in network(x, W, b, V)]
    return lift(mean([(y - 0.5) ** 2 for y in outputs]), params=flat(W, b, V))


@exhibit
def a_network_for_any_batch():
    W, b, V, x, y = matrix("W1", 3, 2), vector("b1", 3), matrix("W2", 2, 3), vector("x", 2), vector("y", 2)
    outputs = network(x, W, b, V)
    loss = sum([(p - q) ** 2 for p, q in zip(outputs, y)]) / 2
    return lift(loss, {"x": x, "y": y}, flat(W, b, V), batch=True, wrt_inputs=True)


@exhibit
def a_product_written_out_term_by_term():
    W, b, X = matrix("W", 4, 3), vector("b", 4), matrix("X", 2, 3)
    outputs = [x[0] * r[0] + c + r[1] * x[1] + x[2] * r[2] for x in X for r, c in zip(W, b)]
    return lift(total(outputs), {"X": X}, flat(W, b))


@exhibit
def one_number_less_each_product():
    W, X = matrix("W", 4, 3), matrix("X", 5, 3)
    return lift(total([1.0 - 2.0 * dot(w, x) / 3.0 for w in W for x in X]), {"X": X}, flat(W))


@exhibit
def two_products_in_one_sum():
    W, U, X, H = matrix("W", 4, 3), matrix("U", 4, 3), matrix("X", 5, 3), matrix("H", 5, 3)
    outputs = [dot(w, x) - 2.0 * dot(u, h) for x, h in zip(X, H) for w, u in zip(W, U)]
    return lift(total(outputs), {"X": X, "H": H}, flat(W, U))


@exhibit
def many_small_products():
    A, B = matrix("A", 6, 4), matrix("B", 6, 4)
    outputs = [dot(A[2 * b + i], B[2 * b + j]) for b in range(3) for i in range(2) for j in range(2)]
    return lift(total(outputs), params=flat(A, B))


@exhibit
def blocks_of_different_sizes():
    A, B = matrix("A", 4, 2), matrix("B", 5, 2)
    outputs = [dot(a, b) for a in A[:1] for b in B[:3]] + [dot(a, b) for a in A[1:] for b in B[3:]]
    return lift(total(outputs), params=flat(A, B))


@exhibit
def products_where_one_pair_is_missing():
    A, B = matrix("A", 3, 2), matrix("B", 3, 2)
    pairs = [(i, j) for i in range(3) for j in range(3) if (i, j) != (2, 1)]
    return lift(total([dot(A[i], B[j]) for i, j in pairs]), params=flat(A, B))


@exhibit
def the_same_product_twice():
    A, B = matrix("A", 3, 2), matrix("B", 2, 2)
    return lift(total([dot(a, b) for a in A for b in [*B, *B]]), params=flat(A, B))


@exhibit
def a_convolution():
    k, x = vector("k", 3), vector("x", 9)
    return lift(total([dot(k, x[i : i + 3]).tanh() for i in range(7)]), {"x": x}, k, wrt_inputs=True)


@exhibit
def sums_of_different_lengths():
    a, w = vector("a", 5), vector("w", 5)
    outputs = [dot(w[: i + 1], [x.exp() for x in a[: i + 1]]).tanh() for i in range(5)]
    return lift(total(outputs), params=a + w)


@exhibit
def paths_of_different_lengths():
    a = vector("a", 4)
    late = [a[0].exp().exp(), *(x.exp() for x in a[1:])]
    return lift(sum([y.tanh() * (i + 1.0) for i, y in enumerate(late)]), params=a)


@exhibit
def a_recurrence():
    W, U, h, X = matrix("W", 2, 2), matrix("U", 2, 3), [Value(0.0), Value(0.5)], matrix("x", 3, 3)
    for x in X:
        h = [(dot(w, h) + dot(u, x)).tanh() for w, u in zip(W, U)]
    return lift(h[0] - h[1], {"x": X}, flat(W, U))


@exhibit
def a_softmax_of_three():
    W, X = matrix("W", 3, 2), matrix("X", 4, 2)
    outputs = [p for x in X for p in softmax([dot(w, x) for w in W])]
    return lift(total(outputs), {"X": X}, flat(W))


@exhibit
def the_largest_and_the_smallest_of_several():
    a, b = vector("a", 6), vector("b", 2)
    top = [detach(maximum(maximum(a[i], a[i + 1]), a[i + 2])) for i in (0, 3)]
    low = detach(minimum(a[0], minimum(a[1], b[1])))
    kept = maximum(a[0], a[1]) - minimum(b[0], b[1])  # a gradient passes here
    return lift(top[0] * b[0] + top[1] * b[1] + low * kept + detach(b[0].exp()) * a[5], params=a + b)


@exhibit
def rows_that_are_multiples_of_one_row():
    w, X = vector("w", 3), matrix("X", 4, 3)
    labels = (1.0, -1.0, 3.0, 0.7)
    outputs = [(1.0 - y * (dot(w, x) + 0.5)).softplus() for y, x in zip(labels, X)]
    return lift(mean(outputs), {"X": X}, w)


@exhibit
def rows_that_are_nearly_multiples_of_one_row():
    w = vector("w", 3)
    rows = [(1.0, 2.0, 4.0), (3.0, 6.0, 12.0 * (1 + 1e-13)), (0.5, 1.0, 2.0)]
    return lift(total([dot(w, row) for row in rows]), params=w)


@exhibit
def rows_and_columns_added_to_a_product():
    W, X, b, c = matrix("W", 4, 3), matrix("X", 5, 3), vector("b", 4), vector("c", 5)
    outputs = [(dot(w, x) + p).sin() * q for w, p in zip(W, b) for x, q in zip(X, c)]
    return lift(total(outputs), {"X": X}, flat(W, b, c))


@exhibit
def elements_looked_up_by_number():
    E = matrix("E", 5, 2)
    outputs = [E[i][j] * (j + 2.0) for i in (3, 0, 3, 4) for j in range(2)]
    return lift(total(outputs), params=flat(E))


@exhibit
def squares_powers_and_quotients():
    a = vector("a", 3)
    outputs = [
        y for x in a for y in (x**2, x * x / 4.0, (x * x + 1.0) ** 0.5, 2.0 / (x + 3.0), x**3.0, 2.0**x)
    ]
    return lift(total(outputs), params=a)


@exhibit
def weighted_sums_of_one_array():
    w = vector("w", 6)
    powers = [v.exp() for v in w]
    return lift(total([dot(powers, row) for row in numbers(3, 6).tolist()]), params=w)


@exhibit
def numbers_times_zero():
    w = vector("w", 2)
    return lift(((w[0] * 0.0).exp() + (w[1] * 0.0 + 2.0)) * w[0] + (w[0] * 0.0 + w[1] * 0.0), params=w)


@exhibit
def huge_and_tiny_factors():
    a = vector("a", 2)
    return lift(1e120 * (1e120 * (1e-200 * a[0])) + sum([1e120 * a[1], -1e-120 * a[1]]), params=a)


@exhibit
def constants_that_are_computed():
    a = vector("a", 2)
    zero = Value(0.0)
    return lift(a[0] * (zero.exp() + 1) + a[1].atan2(zero - 3.0) + Value(2.0) * Value(3.0), params=a)


@exhibit
def fixed_and_varying_numbers_in_a_batch():
    W, V, u, x = matrix("W", 3, 2), matrix("V", 3, 2), vector("u", 2), vector("x", 2)
    fixed = [dot(v, [u[0].exp(), u[1].exp()]) for v in V]
    outputs = [(dot(w, x, p) * u[0]).tanh() for w, p in zip(W, fixed)]
    top = detach(maximum(maximum(outputs[0], outputs[1]), fixed[2]))
    return lift(sum(outputs) * top + fixed[0], {"x": x}, flat(W, V, u), batch=True)


@exhibit
def an_output_kept_and_a_sum_read_twice():
    W, x = matrix("W", 2, 3), vector("x", 3)
    z = [dot(w, x) for w in W]
    return lift(sum(z) * z[0] + z[1].tanh(), {"x": x}, flat(W), wrt_inputs=True)


@exhibit
def products_of_inputs_beside_parameters_in_a_batch():
    w, x = vector("w", 3), vector("x", 4)
    outputs = [(x[i] * x[i + 1] + w[i] + w[2 - i] * x[3]).tanh() for i in range(3)]
    return lift(sum(outputs), {"x": x}, w, batch=True)


@exhibit
def sums_of_different_kinds_and_lengths_in_a_batch():
    w, v, x = vector("w", 3), vector("v", 2), vector("x", 4)
    powers, fixed = [y.exp() for y in x], [y.exp() for y in w]
    outputs = [
        sum([powers[0] * powers[1], fixed[0], powers[2] * fixed[1]]),
        sum([powers[1] * powers[2], powers[2] * powers[3], fixed[1], powers[3]]),
        sum([fixed[0] * fixed[2], 3.0 * powers[0], -powers[2] * powers[2], fixed[2] * powers[1]]),
    ]
    return lift(sum([y.tanh() * z for y, z in zip(outputs, [*v, v[0]])]), {"x": x}, w + v, batch=True)


@exhibit
def causal_attention():
    Q, K, V = matrix("Q", 3, 2), matrix("K", 3, 2), matrix("V", 3, 2)
    outputs = []
    for t in range(3):
        share = softmax([dot(Q[t], k) * 0.5 for k in K[: t + 1]])
        outputs += [dot(share, [v[j] for v in V[: t + 1]]) for j in range(2)]
    return lift(total(outputs), params=flat(Q, K, V))


@exhibit
def the_largest_of_different_numbers_of_values():
    a, b = vector("a", 6), vector("b", 3)
    tops = [detach(maximum(a[0], a[1])), detach(maximum(maximum(a[2], a[3]), a[4]))]
    lows = [detach(minimum(minimum(a[1], a[2]), minimum(a[3], a[5]))), detach(a[0].exp())]
    return lift(dot(b[:2], tops) + dot(b[1:], lows), params=a + b)


@exhibit
def one_factor_and_many_factors():
    w, u = vector("w", 4), vector("u", 4)
    few = [2.0 * w[0] + 3.0 * u[0], 2.0 * w[1] + 3.0 * u[1], 2.0 * w[2] + 3.0 * u[2]]
    many = [dot(w, row) + u[i] for i, row in enumerate(numbers(3, 4).tolist())]
    return lift(sum([x.tanh() * y.sin() for x, y in zip(few, many)]), params=w + u)


@exhibit
def terms_that_stand_in_another_order_in_each_sum():
    A, B, c = matrix("A", 3, 2), matrix("B", 3, 2), vector("c", 3)
    outputs = [
        sum([A[0][0] * B[0][0], A[0][1] * B[0][1], 2.0 * c[0]]),
        sum([2.0 * c[1], A[1][1] * B[1][1], B[1][0] * A[1][0]]),
        sum([B[2][1] * A[2][1], 2.0 * c[2], A[2][0] * B[2][0]]),
    ]
    return lift(total(outputs), params=flat(A, B, c))


@exhibit
def one_sum_over_a_whole_array_backwards():
    w, X = vector("w", 5), matrix("X", 2, 3)
    return lift(sum(w[::-1]) * sum([y for x in X[::-1] for y in x[::-1]]), {"X": X}, w)


@exhibit
def tables_of_two_arrays_and_of_one_with_itself():
    a, b = vector("a", 3), vector("b", 2)
    outputs = [(x - y).tanh() for x in a for y in b] + [x.hypot(y) for x in a for y in a]
    return lift(total(outputs), params=a + b)


@exhibit
def sums_with_constants_of_their_own():
    W, X = matrix("W", 2, 3), matrix("X", 2, 3)
    same = [dot(w, x) + 1.5 for w in W for x in X]
    own = [dot(w, x) + 0.25 * i for i, (w, x) in enumerate(zip(W, X))]
    return lift(total(same) + sum([y.exp() for y in own]), {"X": X}, flat(W))


@exhibit
def a_few_factors_are_factors():
    w = vector("w", 3)
    rows = ([1.0, 2.0, 3.0], [2.0, 3.0, 1.0], [3.0, 1.0, 2.0])
    return lift(sum([dot(w, row).tanh() for row in rows]), params=w)


@exhibit
def more_factors_are_an_array_of_weights():
    w = vector("w", 4)
    rows = ([1.0, 2.0, 3.0, 4.0], [2.0, 3.0, 4.0, 1.0], [3.0, 4.0, 1.0, 2.0])
    return lift(sum([dot(w, row).tanh() for row in rows]), params=w)


@exhibit
def factors_that_differ_in_the_last_sum_only():
    w = vector("w", 4)
    rows = ([1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0], [1.0, 2.0, 3.0, 5.0])
    return lift(sum([dot(w, row).tanh() * (i + 1.0) for i, row in enumerate(rows)]), params=w)


@exhibit
def one_function_of_parameters_inputs_and_what_is_computed_in_a_batch():
    u, v, w, x, y = (vector(name, 2) for name in "uvwxy")
    products = [a * b for a, b in zip(w, x)]
    operands = [*u, *v, *w, *x, *y, *products, *(p.tanh() for p in products), *(p.tanh() for p in u)]
    return lift(sum([a.exp() for a in operands]), {"x": x, "y": y}, u + v + w, batch=True)


@exhibit
def a_product_times_two():
    W, X = matrix("W", 2, 3), matrix("X", 2, 3)
    return lift(sum([(2.0 * dot(w, x)).tanh() for w in W for x in X]), {"X": X}, flat(W))


@exhibit
def products_of_varying_numbers_beside_fixed_ones_of_two_arrays():
    w, x = vector("w", 2), vector("x", 3)
    fixed, powers = [w[0].exp(), w[1].tanh()], [y.exp() for y in x]
    outputs = [(powers[i] * powers[i + 1] + fixed[i]).tanh() for i in range(2)]
    return lift(sum(outputs), {"x": x}, w, batch=True)


@exhibit
def slices_with_steps_and_of_columns():
    W, v = matrix("W", 4, 4), vector("v", 4)
    outputs = [dot(row[::2], v[:2]) for row in W[1:]] + [dot([r[j] for r in W[:3]], v[1:]) for j in (3, 1)]
    return lift(total(outputs), params=flat(W, v))


def well_posed(*shape):
    """Matrices in the last two axes that have an inverse."""
    return numbers(*shape) + 3.0 * np.eye(shape[-1])


@exhibit
def a_ridge_regression_that_is_solved():
    X, y = leaves("X", numbers(6, 3)), leaves("y", numbers(6))
    w = np.linalg.solve(X.T @ X + 0.1 * np.eye(3), X.T @ y)
    return lift(np.mean((X @ w - y) ** 2), {"y": y}, X.ravel())


@exhibit
def a_step_of_a_kalman_filter():
    F, H = np.array([[1.0, 0.1], [0.0, 1.0]]), np.array([[1.0, 0.0], [0.5, 1.0]])
    x, P, z = leaves("x", numbers(2)), leaves("P", well_posed(2, 2)), leaves("z", numbers(2))
    P_next = F @ P @ F.T + 0.01 * np.eye(2)
    S = H @ P_next @ H.T + 0.1 * np.eye(2)
    e = z - H @ F @ x
    x_next = F @ x + P_next @ H.T @ np.linalg.inv(S) @ e
    return lift(np.sum(x_next**2) + e @ np.linalg.solve(S, e), {"z": z}, [*x, *P.ravel()])


@exhibit
def a_stack_of_systems():
    A, B, C = leaves("A", well_posed(4, 3, 3)), leaves("B", numbers(4, 3, 2)), leaves("C", well_posed(3, 3))
    X = np.linalg.solve(C, np.linalg.solve(A, B))
    return lift(np.sum(np.tanh(X)), params=[*A.ravel(), *B.ravel(), *C.ravel()])


@exhibit
def labels_that_are_words_of_the_source():
    names = ("lambda", "np", "dW1", "W1", "Z1", "v1", "layer.0/w", "2", "i1")
    values = [Value(float(x), f"{name}[0]") for name, x in zip(names, numbers(len(names)))]
    return lift(dot(values[:-1], values[1:]).exp() + values[-1], params=values)


def written(program: Program) -> str:
    """The formulas of a program, its arrays of numbers, and the body of its function."""
    head, _, run = program.source().partition("def run(")
    arrays = "\n".join(line for line in head.split("\n") if line.startswith("i"))
    signature, _, rest = run.partition("\n")
    body = rest.split('"""')[2].strip("\n")
    return f"{program}\n\n{arrays}\n\ndef run({signature}\n{body}".replace("import numpy as np\n", "")


def gallery() -> str:
    pictures = (f"# {name}\n\n{written(make())}" for name, make in PROGRAMS.items())
    lines = "\n\n\n".join(pictures).split("\n")
    return "\n".join(line.rstrip() for line in lines) + "\n"


if __name__ == "__main__":
    FILE.write_text(gallery(), encoding="utf-8")
