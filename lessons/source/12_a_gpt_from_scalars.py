# %% [markdown]
# # 12 · A GPT from scalars
#
# **Question.** A GPT is written as loops over single numbers, and names not one matrix. What does it compute, and does it have to be slow?
#
# **Time.** About {minutes} minutes, and {further} for what is marked *further*. **Before.** [Lesson 10](10_how_a_machine_finds_the_formulas.ipynb), and cross-entropy from [lesson 9](09_likelihood.ipynb).
#
# **Afterwards you can**
# - say what each part of a GPT is for: one-hot letters, RMS norm, heads that look back, the two layers,
# - tell which numbers a prediction depends on, and which numbers a name teaches,
# - read the forward and the backward pass of a GPT as formulas,
# - further: train one, and let it spell names that nobody wrote.
#
# Needs the library: `pip install .` in its folder; for Colab, `README.md` there says how.

# %%
import random
from timeit import repeat

import numpy as np

from autodiff import Value, leaves, lift, topological_order
from duograd.course import lesson_12 as check
from nn.datasets import first_names
from viz import draw

# %% [markdown]
# ## Experiment
#
# The network learns to spell. It is given the beginning of a name and says how probable each letter is to come next. Structure and sizes are those of A. Karpathy's *microgpt* (2026), written anew; the names are those of the US census of 1990.

# %%
names = first_names()
random.Random(0).shuffle(names)
print(len(names), "names:", *names[:6])

# %% [markdown]
# ### What is a letter to a network?
#
# Were a = 1, b = 2 and so on, z would be 26 times as much as a, and b the mean of a and c. Letters mean nothing of the kind. So a letter is a column of 27 numbers that are all 0 but for one 1: it is **one-hot**, equally far from all the others. The 27th stands for the end of a name, and also begins one, so that there is something to predict the first letter from.
#
# A matrix times a one-hot column is one of its columns: what a network multiplies first is a table in which it looks up what a letter means to it.

# %%
LETTERS = "abcdefghijklmnopqrstuvwxyz"
END = len(LETTERS)
PLACES = 16  # no name is longer


def columns(name):
    """The letters of a name, and those that come next, which are divided by their number."""
    letters = [END, *map(LETTERS.index, name), END]
    n = len(letters) - 1
    X, Y = np.zeros((2, END + 1, PLACES))
    X[letters[:-1], range(n)] = 1.0
    Y[letters[1:], range(n)] = 1.0 / n
    return X, Y


x, y = columns("anna")
print(x.argmax(axis=0)[:6])
print(y.argmax(axis=0)[:6])

# %% [markdown]
# Each column of `x` is a question, the one of `y` below it the answer. The loss of a name is the mean over its questions, and that mean is put into `y`. Behind the end all is 0: such columns ask nothing. What is the sum of the *first* column of `y`, for *anna*?

# %%
guess = (
    ### BEGIN SOLUTION
    1 / 5
    ### END SOLUTION
)  # a number

# %%
check.weight_of_a_question(guess)

# %%
print(y.sum(axis=0))

# %% [markdown]
# ### How large may a number get?
#
# In a deep network sums are added to sums, and what comes out may be tiny or huge before anything is learnt. RMS norm divides a column by the root of the mean of its squares, so that the next part always meets numbers of a size around 1, of either sign. The small $\varepsilon = 10^{-5}$ keeps a column of zeros from being divided by zero:
#
# $$\mathrm{rms\_norm}(x) = \frac{x}{\sqrt{\mathrm{mean}(x^2) + \varepsilon}} .$$


# %%
def rms_norm(x):
    r = (sum(xi * xi for xi in x) / len(x) + 1e-5) ** 0.5
    return [xi / r for xi in x]


# %% [markdown]
# A column goes in whose numbers are so far from 0 that $\varepsilon$ does not count, and then ten times that column. How many times as large is what comes out, to two digits?

# %%
guess = (
    ### BEGIN SOLUTION
    1.0
    ### END SOLUTION
)  # a number

# %%
check.ten_times_as_large(guess)

# %%
small = [Value(3.0), Value(-1.0), Value(2.0)]
print([f"{each.data:.4f}" for each in rms_norm(small)])
print([f"{each.data:.4f}" for each in rms_norm([10.0 * each for each in small])])

# %% [markdown]
# But for the tiny $\varepsilon$, only the direction of the column goes on. So a step along the column changes nothing, and the gradient by the column has no part in that direction. Exercise 3 works that out.

# %% [markdown]
# ### Who looks at whom?
#
# To say what comes after *chris*, the last letter is not enough. **Attention** is how a position asks those before it. Each position makes three columns of its own: a *query*, what it looks for; a *key*, what it can be found by; and a *value*, what it has to tell. How well a key fits is the inner product with the query, divided by $\sqrt d$, where $d$ is how many numbers each of them has: a sum of $d$ unrelated products, of a size around 1 and of either sign, has a size around $\sqrt d$. A softmax makes shares of it, and the values are mixed by these shares:
#
# $$s_j = \frac{q \cdot k_j}{\sqrt d}, \qquad p_j = \frac{e^{s_j}}{\sum_i e^{s_i}}, \qquad a = \sum_j p_j\, v_j .$$


# %%
def softmax(z):
    powers = [zi.exp() for zi in z]
    total = sum(powers)
    return [power / total for power in powers]


def look_back(query, keys, values):
    scores = [sum(q * k for q, k in zip(query, key)) / len(query) ** 0.5 for key in keys]
    shares = softmax(scores)
    return [sum(share * value[i] for share, value in zip(shares, values)) for i in range(len(query))]


q, k, v = leaves("q", [0.5]), leaves("k", [[1.0], [-1.0]]), leaves("v", [[2.0], [4.0]])
draw(look_back(q, k, v)[0])

# %% [markdown]
# Two positions, columns of one number: that is the whole of attention, as a graph. (The zeros in dashed boxes are what `sum` begins with, the ones are $\sqrt d$.) Positions are gone through in order, and each adds its key and its value to the lists *before* it looks. The very first one: which share does it give to itself?

# %%
guess = (
    ### BEGIN SOLUTION
    1.0
    ### END SOLUTION
)  # a number

# %%
check.share_of_the_first(guess)

# %%
q, k, v = leaves("q", [0.5]), leaves("k", [[-7.0]]), leaves("v", [[2.0]])
print(look_back(q, k, v)[0].data, "is the value that is looked at:", v[0, 0].data)

# %% [markdown]
# ### The whole network
#
# One question can look for one thing. So the columns of 16 numbers are cut into four parts of 4, four **heads**, each with shares of its own. What they find goes through a matrix and is *added* to the column: the network never replaces what it knows, it only adds to it. Then come two layers with relu between them, added in the same way. What goes in is normed before, and each of the two parts norms once more what it reads. Which place a letter has is told by a table, too: without it, attention could not tell *amy* from *may*.

# %%
WIDTH, HEADS = 16, 4
SIZE = WIDTH // HEADS
SHAPES = {"E": (WIDTH, END + 1), "C": (WIDTH, PLACES)}  # letters, places
SHAPES |= {name: (WIDTH, WIDTH) for name in ("WQ", "WK", "WV", "WO")}
SHAPES |= {"W1": (4 * WIDTH, WIDTH), "W2": (WIDTH, 4 * WIDTH), "W3": (END + 1, WIDTH)}

rng = np.random.default_rng(0)
W = {name: leaves(name, rng.normal(0, 0.08, shape)) for name, shape in SHAPES.items()}


def linear(M, x):
    return [sum(m * xi for m, xi in zip(row, x)) for row in M]


def add(x, y):
    return [a + b for a, b in zip(x, y)]


def next_letter(x, place, keys, values):
    """How probable each letter is to come next; adds a key and a value to the lists."""
    x = rms_norm(add(linear(W["E"], x), place))
    y = rms_norm(x)
    query = linear(W["WQ"], y)
    keys.append(linear(W["WK"], y))
    values.append(linear(W["WV"], y))
    found = []
    for h in range(HEADS):
        part = slice(h * SIZE, (h + 1) * SIZE)
        found += look_back(query[part], [key[part] for key in keys], [value[part] for value in values])
    x = add(x, linear(W["WO"], found))
    wide = [z.relu() for z in linear(W["W1"], rms_norm(x))]
    x = add(x, linear(W["W2"], wide))
    return softmax(linear(W["W3"], x))


def predictions(X):
    keys, values = [], []
    return [next_letter(x, place, keys, values) for x, place in zip(X.T, W["C"].T)]


def loss(X, Y):
    """Cross-entropy: the sum of -y·log p."""
    J = 0.0
    for y, p in zip(Y.T, predictions(X)):
        for yi, pi in zip(y, p):
            J = J - yi * pi.log()
    return J


print(sum(leaf.size for leaf in W.values()), "parameters")

# %% [markdown]
# It has learnt nothing yet, and its weights are near 0. If it gave every letter the same probability, what would the loss of a name be?

# %%
guess = (
    ### BEGIN SOLUTION
    np.log(27)
    ### END SOLUTION
)  # a number, or a formula in numbers

# %%
check.knows_nothing(guess)

# %%
x, y = columns("anna")
n = 5  # questions
J = loss(x[:, :n], y[:, :n])
print(f"{J.data:.4f}, from {len(topological_order(J)):,} nodes")

# %% [markdown]
# And what depends on what? There are five questions in *anna*. Let the name be *anne*: the column that goes in last is another. How many of the five predictions change?

# %%
guess = (
    ### BEGIN SOLUTION
    1
    ### END SOLUTION
)  # a number

# %%
check.predictions_that_change(guess)

# %%
before, after = (predictions(columns(name)[0][:, :n]) for name in ("anna", "anne"))
for place, (old, new) in enumerate(zip(before, after), start=1):
    print(place, max(abs(a.data - b.data) for a, b in zip(old, new)))

# %% [markdown]
# A prediction that saw the letters behind it would copy the answer and learn nothing. Here it cannot, and no mask is needed: keys of later positions are not in the lists yet. It also means that what stands behind the end of a name disturbs nothing before it. We shall need that.
#
# Now backward. How many of the 27 columns of `E` get a gradient from *anna*?

# %%
guess = (
    ### BEGIN SOLUTION
    3
    ### END SOLUTION
)  # a number

# %%
check.columns_that_learn(guess)

# %%
J.backward()
learning = np.abs(W["E"].grad).sum(axis=0) > 0
print("columns:", [[*LETTERS, "end"][i] for i in np.flatnonzero(learning)])

# %% [markdown]
# That is $dE = dZ\, X^T$ with an $X$ that is nearly all zeros: a name teaches only what its own letters mean.

# %% [markdown]
# ### What is in it?
#
# One graph is recorded for the longest name there could be, 16 places. Shorter names leave columns empty, and an empty column of $Y$ weighs nothing. So one program serves all names.

# %%
X, Y = (leaves(name, numbers) for name, numbers in zip("XY", columns("christopher")))
parameters = [leaf for each in W.values() for leaf in each.ravel()]
program = lift(loss(X, Y), inputs={"X": X, "Y": Y}, params=parameters)
print(program)

# %% [markdown]
# Read it from the top. Names are given as they are needed: `P` are the shares of attention, `P_2` the predictions, `v1` what the heads find; rows are counted from 1, so `K[4k-3 … 4k,:]` are the four rows of head `k`. (A head is `k`, `h` or `p`, from line to line.) Nobody told it of matrices, and there is $E \cdot X + C$. RMS norm, softmax and cross-entropy have their names back, though the code above says only exponentials, sums and quotients. Softmax is even safer than ours: in `program.source()` it takes the largest number off first, and cannot overflow.
#
# Where we looped over positions, there is one product for all of them. The scores of a head are $K^T Q / \sqrt 4$: column $t$ holds what position $t$ asked of all. The softmax of column $t$ reads its first $t$ rows, and this is all that is left of our lists: the *causal mask* of the papers.

# %%
for line in str(program).splitlines():
    if "softmax(" in line or "ᵀ·Q" in line:
        print(line.rstrip())

# %% [markdown]
# Backward, the first line is the one that every classifier has, predictions minus answers. It multiplies the predictions by the sums of the columns of $Y$: you know these, they are the weights of the questions. If each answer weighed 1, it would be `P_2 - Y`.
#
# Then go down the lines: a transposed matrix where a matrix was, as in lesson 6, and relu′ is `step`. Through softmax, $dS = P \odot (dP - \sum P \odot dP)$, in each column. Through RMS norm, what points along the column is taken away. Where the network *added*, a gradient has two ways back, which meet in a sum or in a `+=`: by one of them it arrives unchanged, however many layers there are. This is why deep networks add.
#
# ### Does it have to be slow?
#
# *anna* once more, forward and backward: node by node, and as formulas.


# %%
def by_scalars():
    for each in W.values():
        each.zero_grad()
    J = loss(x[:, :n], y[:, :n])
    J.backward()
    return J.data


x, y = columns("anna")
result = program(X=x, Y=y)
print(f"the loss {by_scalars():.12f} {result.loss:.12f}")
print("largest difference in dE:", np.abs(W["E"].grad - result.grads["E"]).max())

slow = min(repeat(by_scalars, number=1, repeat=2))
fast = min(repeat(lambda: program(X=x, Y=y), number=1, repeat=100))
print(f"scalars {slow * 1e3:.0f} ms, formulas {fast * 1e3:.2f} ms: {slow / fast:.0f} times faster")

# %% [markdown]
# The same numbers, to the rounding of floats, though the program computes all 16 places and the scalars only those of the name.

# %% [markdown]
# ### Further: it learns to spell
#
# The optimiser is Adam: each parameter moves in the direction that its gradients have had on average, by a step of about the same size for all; less where they contradict each other.
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2, \qquad w \leftarrow w - \eta\, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + 10^{-8}}$$
#
# Here $g$ is the gradient, $t$ counts the steps from 1, and $m$ and $v$ are averages that both begin at 0. So at first they are too small; dividing by $1 - \beta^t$ mends that. The rate $\eta$ falls to 0 in the course of the training.
#
# It learns a thousand names, one at a step.

# %%
STEPS, RATE, BETA1, BETA2 = 1000, 0.01, 0.85, 0.99


def adam(g, m, v, t):
    """The new averages, and how far a parameter moves at a rate of 1."""
    m, v = BETA1 * m + (1 - BETA1) * g, BETA2 * v + (1 - BETA2) * g**2
    return m, v, -m / (1 - BETA1**t) / (np.sqrt(v / (1 - BETA2**t)) + 1e-8)


rng = np.random.default_rng(1)
for weight, array in program.params.items():
    array[...] = rng.normal(0, 0.08, SHAPES[weight])
m, v, losses = dict.fromkeys(SHAPES, 0.0), dict.fromkeys(SHAPES, 0.0), []
for t, name in enumerate(names[:STEPS], start=1):
    x, y = columns(name)
    result = program(X=x, Y=y)
    for weight, array in program.params.items():
        m[weight], v[weight], move = adam(result.grads[weight], m[weight], v[weight], t)
        array += RATE * (1 - (t - 1) / STEPS) * move
    losses.append(result.loss)
for first in range(0, STEPS, 200):
    print(f"names {first + 1:>3} to {first + 200:>4}: mean loss {np.mean(losses[first : first + 200]):.3f}")

# %% [markdown]
# It began at 3.3, the loss of knowing nothing. $e^{\text{loss}}$ says, roughly, between how many letters it hesitates: 27 then, about nine now. To let it spell, hand the numbers back to the scalars, and draw letter after letter, each from the probabilities after those before it. The lists of keys and values only grow: nothing of a letter that is done is computed again.

# %%
program.push()


def spelt(rng):
    keys, values, letter, name = [], [], END, ""
    for place in W["C"].T:
        p = [each.data for each in next_letter(np.eye(END + 1)[letter], place, keys, values)]
        letter = rng.choice(END + 1, p=np.divide(p, sum(p)))
        if letter == END:
            break
        name += LETTERS[letter]
    return name


rng = np.random.default_rng(2)
made = [spelt(rng) for _ in range(8)]
print(*made)
print("of them in the list:", [name for name in made if name in names])

# %% [markdown]
# The formulas are not bound to NumPy. Where JAX is installed, the same program is a function of JAX, to compile, to map, to differentiate again; elsewhere the message says how to get it.

# %%
try:
    on_jax = program.to("jax")
    print(float(on_jax(dict(program.params), {"X": x, "Y": y})[0]), program(X=x, Y=y).loss)
except ImportError as missing:
    print(missing)

# %% [markdown]
# ## Answer
#
# It computes matrix products, softmaxes and norms; loops over single numbers hide them, and do not change them. Slow is the looking, node by node. Whoever has found the formulas once does not have to look again.

# %% [markdown]
# ## Exercises
#
# Each has three hints: `check.window.hint(1)`, then 2, then 3.

# %% [markdown]
# ### Exercise 1
#
# Long texts have many positions, and looking at all of them is dear. Write a `look_back` that sees the last `window` positions only, its own among them, or all if there are fewer. `query` has shape $(d,)$, `keys` and `values` have one row for each position, $(t, d)$, all of them of Values. Return the $d$ numbers that are found.


# %% minutes=6
def look_back_a_little(query, keys, values, window):
    ### BEGIN SOLUTION
    return look_back(query, keys[-window:], values[-window:])
    ### END SOLUTION


# %%
check.window(look_back_a_little)

# %% [markdown]
# ### Exercise 2
#
# How many parameters has such a network, of one block, with this width, heads, letters (the end among them) and places?


# %% minutes=6
def parameters_of(width, heads, letters, places):
    ### BEGIN SOLUTION
    tables = width * letters + width * places
    attention = 4 * width * width
    layers = 2 * 4 * width * width
    return tables + attention + layers + letters * width
    ### END SOLUTION


# %%
check.count(parameters_of)

# %% [markdown]
# ### Exercise 3, further
#
# Let $y = \mathrm{rms\_norm}(x)$, with the $\varepsilon = 10^{-5}$ from above. Given $x$ and $dy = \partial J / \partial y$, two arrays of the same length, return $dx = \partial J / \partial x$. It is tried on numbers drawn at random.


# %% minutes=15
def norm_backward(x, dy):
    ### BEGIN SOLUTION
    r = np.sqrt((x**2).mean() + 1e-5)
    y = x / r
    return (dy - y * (y * dy).mean()) / r
    ### END SOLUTION


# %%
check.norm_backward(norm_backward)
