# %% [markdown]
# # 10 · How a machine finds the formulas
#
# **Question.** Give a program some hundreds of multiplications and additions of scalars, and never say the word matrix. Can it find $W \cdot X + b$, and $dZ \cdot X^T$?
#
# **Time.** About {minutes} minutes. **Before.** [Lesson 7](07_scalar_against_matrix.ipynb).
#
# **Afterwards you can**
# - say which pattern a matrix product leaves in a scalar graph,
# - write a test that recognises it,
# - read the listing of a program that was found, forward and backward,
# - predict what is found where the pattern is broken.
#
# Needs the library: `pip install .` in its folder; for Colab, `README.md` there says how.

# %%
from timeit import repeat

import numpy as np

from autodiff import Value, leaves, lift, topological_order
from duograd.course import lesson_10 as check
from viz import draw

# %% [markdown]
# ## Experiment
#
# A network of two layers, written the long way: loops over samples, neurons and inputs, one scalar operation at a time. The leaves have labels such as `W[2,1]`, so that we can talk about them.

# %%
rng = np.random.default_rng(0)
W, b = leaves("W", rng.normal(size=(4, 3))), leaves("b", rng.normal(size=4))
V = leaves("V", rng.normal(size=4))
parameters = [*W.ravel(), *b, *V]


def scalar_loss(X, Y, without=()):
    """The mean squared error; connections (i, j) of the first layer may be left out."""
    J = Value(0.0)
    for s in range(X.shape[1]):
        output = Value(0.0)
        for i in range(4):
            z = b[i]
            for j in range(3):
                if (i, j) not in without:
                    z = z + W[i, j] * X[j, s]
            output = output + V[i] * z.tanh()
        J = J + (output - Y[s]) ** 2
    return J / X.shape[1]


X, Y = leaves("X", rng.normal(size=(3, 5))), leaves("Y", rng.normal(size=5))
J = scalar_loss(X, Y)
print(f"{len(topological_order(J))} nodes")

# %% [markdown]
# `lift` looks at nothing but this graph. It does not see the loops. With how many formulas will it say the forward pass, from $X$ to $J$: about as many as there are samples, as there are nodes, or four?

# %%
guess = (
    ### BEGIN SOLUTION
    4
    ### END SOLUTION
)  # a number

# %%
check.formulas_forward(guess)

# %%
program = lift(J, inputs={"X": X, "Y": Y}, params=parameters)
print(program)

# %%
draw(program)


# %% [markdown]
# (The first line counts the operations of NumPy in the forward pass: two in the formula of $Z$, one tanh, two in that of `z_V`, and two in that of $J$.)
#
# The lines under *forward* are what the loops meant, and those under *backward* are the formulas of lessons 4 to 6. How did they get there?

# %% [markdown]
# ### Fold
#
# An addition that is used only by another addition has no meaning of its own; the two are one longer sum. A product that is used only by a sum is one of its terms. So the chain of nodes that ends in $z$ becomes *one* thing, a sum of products. A neuron of the first layer has three inputs; how many terms has its sum?

# %%
guess = (
    ### BEGIN SOLUTION
    4
    ### END SOLUTION
)  # a number

# %%
check.terms_of_a_sum(guess)


# %%
def terms(node):
    """The terms of the sum that ends in this node."""
    if node.op != "add":
        return [node]
    return [term for operand in node.operands for term in terms(operand)]


sums = [node.operands[0] for node in topological_order(J) if node.op == "tanh"]
print(len(sums), "sums go into a tanh; the first of them has the terms")
for term in terms(sums[0]):
    print("  ", " × ".join(operand.label for operand in term.operands) or term.label)


# %% [markdown]
# ### Group
#
# All twenty of these sums are built alike: three products and one term alone. What is built alike and lies equally deep can be computed together. Write down what stands on the left of each product, and what on the right.


# %%
def sides(total):
    products = [term for term in terms(total) if term.op == "mul"]
    left, right = zip(*(product.operands for product in products))
    return tuple(leaf.label for leaf in left), tuple(leaf.label for leaf in right)


pairs = [sides(total) for total in sums]
for left, right in pairs[:6]:
    print(left, right)

# %% [markdown]
# ### Recognise
#
# The lefts repeat, and so do the rights. There are twenty sums, of four neurons and five samples. How many *different* lefts are there?

# %%
guess = (
    ### BEGIN SOLUTION
    4
    ### END SOLUTION
)  # a number

# %%
check.different_lefts(guess)

# %%
lefts, rights = dict.fromkeys(left for left, _ in pairs), dict.fromkeys(right for _, right in pairs)
print(f"{len(lefts)} different lefts, {len(rights)} different rights, {len(set(pairs))} different pairs")

# %% [markdown]
# Four lefts, five rights, and $4 \cdot 5 = 20$ pairs: every left meets every right exactly once. But that is what a matrix product is, all inner products of some rows with some columns (lesson 3). So the lefts are the rows of one matrix and the rights the columns of another. The term that stands alone depends on the left only, which makes it a bias.

# %%
print(np.array(list(lefts)))
print(np.array(list(rights)).T)

# %% [markdown]
# ### Differentiate
#
# For the way back no graph is searched. Each formula has its adjoint, and the adjoint of a product is two products:
#
# $$Z = W \cdot X \quad\Longrightarrow\quad dW = dZ \cdot X^T, \qquad dX = W^T \cdot dZ .$$
#
# That is a theorem about matrices, but here it is also a sum over paths, and the graph can testify to it.

# %%
J.backward()
result = program(X=np.vectorize(lambda leaf: leaf.data)(X), Y=np.vectorize(lambda leaf: leaf.data)(Y))
by_graph = np.vectorize(lambda leaf: leaf.grad)(W)
print("largest difference in dW:", np.abs(result.grads["W"] - by_graph).max())

# %% [markdown]
# ### When there is no product to find
#
# Leave out one connection. One neuron now has two weights where the others have three, and no longer every row meets every column. For how many of the four neurons will it still find *one* product?

# %%
guess = (
    ### BEGIN SOLUTION
    3
    ### END SOLUTION
)  # a number

# %%
check.neurons_in_the_product(guess)

# %%
pruned_loss = scalar_loss(X, Y, without={(1, 2)})
pruned = lift(pruned_loss, inputs={"X": X, "Y": Y}, params=parameters)
print(pruned)


# %% [markdown]
# It finds a product for the neurons that are alike, and treats the odd one by itself. A listing counts from 1, as formulas do: the neuron that the code calls 1 is number 2 here. `W[I,:]` are the rows of $W$ that the constant `I` lists, and the lines with # say where the numbers stop following a rule, so that a list is needed. To pick them out is slower, but it is never wrong: what is not recognised is computed as it stands.

# %% [markdown]
# ### Ten times the samples
#
# The batch has five samples. With fifty there are ten times as many scalar operations. How many lines will the listing have under *forward* and *backward*, if it had ten?

# %%
guess = (
    ### BEGIN SOLUTION
    10
    ### END SOLUTION
)  # a number

# %%
check.lines_for_fifty(guess)

# %%
X50, Y50 = leaves("X", rng.normal(size=(3, 50))), leaves("Y", rng.normal(size=50))
J50 = scalar_loss(X50, Y50)
wider = lift(J50, inputs={"X": X50, "Y": Y50}, params=parameters)
print(f"{len(topological_order(J50)):,} nodes, {check.lines(wider)} lines")

# %% [markdown]
# The arrays are wider, the formulas are the same.
#
# ### What it is good for
#
# A found program is NumPy, and can be run on new numbers.


# %%
def by_scalars():
    scalar_loss(X, Y).backward()


numbers = {"X": np.vectorize(lambda leaf: leaf.data)(X), "Y": np.vectorize(lambda leaf: leaf.data)(Y)}
scalar = min(repeat(by_scalars, number=1, repeat=20))
lifted = min(repeat(lambda: program(**numbers), number=1, repeat=100))
print(f"scalars {scalar * 1e6:.0f} µs, lifted {lifted * 1e6:.0f} µs")

# %%
print(program.source())

# %% [markdown]
# ## Answer
#
# Yes, because a matrix product leaves a pattern in the graph that nothing else leaves: every left with every right, once.

# %% [markdown]
# ## Exercises
#
# Each has three hints: `check.product.hint(1)`, then 2, then 3.

# %% [markdown]
# ### Exercise 1
#
# Write the test that recognises a product. You are given a list of pairs such as `(left, right)`, in any order. Return whether every left meets every right exactly once.


# %% minutes=6
def is_product(pairs):
    ### BEGIN SOLUTION
    # As many pairs as lefts times rights, and none of them twice: then none can be missing.
    lefts, rights = {left for left, _ in pairs}, {right for _, right in pairs}
    return len(pairs) == len(set(pairs)) == len(lefts) * len(rights)
    ### END SOLUTION


# %%
check.product(is_product)

# %% [markdown]
# ### Exercise 2
#
# Write a loss, scalar by scalar, in which the program finds $W \cdot X$ and nothing else that is a product of matrices: linear regression with two outputs, the mean over the samples of $\sum_i (\sum_j W_{ij} X_{js} - Y_{is})^2$. `W`, `X` and `Y` are arrays of Values of shapes $(2, 3)$, $(3, m)$ and $(2, m)$.


# %% minutes=6
def regression(W, X, Y):
    ### BEGIN SOLUTION
    J = Value(0.0)
    for s in range(X.shape[1]):
        for i in range(len(W)):
            z = Value(0.0)
            for j in range(len(X)):
                z = z + W[i, j] * X[j, s]
            J = J + (z - Y[i, s]) ** 2
    return J / X.shape[1]
    ### END SOLUTION


# %%
check.regression(regression)

# %% [markdown]
# ### Exercise 3
#
# And now a second program, in which it finds $W^T \cdot X$: the same loss with $\sum_j W_{ji} X_{js}$, where `W` has shape $(3, 2)$. Nobody says "transpose" to the machine; what is it that tells it?


# %% minutes=6
def transposed(W, X, Y):
    ### BEGIN SOLUTION
    # The order of the indices: the sum runs down a column of W, so columns of W are the lefts.
    J = Value(0.0)
    for s in range(X.shape[1]):
        for i in range(W.shape[1]):
            z = sum((W[j, i] * X[j, s] for j in range(len(W))), Value(0.0))
            J = J + (z - Y[i, s]) ** 2
    return J / X.shape[1]
    ### END SOLUTION


# %%
check.second_program(transposed)
