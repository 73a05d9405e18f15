"""What is printed of programs as others write them is in the notation, and says what they compute.
So does their source."""

import inspect
import math
import re

import numpy as np
import pytest

from autodiff import leaves, lift
from tests.notation.reader import read
from tests.notation.strangers import PROGRAMS

TOLERANCE = 1e-11


def recorded(name, seed):
    """The loss of a program, its leaves and its numbers."""
    loss, shapes = next((f, shapes) for f, shapes in PROGRAMS.items() if f.__name__ == name)
    make = np.random.default_rng(seed)
    data = {
        key: make.normal(scale=0.5, size=shape)
        for key, shape in zip(inspect.signature(loss).parameters, shapes)
    }
    made = {key: leaves(key, numbers) for key, numbers in data.items()}
    params = [key for key, shape in zip(made, shapes) if isinstance(shape, tuple)]
    J = loss(*made.values())
    return (J.item() if isinstance(J, np.ndarray) else J), made, data, params


def lifted(name):
    J, made, _, params = recorded(name, 0)
    inputs = {key: array for key, array in made.items() if key not in params}
    return lift(J, inputs, [value for key in params for value in made[key].ravel()])


@pytest.fixture(scope="module")
def programs():
    """The programs by name, each lifted once."""
    return {loss.__name__: lifted(loss.__name__) for loss in PROGRAMS}


def agree(loss, gradient, name):
    J, made, _, params = recorded(name, 1)
    J.backward()
    assert loss == pytest.approx(J.data, rel=TOLERANCE, abs=TOLERANCE)
    for key in params:
        right = made[key].grad
        scale = max(1.0, np.abs(right).max())
        np.testing.assert_allclose(gradient(key), right, rtol=0.0, atol=TOLERANCE * scale, err_msg=key)


@pytest.mark.parametrize("name", [loss.__name__ for loss in PROGRAMS])
def test_its_listing_reads_back(name, programs):
    program = programs[name]
    symbols = {block.name: block.symbol for block in program.blocks if block.role in ("parameter", "input")}
    _, _, data, _ = recorded(name, 1)
    given = {symbols[key]: numbers for key, numbers in data.items() if key in symbols}
    found = read(str(program), given, program.constants)
    agree(found.loss, lambda key: found.gradient(symbols[key]), name)


@pytest.mark.parametrize("name", [loss.__name__ for loss in PROGRAMS])
def test_its_source_says_the_same(name, programs):
    module = {}
    exec(programs[name].source(), module)
    _, _, data, _ = recorded(name, 1)
    taken = inspect.signature(module["run"]).parameters
    loss, grads = module["run"](**{key: numbers for key, numbers in data.items() if key in taken})
    agree(loss, grads.__getitem__, name)


def test_the_slope_of_a_sigmoid_by_hand_is_in_its_value(programs):
    assert "sigmoid" not in str(programs["gru_of_joined_inputs"]).partition("backward")[2]


@pytest.mark.parametrize(
    ("name", "lines"),
    {
        "policy_gradient": ["J = 1/m·Rᵀ·v1 ", "v1 = cross_entropyⱼ(P, Y) ", "dZ = dv1 ⊙ (P - Y) "],
        "clipped_policy_gradient": ["v3 = -v2 - old ", "J = -0.002·Σ cross_entropyⱼ(P, P) "],
        "focal": ["v1 = Σⱼ P ⊙ Y ", "dZ = dv4 ⊙ (P - Y) + P ⊙ (dP - Σⱼ P ⊙ dP) "],
        "tokens_that_count": ["v1 = cross_entropyⱼ(P, Y) ", "dZ = dv1 ⊙ (P - Y) "],
        "gelus": ["v1 = √(2/π)·Z + 0.044715·√(2/π)·A ", "J = 0.01/m·‖W‖² + 1/m·‖z_v‖² "],
        "gelus_of_erf": ["A = normal_cdf(Z) ", "v1 = Z ⊙ A "],
        "alike_in_pairs": ["S = 1/0.07·v2·v1ᵀ ", "dS = 1/m·(P - Y) "],
        "pairs_of_views": ["v1 = Z/√(Σⱼ Z²) ", "v2 = Z_2/√(Σⱼ Z_2²) ", "S = 10·v2·v1ᵀ "],
        "vae": [
            "A_D = sigmoid(Z_D) ",
            "J = 1/m·Σ binary_cross_entropy(A_D, v1) - ",
            "dZ_D = 1/m·(A_D - v1) ",
        ],
        "sparse_autoencoder": ["v1 = 0.05/μ ", "v2 = 0.95/(1 - μ) ", "dA1 = 1/6·dμᵀ + dZ2·W2ᵀ "],
        "option": ["v11 = normal_cdf(-v10) "],
    }.items(),
)
def test_lines_are_those_of_a_book(name, lines, programs):
    text = str(programs[name])
    for line in lines:
        assert line in text
    assert " = max" not in text
    assert not programs[name].obstacles


@pytest.mark.parametrize(
    ("name", "lines"),
    {
        "halves_of_a_code": ["exp(v1) ", "= exp(Z[:,3 … 4]) ", "= Z[:,1 … 2] + noise ⊙ v2 "],
        "covariance": ["v3 = v1·v2 ", "v2 = Z_L⁻¹ "],
        "spreads_in_logs": ["exp(-2·s)", "- 2·s"],
        "leaky": ["v1 = max(0.01·Z, Z) ", "dZ = dv1 ⊙ (0.01·heaviside(-Z) + heaviside(Z)) "],
        "ratings": ["v1 = -Z_U ⊙ M ", "dZ_U = -dv1 ⊙ M "],
    }.items(),
)
def test_what_is_done_to_parts_and_multiples_is_a_line_of_each(name, lines, programs):
    text = str(programs[name])
    for line in lines:
        assert line in text
    assert not programs[name].obstacles


def test_letters_that_are_read_are_columns(programs):
    text = str(programs["letters"])
    assert "z[t] = Wx·X[:,t] + Wh·H[t-1] + bh,  t = 1 … 5,  H[0] = start" in text
    assert "dWx = Σₜ dz[t]·X[:,t]ᵀ,  t = 1 … 5" in text
    assert len(text.split("\n")) < 25


def test_stages_of_the_first_step_are_of_that_step(programs):
    text = str(programs["runge_kutta"])
    assert "X[t] = X[t-1] + 1/60·a[t] + 1/30·a_2[t] + 1/30·a_3[t] + 1/60·a_4[t],  t = 1 … 5 " in text


def test_sums_of_transposes_and_of_quotients_are_simplified(programs):
    assert "μ = meanᵢ(Z)ᵀ" in str(programs["tanh_of_gelu"])
    assert "dσ = -(Σᵢ dv2 ⊙ v2)ᵀ/σ" in str(programs["tanh_of_gelu"])
    assert "+ 3·dA_g ⊙ Z_g²" in str(programs["tanh_of_gelu"])
    assert "dz = (Σᵢ dv1)ᵀ" in str(programs["grades"])


def test_steps_that_run_the_other_way_are_a_loop(programs):
    text = str(programs["both_ways"])
    assert "z_v = H·v[1 … 3] + a[(5, 4, 3, 2, 1),:]·v[4 … 6] - y" in text
    assert "a[0] = 0" in text


def test_what_is_a_multiple_stands_where_it_is_read(programs):
    assert "⊙ (1 - a_Wz[t]) + a_Wz[t] ⊙" in str(programs["gru_of_joined_inputs"])
    assert "exp(1/2·Z_L)" in str(programs["vae"])
    assert "- 0.1·k·" in str(programs["damped_spring"])


def test_logarithms_of_sums_that_are_taken_together_have_their_names(programs):
    text = str(programs["tags_in_logs"])
    assert {"log_softmaxⱼ(A)", "logsumexpⱼ(B)", "log_softmax(p)"} <= {*re.findall(r"log\w+[ⱼ]?\(\w\)", text)}


def test_gates_that_are_computed_together_are_parts(programs):
    text = str(programs["lstm_of_one_matrix"])
    for gate in (
        "a[t] = sigmoid(z[t][1 … 4])",
        "a_3[t] = sigmoid(z[t][9 … 12])",
        "a_4[t] = tanh(z[t][13 … 16])",
    ):
        assert gate in text


@pytest.mark.parametrize("name", ["where_allowed", "masked_in_place", "masked_row_by_row"])
def test_scores_that_a_mask_hides_are_chosen_by_it(name, programs):
    program = programs[name]
    assert re.search(r"  S(\[k\])? = where\(M, 1/√d·v\d(\[k\])?, -1e9\)", str(program))
    assert re.search(r"  P = softmaxⱼ\(S\)|  P\[k\] = softmaxⱼ?\(S\[k\]\)", str(program))
    assert list(program.constants) == ["M"]
    assert not program.obstacles


def test_scores_that_are_infinite_behind_a_mask_are_filled(programs):
    program = programs["masked_by_infinities"]
    assert "  S = where(M, v1, -1e308) " in str(program) and "  P = softmaxⱼ(S) " in str(program)
    assert not program.obstacles


@pytest.mark.parametrize(
    "name, forward, backward",
    [
        (
            "pooled_by_max",
            r"= max\(A\[2i-1 … 2i,2j-1 … 2j\]\),",
            r"\] = dv1\[i,j\]·\[A\[.*\] = v1\[i,j\]\],",
        ),
        ("most_and_least", r"v1 = maxⱼ\(Z\)", r"dZ = .*de ⊙ \[Z = v1\]"),
        ("dropout_by_a_mask", r"v1 = 1/0.7·A1 ⊙ M ", r"dA1 = 1/0.7·dv1 ⊙ M "),
        ("ratings_that_are_there", r"v1 = Z_U ⊙ M ", r"dZ_U = dv1 ⊙ M "),
    ],
)
def test_maxima_and_masks_have_a_line_and_their_gradients_one(name, forward, backward, programs):
    above, _, below = str(programs[name]).partition("backward")
    assert re.search(forward, above) and re.search(backward, below), above + below
    assert not programs[name].obstacles
    assert "step" not in above


def test_an_infinite_score_behind_a_mask_is_not_looked_at(programs):
    module = {}
    exec(programs["where_allowed"].source(), module)
    _, _, data, _ = recorded("where_allowed", 1)
    query, key, nothing = np.eye(3)  # of the first row the query, of the last the key is 1e200
    far = {
        "X": np.stack([query, nothing, nothing, key]),
        "WQ": np.outer(query, query),
        "WK": np.outer(key, query),
    }
    far = data | {name: array * (1.0 if name == "X" else 1e200) for name, array in far.items()}
    with np.errstate(over="ignore"):
        loss, grads = module["run"](**far)
    assert math.isfinite(loss) and all(np.isfinite(grad).all() for grad in grads.values())


def test_what_normal_densities_add_to_a_likelihood_is_said(programs):
    assert " + 4·ln 2π" in str(programs["normal_likelihood"])


def test_words_are_compared_pair_by_pair(programs):
    text = str(programs["skip_gram"])
    assert "z_E[i] = E[I[i],:]·C[I_2[i],:]ᵀ,  i = 1 … 12" in text
    assert "dv1 = -1/4·(1 - v2)" in text


def test_m_is_the_number_of_samples_of_an_input(programs):
    assert "m = 5" in str(programs["both_ways"])
    assert "1/15" in str(programs["huber"])


def test_neighbours_on_a_grid_are_windows_of_it(programs):
    lines = {line.partition("  (")[0].strip() for line in str(programs["heat_in_a_rod"]).split("\n")}
    assert {"v1 = u[1 … 8] + u[3 … 10] - 2·u[2 … 9]", "du[1 … 8] += dv1", "du[3 … 10] += dv1"} <= {
        line.rstrip() for line in lines
    }


def test_what_stands_in_several_arrays_is_their_stack(programs):
    assert "[a_U[3]ᵀ; H[5]ᵀ; a_U_2[4]ᵀ]·v - y" in str(programs["lengths_of_their_own"])


def test_scores_that_are_masked_by_numbers_are_one_product(programs):
    forward = str(programs["causal_by_a_mask_of_ones"]).partition("backward")[0]
    assert {"Q·Kᵀ", "where(M, ", "softmaxⱼ(S)"} <= {*re.findall(r"Q·Kᵀ|where\(M, |softmaxⱼ\(S\)", forward)}


def test_a_table_of_a_column_and_a_row_has_a_letter(programs):
    assert "v1[:,j] = -bounds + z[j],  j = 1 … 6" in str(programs["grades"])


def test_lengths_and_their_gradients_have_a_line_each(programs):
    assert "  v2 = √(Σⱼ v1²) " in (text := str(programs["geometric_median"])) and "  dv1 = 1/m·v1/v2 " in text
    assert "/‖C[t-1]‖,  t = 2 … 5 " in str(programs["power_iteration"])
    assert " = ‖R‖ " in str(programs["translations"])
    assert not any("hypot" in str(program) for program in programs.values())


def without_spaces(program):
    return {line.partition("  (")[0].strip() for line in str(program).split("\n")}


def test_lengths_of_several_arrays_have_a_line_each(programs):
    assert {"v2 = ‖v1‖", "v3 = ‖Z‖", "v5 = ‖W‖"} <= without_spaces(programs["relative_error"])
    assert {"v1 = √(Σᵢ Z²)ᵀ", "v2 = √(Σⱼ Z²)"} <= without_spaces(programs["rows_and_columns"])
    assert {"v1 = ‖Z‖", "v2 = ‖Z[:,1 … 3]‖", "J = v2·v1 + ‖Z[1,:]‖"} <= without_spaces(
        programs["lengths_of_parts"]
    )


def test_what_is_done_to_two_vectors_is_a_line_of_each(programs):
    assert {"z_4 = a_3ᵀ·a_2", "v1 = ‖a_2‖", "v2 = ‖a_3‖"} <= without_spaces(programs["likeness"])
    assert {"z_4 = z_2ᵀ·z_3", "s = ‖z_2‖²", "s_2 = ‖z_3‖²"} <= without_spaces(programs["likeness_by_hand"])


def test_differences_from_one_array_are_a_line_each(programs):
    lines = without_spaces(programs["three_views"])
    assert {"v1 = H - H_2", "v2 = H - H_3", "v3 = 1 - Σⱼ v2² + Σⱼ v1²"} <= lines


def test_what_zero_is_multiplied_with_is_not_there_to_read(programs):
    assert "C[1] = omega² + beta²" in without_spaces(programs["garch"])
    assert not any(re.search(r"\b0·", str(programs[name])) for name in ("garch", "gru_of_joined_inputs"))


def test_states_that_are_compared_with_data_are_a_loop_and_one_difference(programs):
    lines = without_spaces(programs["epidemic"])
    assert "C[t] = C[t-1] + v1[t] - gamma·C[t-1],  t = 2 … 8" in lines
    assert {"e = C[2 … 8,:] - seen", "J = ‖e‖²"} <= lines


def test_a_first_step_from_numbers_is_one_of_the_loop(programs):
    lines = without_spaces(programs["hares_and_lynxes"])
    assert any(line.endswith("t = 1 … 7,  C[0] = 1,  z_d[0] = 1/2") for line in lines)
    assert {"e = C - seen", "J = ‖e‖²"} <= lines and str(programs["hares_and_lynxes"]).count("\n") < 30


def test_a_loop_that_begins_with_what_each_step_reads_says_so(programs):
    lines = without_spaces(programs["spread_over_a_graph"])
    assert {
        "H[t] = 0.9·A·H[t-1] + 0.1·a,  t = 1 … 4,  H[0] = a",
        "da = 0.1·Σₜ dH[t] + dH[0],  t = 1 … 4",
    } <= lines
    lines = without_spaces(programs["at_rest"])
    assert "z_A_2[t] = A·H[t-1] + a_A,  t = 1 … 5,  H[0] = a_A" in lines


def test_targets_that_are_numbers_are_not_hidden_in_others(programs):
    lines = without_spaces(programs["accidents"])
    assert {"J = -1/m·zᵀ·c + 1/m·Σ a", "dz = 1/m·(a - c)"} <= lines
    assert programs["accidents"].constants["c"].tolist() == [2.0, 0.0, 1.0, 3.0, 1.0, 0.0, 4.0]
    lines = without_spaces(programs["accidents_by_length"])
    assert {"z = X·w + b - c", "J = -zᵀ·c_2 + Σ a", "dz = a - c_2"} <= lines


def test_what_is_taken_of_all_steps_is_a_product_or_a_mean(programs):
    lines = without_spaces(programs["attention_over_states"])
    assert {"v1 = Hᵀ·P", "dP = H·dv1", "dH[1 … 6,:] = P·dv1ᵀ", "dH[1 … 6,:] += dz_v·vᵀ"} <= lines
    assert "v1 = Hᵀ·P + H[6]" in without_spaces(programs["attention_in_loops"])
    lines = without_spaces(programs["mean_of_states"])
    assert {"v1 = meanᵢ(H)ᵀ", "dH[1 … 6,:] = 1/6·dv1ᵀ"} <= lines


def test_columns_that_are_divided_by_their_sums_are_one_line(programs):
    lines = without_spaces(programs["links"])
    assert {"v1 = Z_L/(Σᵢ Z_L)", "dZ_L = (dv1 - Σᵢ v1 ⊙ dv1)/(Σᵢ Z_L)"} <= lines
    lines = without_spaces(programs["portfolio"])
    assert {"s = Σ z", "v2 = z/s", "dz = (dv2 - Σ v2 ⊙ dv2)/s + ds"} <= lines


def test_scores_of_which_labels_pick_one_a_step_are_one_product(programs):
    lines = without_spaces(programs["random_field"])
    assert {"Z = X·Wᵀ", "S[t] = Z[t,:]ᵀ + v1[t],  t = 2 … 6", "C[t] = S[t] + T,  t = 2 … 6"} <= lines
    assert {"Z2 = A1·W2ᵀ", "J = 1/5·‖e‖²"} <= without_spaces(programs["q_learning"])
    assert not programs["random_field"].obstacles and not programs["q_learning"].obstacles


def test_a_row_of_filters_slides_along_a_column(programs):
    assert "Z_K[:,j] = K[j,:]ᵀ ∗ x + b[j],  j = 1 … 2" in without_spaces(programs["filters_in_loops"])


def test_numbers_that_were_rounded_on_their_way_print_as_they_were_meant(programs):
    assert "J = -1/m·Σ v2 + v3" in without_spaces(programs["mixture_in_loops"])
    assert re.search(r" 1/90·Σ v1 - 1/180·Σ Z ", str(programs["smoothed_labels"]))


def test_a_table_of_distances_of_vectors_to_each_other_is_its_own_transpose(programs):
    lines = without_spaces(programs["ridge_of_kernels"])
    assert {"z_a = v2·a - y", "da = z_a_2 + 0.1·v2·a + v2·dz_a"} <= lines
