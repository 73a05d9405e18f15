# %% [markdown]
# # 3 · A neuron, a layer, and the shapes
#
# **Question.** Two neurons each look at four samples of three numbers. Why is all of that one matrix product?
#
# **Time.** About {minutes} minutes. **Before.** [Lesson 2](02_where_gradients_add_up.ipynb), and matrix products.
#
# **Afterwards you can**
# - write a layer for a batch as one formula, and say what its rows and columns are,
# - tell the shape of every array of a network,
# - write a forward pass with NumPy,
# - say where the backward pass begins, and where $1/m$ sits.
#
# Needs the library: `pip install .` in its folder; for Colab, `README.md` there says how.

# %%
import numpy as np

from autodiff import leaves
from duograd.course import lesson_03 as check
from nn import MLP, Layer, MatrixMLP, Neuron, losses
from viz import draw

# %% [markdown]
# ## Experiment
#
# ### One neuron
#
# A neuron weighs its inputs, adds them up with a bias, and bends the sum by a function $g$, its *activation*, here $\tanh$:
#
# $$z = b + \sum_j w_j x_j, \qquad a = g(z).$$
#
# The weighted sum is an inner product, $z = w \cdot x + b$, with $w$ a row and $x$ a column. (`leaves` makes an array of Values, named `x[0]`, `x[1]`, …)

# %%
neuron = Neuron([0.5, -1.0, 2.0], 0.25, activation="tanh")
x = leaves("x", [1.0, 0.5, -0.5])

draw(neuron(x))

# %% [markdown]
# ### A layer is several neurons side by side
#
# Each of them sees the same $x$ and has weights of its own. Write the weights of neuron $i$ into row $i$ of a matrix: $W_{ij}$ leads from input $j$ to neuron $i$. All indices count from 0, as in NumPy.

# %%
W = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]])
b = np.array([0.25, -1.0])
layer = Layer(W, b, activation="tanh")

draw(layer, x=x, level="neuron")

# %% [markdown]
# ### A batch is several samples side by side
#
# Write sample $s$ into column $s$ of $X$. Now $Z_{is}$ is what neuron $i$ makes of sample $s$.

# %%
X = np.array([[1.0, 0.0, -1.0, 2.0], [0.5, 1.0, 0.0, -0.5], [-0.5, 2.0, 1.0, 0.5]])
print("W", W.shape, " X", X.shape)

# %% [markdown]
# Of what shape is $Z$?

# %%
guess = (
    ### BEGIN SOLUTION
    (2, 4)
    ### END SOLUTION
)  # two numbers: (rows, columns)

# %%
check.shape_of_Z(guess)

# %% [markdown]
# And how many multiplications of two numbers does all of $Z$ take?

# %%
guess = (
    ### BEGIN SOLUTION
    2 * 3 * 4
    ### END SOLUTION
)  # a number

# %%
check.multiplications(guess)

# %% [markdown]
# First with scalars, neuron by neuron and sample by sample:

# %%

Z_by_scalars = np.array([[z.data for z in layer.z(sample)] for sample in X.T]).T
print(Z_by_scalars)

# %% [markdown]
# Row $i$ of $W$ against column $s$ of $X$, for every $i$ and every $s$: this table of inner products is what a matrix product is *defined* to be.
#
# $$Z = W \cdot X + b, \qquad Z_{is} = \sum_j W_{ij} X_{js} + b_i$$

# %%
Z = W @ X + b[:, None]
print("largest difference:", np.abs(Z - Z_by_scalars).max())

# %% [markdown]
# ### The shapes say who is who
#
# There are $n$ inputs, $m$ samples and, in layer 1, $m_1$ neurons. The number in brackets above a letter is the layer that the array belongs to.
#
# | | shape | rows | columns |
# |---|---|---|---|
# | $X$ | $n \times m$ | inputs | samples |
# | $W^{[1]}$ | $m_1 \times n$ | neurons | inputs |
# | $b^{[1]}$ | $m_1 \times 1$ | neurons | one, for all samples |
# | $Z^{[1]}, A^{[1]}$ | $m_1 \times m$ | neurons | samples |
#
# The inner pair $n$ disappears in the product, the outer pair remains. The bias has one column; it is added to every column of $W \cdot X$, because a neuron has the same bias for every sample. (Above, `b` had shape `(2,)`, and `b[:, None]` made a column of it, of shape `(2, 1)`.)
#
# With four samples in the batch, how many numbers does the bias of two neurons consist of?

# %%
guess = (
    ### BEGIN SOLUTION
    2
    ### END SOLUTION
)  # a number

# %%
check.numbers_of_a_bias(guess)

# %% [markdown]
# Another layer takes the outputs $A^{[l-1]}$ of the one before in the place of $X$, so its $W^{[l]}$ has shape $m_l \times m_{l-1}$:
#
# $$Z^{[l]} = W^{[l]} \cdot A^{[l-1]} + b^{[l]}, \qquad A^{[l]} = g(Z^{[l]}), \qquad A^{[0]} = X.$$

# %%
model = MLP(3, [2, 4, 1], activation="tanh", seed=0)
draw(model)

# %%
twin = MatrixMLP.from_scalar(model)
cache = twin.forward(X)
for l in (1, 2, 3):
    product = f"W{l} {twin.W[l].shape} · A{l - 1} {cache.A[l - 1].shape}"
    print(f"{product} + b{l} {twin.b[l].shape} = Z{l} {cache.Z[l].shape}")

# %% [markdown]
# A matrix that lies on its side is the mistake everybody makes. The shapes catch it, unless it happens to be square.

# %%
try:
    twin.forward(X.T)
except ValueError as error:
    print(error)

# %% [markdown]
# ### The loss starts it, and $1/m$ sits there
#
# Behind the last layer comes the loss, one number $J$ for the whole batch. Where each sample has one output $a_s$ and one target $y_s$, the mean squared error is
#
# $$J = \frac{1}{m} \sum_{s=1}^{m} (a_s - y_s)^2 .$$
#
# One of $m = 4$ samples has the output $a = 4$ and the target $y = 1$. What is $\partial J/\partial a$ of this sample?

# %%
guess = (
    ### BEGIN SOLUTION
    2 / 4 * (4.0 - 1.0)
    ### END SOLUTION
)  # a number

# %%
check.slope_of_a_square(guess)

# %%
outputs = leaves("a", [4.0, 0.0, 2.0, -1.0])
J = losses.mse.mean([[a] for a in outputs], [[1.0], [0.5], [2.0], [1.0]])
J.backward()
print("∂J/∂a =", outputs.grad)

# %% [markdown]
# These numbers are where every backward pass begins. The chain rule multiplies them by local derivatives from there on, and no local derivative of the network knows how many samples there are. So the $1/m$ of the mean is in *every* gradient already, and nothing behind the loss divides by $m$ again.
#
# Here is a way to see what the mean is for. Write every sample twice, so that there are eight. What becomes of the gradients of the weights?

# %%
guess = (
    ### BEGIN SOLUTION
    "the same"
    ### END SOLUTION
)  # "the same", "doubled" or "halved"

# %%
check.every_sample_twice(guess)

# %%
Y = np.array([[1.0, 0.5, 2.0, 1.0]])


def gradient_by_W1(X, Y):
    cache = twin.forward(X)
    return twin.backward(cache, losses.mse.dA(cache.A[3], Y)).dW[1]


once, twice = gradient_by_W1(X, Y), gradient_by_W1(np.hstack([X, X]), np.hstack([Y, Y]))
print("largest difference:", np.abs(once - twice).max())

# %% [markdown]
# ## Answer
#
# Every number of $Z$ is the inner product of one neuron with one sample, and a matrix product is all inner products of some rows with some columns.

# %% [markdown]
# ## Exercises
#
# Each has three hints: `check.all_shapes.hint(1)`, then 2, then 3.

# %% [markdown]
# ### Exercise 1
#
# A network takes 4 measurements and has layers of 8, 5 and 3 neurons. A batch has 10 samples. State the shapes, each as a pair such as `(2, 3)`.

# %%
shapes = (
    ### BEGIN SOLUTION
    {"X": (4, 10), "W1": (8, 4), "W2": (5, 8), "b3": (3, 1), "Z2": (5, 10), "A3": (3, 10)}
    ### END SOLUTION
)  # {"X": …, "W1": …, "W2": …, "b3": …, "Z2": …, "A3": …}

# %%
check.all_shapes(shapes)

# %% [markdown]
# ### Exercise 2
#
# Write the forward pass of a network with NumPy. `W` and `b` are dicts that count layers from 1, $g$ is tanh in every layer but the last, which is linear. Return the output $A^{[L]}$. It is tried on networks drawn at random.


# %% minutes=6
def my_forward(W, b, X):
    ### BEGIN SOLUTION
    A = X
    for l in W:
        Z = W[l] @ A + b[l]  # b[l] is a column: NumPy adds it to every column
        A = np.tanh(Z) if l < len(W) else Z
    return A
    ### END SOLUTION


# %%
check.forward(my_forward)

# %% [markdown]
# ### Exercise 3
#
# In the layer at the top, with its 2 neurons and 4 samples, which elements of $Z$ does the weight $W_{12}$ reach? The check asks the graph.

# %%
reached = (
    ### BEGIN SOLUTION
    # One weight, four elements of Z: by lesson 2 its gradient will be a sum of four contributions.
    {(1, 0), (1, 1), (1, 2), (1, 3)}
    ### END SOLUTION
)  # a set of pairs (i, s), such as {(0, 0), (1, 3)}

# %%
check.reach_of_a_weight(reached)

# %% [markdown]
# ### Exercise 4
#
# Write where the backward pass begins: $\partial J/\partial A$ for $J = \frac1m \sum_s \sum_k (A_{ks} - Y_{ks})^2$, where $A$ and $Y$ have a column for each of the $m$ samples. The judge differentiates $J$ itself, and compares.


# %%
def my_dA(A, Y):
    ### BEGIN SOLUTION
    return 2 / A.shape[1] * (A - Y)
    ### END SOLUTION


# %%
check.where_it_begins(my_dA)
