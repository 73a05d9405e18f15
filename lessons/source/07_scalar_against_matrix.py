# %% [markdown]
# # 7 · Scalars against matrices
#
# **Question.** Thousands of scalar nodes on one side, a dozen matrix formulas on the other. Is there a digit on which they disagree?
#
# **Time.** About {minutes} minutes, and {further} for what is marked *further*. **Before.** [Lesson 6](06_dA.ipynb).
#
# **Afterwards you can**
# - say on which digits two right computations differ, and why,
# - let a judge read a backward pass in anybody's notation,
# - tell from what is wrong, and what is right, where a backward pass is broken,
# - choose the step of a difference quotient.
#
# Needs the library: `pip install .` in its folder; for Colab, `README.md` there says how.

# %%
import tempfile
from collections import Counter
from html import escape
from itertools import pairwise
from pathlib import Path
from timeit import repeat

import numpy as np
from IPython.display import HTML

from autodiff import topological_order
from duograd.course import lesson_07 as check
from duograd.course.clinic import patient
from nn import MLP, MatrixMLP, compare, datasets, losses
from nn.judging.submitted_file import judge_file
from viz import draw, explore, write_lab

# %% [markdown]
# ## Experiment
#
# Thirty flowers of the Iris data, four measurements each, three species. The network has two layers, its three outputs are *logits*, numbers that softmax (lesson 5) turns into probabilities of the species, and $J$ is the mean *cross-entropy*: for each flower $-\log$ of the probability of its own species. Lesson 9 says where that comes from; here it is one more loss, with a $dA^{[2]}$ of its own.

# %%
iris = datasets.load("iris")
flowers = iris.take(range(0, 150, 5))
X = (flowers.X - flowers.X.mean(axis=1, keepdims=True)) / flowers.X.std(axis=1, keepdims=True)
Y = flowers.y
model = MLP(4, [6, 3], activation="tanh", seed=0)
loss = losses.CrossEntropy()

print("X", X.shape, " species", flowers.classes)

# %% [markdown]
# ### The side of the scalars
#
# Each multiplication is a node. How many multiplications by a weight does one forward pass of this network take, for one flower? (It has 4 inputs and layers of 6 and 3 neurons.)

# %%
guess = (
    ### BEGIN SOLUTION
    4 * 6 + 6 * 3
    ### END SOLUTION
)  # a number

# %%
check.multiplications_of_a_flower(guess)

# %% [markdown]
# The picture of all of it could not be read, so here is what the graph of all thirty flowers consists of, and the same graph folded to its layers. (The loss multiplies, too, so there are some more `mul` than thirty times your number.)

# %%
targets = loss.targets(Y, 3, X.shape[1])


def scalar_backprop():
    J = loss.mean([model(x) for x in X.T], targets.T.tolist())
    model.zero_grad()
    J.backward()
    return J


J = scalar_backprop()
nodes = topological_order(J)
print(f"{len(nodes):,} nodes")
print(Counter(node.op or "leaf" for node in nodes).most_common(5))

# %%
draw(model)

# %% [markdown]
# ### The side of the matrices
#
# The twin has the same weights, and the formulas of the last three lessons.

# %%
twin = MatrixMLP.from_scalar(model)


def matrix_backprop():
    cache = twin.forward(X)
    return twin.backward(cache, loss.dA(cache.A[2], targets))


grads = matrix_backprop()
w = model.layers[0].neurons[5].w[2]
print(f"{w.label}: {w.grad!r} by scalars")
print(f"         {float(grads.dW[1][5, 2])!r} by matrices")

# %% [markdown]
# ### All elements
#
# `compare` sets every quantity of both sides against each other, in the order in which they are computed. The columns `abs` and `rel` show the largest difference there is. How large is it: exactly 0, about $10^{-16}$, about $10^{-8}$ (what differences would give), or about $10^{-3}$?

# %%
guess = (
    ### BEGIN SOLUTION
    "1e-16"
    ### END SOLUTION
)  # "0", "1e-16", "1e-8" or "1e-3"

# %%
check.largest_difference(guess)

# %%
comparison = compare(model, X, Y, loss="cross_entropy")
comparison

# %% [markdown]
# The last one or two of sixteen digits. Floats are rounded after each operation, and the two sides add the same numbers in different orders. For floats, is $(0.1 + 0.2) + 0.3$ the same as $0.1 + (0.2 + 0.3)$?

# %%
guess = (
    ### BEGIN SOLUTION
    "no"
    ### END SOLUTION
)  # "yes" or "no"

# %%
check.order_of_a_sum(guess)

# %%
print("(0.1 + 0.2) + 0.3 =", repr((0.1 + 0.2) + 0.3))
print("0.1 + (0.2 + 0.3) =", repr(0.1 + (0.2 + 0.3)))
print("spacing of floats near 1:", np.finfo(float).eps)

# %% [markdown]
# The mathematics is the same; what differs very much is the time.

# %%
scalar = min(repeat(scalar_backprop, number=1, repeat=3))
matrix = min(repeat(matrix_backprop, number=1, repeat=50))
print(f"scalars {scalar * 1e3:.1f} ms, matrices {matrix * 1e3:.3f} ms: {scalar / matrix:.0f} times faster")

# %% [markdown]
# ### Both at once, by hand
#
# The explorer steps through a small network node by node, with the arrays beside it. Change an input or a weight, and watch which numbers follow.

# %%
small = MLP(2, [2, 1], activation="tanh", seed=0)
with tempfile.TemporaryDirectory() as folder:
    page = explore(small, Path(folder) / "page.html", X=[[0.5, 1.0], [-1.0, 2.0]], Y=[[1.0, 0.0]])
    html = page.read_text(encoding="utf-8")

HTML(f'<div><iframe srcdoc="{escape(html)}" width="100%" height="640" style="border: 0"></iframe></div>')

# %% [markdown]
# Why the matrix is transposed on the way back can be seen in a single column: predict it at the ninth stop of the lab's tour.

# %%
write_lab("lab.html", address="tour=9")

# %% [markdown]
# ### A layer of your own, as it is
#
# Courses write a layer as a pair of functions. `forward` gives an output and a *cache*, `backward` takes the gradient by the output and that cache, samples are rows, and nothing of it has this library's names. Write it into a file as it stands there; one of these lines is wrong.

# %%
# %%writefile layers.py
import numpy as np


def affine_forward(x, w, b):
    return x.dot(w) + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, _ = cache
    dx = dout.dot(w.T)
    dw = x.T.dot(dout)
    db = dout.mean(axis=0)
    return dx, dw, db


# %% [markdown]
# Before the judge says it: which of the three gradients is wrong?

# %%
guess = (
    ### BEGIN SOLUTION
    "db"
    ### END SOLUTION
)  # "dx", "dw" or "db"

# %%
check.wrong_in_layers(guess)

# %% [markdown]
# The judge needs nothing more. It finds the pair by its names and draws an example on which the forward pass runs. What the backward pass ought to give is measured on the forward pass itself, by differences; the file runs in a process of its own meanwhile.

# %%
judge_file("layers.py")


# %% [markdown]
# Two of the three are right, and of the third it says what was done and in which line: a bias is added to each sample, so the gradients of all samples are *added up* in it (lesson 4). Their mean belongs where a loss is a mean, and here there is no loss yet.
#
# From Python the functions themselves will do: `judge(affine_forward, affine_backward, x=x, w=w, b=b)`, and so will a loss with its gradients, a class that trains itself, or a backward pass for a dict of parameters.

# %% [markdown]
# ### The clinic
#
# Twelve backward passes have come in, each with one wrong line. Nothing raises an error: every layer has three neurons, so that no shape tells. `patient(1)` shows the first, its lines with their numbers.

# %%
patient(1)

# %% [markdown]
# `patient(1).hint(1)` has the judge try it as it is, and say where the numbers begin to be wrong. `hint(2)` says of what kind the mistake is, too, and `hint(3)` what ought to be there.

# %%
print(patient(1).hint(1))

# %% [markdown]
# That is a diagnosis by what is *right*, too: if $dW^{[3]}$ is right, the mistake comes in after it, on the way down.

# %% [markdown]
# ## Answer
#
# On the last digits, where rounding depends on the order of additions. What differs very much is the time.

# %% [markdown]
# ## Exercises
#
# Each has three hints: `check.clinic.hint(1)`, then 2, then 3.

# %% [markdown]
# ### Exercise 1
#
# Heal the first six. `patient(2)` shows the next. For each patient state the number of the line that is wrong, and what has to stand there, as a string; the indentation may be left out. You may begin with a few of them: the first that is not healed is named. The judge tries what comes out in networks drawn at random, so any way of writing it will do.

# %% minutes=12
mends = (
    ### BEGIN SOLUTION
    {
        1: (8, "dA = twin.W[l].T @ dZ"),
        2: (6, 'grads[f"dW{l}"] = dZ @ cache.A[l - 1].T'),
        3: (4, "slope = 1 - cache.A[l] ** 2 if l < twin.L else 1"),
        4: (7, 'grads[f"db{l}"] = dZ.sum(axis=1, keepdims=True)'),
        5: (8, "dA = twin.W[l].T @ dZ"),
        6: (6, 'grads[f"dW{l}"] = dZ @ cache.A[l - 1].T'),
    }
    ### END SOLUTION
)  # {1: (line, "what stands there"), 2: …, up to 6}

# %%
check.clinic(mends)

# %% [markdown]
# ### Exercise 2
#
# How many nodes of the kind `mul` does a forward pass with layers of sizes $n, m_1, m_2, \dots, m_L$ have, for a single sample? Write a function of the list of sizes.


# %%
def multiplications(sizes):
    ### BEGIN SOLUTION
    return sum(before * neurons for before, neurons in pairwise(sizes))  # one for each weight
    ### END SOLUTION


# %%
check.multiplications(multiplications)

# %% [markdown]
# ### Exercise 3
#
# Rounding is not the only way to be off. A central difference $\frac{J(w+h) - J(w-h)}{2h}$ is wrong by about $h^2$ when $h$ is large, and by about $10^{-16}/h$ when it is small. Find a step with which derivatives of numbers near 1 come out to within $10^{-9}$, and look at what $h = 0.1$ and $h = 10^{-12}$ give.

# %%
step = (
    ### BEGIN SOLUTION
    (1e-16) ** (1 / 3)  # where h² and 1e-16/h are equally small
    ### END SOLUTION
)  # a number

# %%
check.step_of_a_difference(step)

# %% [markdown]
# ### Exercise 4, further
#
# Heal the other six, patients 7 to 12, in the same way.

# %% minutes=12
more_mends = (
    ### BEGIN SOLUTION
    {
        7: (4, "slope = 1 - cache.A[l] ** 2 if l < twin.L else 1"),
        8: (6, 'grads[f"dW{l}"] = dZ @ cache.A[l - 1].T'),
        9: (7, 'grads[f"db{l}"] = dZ.sum(axis=1, keepdims=True)'),
        10: (5, "dZ = dA * slope"),
        11: (6, 'grads[f"dW{l}"] = dZ @ cache.A[l - 1].T'),
        12: (6, 'grads[f"dW{l}"] = dZ @ cache.A[l - 1].T'),
    }
    ### END SOLUTION
)  # {7: (line, "what stands there"), 8: …, up to 12}

# %%
check.clinic_goes_on(more_mends)
