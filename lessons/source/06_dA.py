# %% [markdown]
# # 6 · dA, and why W is transposed
#
# **Question.** The forward pass multiplies by $W$. Why does the backward pass multiply by $W^T$?
#
# **Time.** About {minutes} minutes. **Before.** [Lesson 5](05_dZ.ipynb).
#
# **Afterwards you can**
# - derive $dA = W^T \cdot dZ$ from one element, step by step,
# - say what a row and what a column of $W$ is for,
# - find a transpose that is missing where shapes do not tell,
# - write backpropagation in matrices, from the loss to the first layer.
#
# Needs the library: `pip install .` in its folder; for Colab, `README.md` there says how.

# %%
import numpy as np

from autodiff import explain, jacobian, leaves
from duograd.course import lesson_06 as check
from nn import MLP, Layer, MatrixMLP, losses
from viz import draw

# %% [markdown]
# ## Experiment
#
# A layer of three neurons looks at two numbers $a_0, a_1$, the outputs of the layer before:
#
# $$z_j = \sum_i W_{ji}\, a_i + b_j .$$
#
# A row of $W$ is still a neuron and a column an input. Only the letters have changed places: $i$ is now the input, because it is $a_i$ that we differentiate by, and $j$ the neuron.

# %%
W = np.array([[1.0, 2.0], [0.0, -1.0], [3.0, 0.5]])
layer = Layer(W, activation="linear")

a = leaves("a", [0.5, -1.0])

draw(layer, x=a, level="neuron")

# %% [markdown]
# In lesson 4 every way of a weight to the loss began with the $z$ of its one neuron. How many $z$ does $a_1$ go into?

# %%
guess = (
    ### BEGIN SOLUTION
    3
    ### END SOLUTION
)  # a number

# %%
check.ways_out(guess)

# %% [markdown]
# ### Step 1: one element
#
# An output $a_i$ goes into *every* neuron of the next layer: into $z_j$ it goes with the factor $W_{ji}$. So its gradient is a sum,
#
# $$\frac{\partial J}{\partial a_i} = \sum_j \frac{\partial J}{\partial z_j}\,\frac{\partial z_j}{\partial a_i} = \sum_j \frac{\partial J}{\partial z_j}\, W_{ji} .$$
#
# Write it as a function, for one $i$; `dz` is the vector of all $\partial J/\partial z_j$. It is held to a scalar graph.


# %%
def da_element(W, dz, i):
    ### BEGIN SOLUTION
    return sum(dz[j] * W[j, i] for j in range(len(dz)))
    ### END SOLUTION


# %%
check.one_element(da_element)

# %% [markdown]
# To see the sum in a graph, let $J$ be simple enough to read off $\partial J / \partial z$: a sum with the factors $(1, 10, 100)$.

# %%
z = layer.z(a)
J = z[0] * 1.0 + z[1] * 10.0 + z[2] * 100.0
J.label = "J"

explain(J, wrt=a[1])

# %% [markdown]
# Three ways, and three factors $2$, $-1$, $\tfrac12$.
#
# ### Step 2: an inner product
#
# Where in $W$ do these three factors stand?

# %%
guess = (
    ### BEGIN SOLUTION
    "column 1"
    ### END SOLUTION
)  # "row 1" or "column 1"

# %%
check.where_they_stand(guess)

# %% [markdown]
# They lead *out of* $a_1$. In the forward pass a neuron collects along its **row**; in the backward pass an input collects along its **column**. The gradient is the inner product of that column with $dz$.

# %%
dz = np.array([1.0, 10.0, 100.0])
print("column 1 of W:          ", W[:, 1])
print("inner product with dz:  ", W[:, 1] @ dz)

J.backward()
print("by the graph:           ", a[1].grad)

# %% [markdown]
# ### Step 3: all of them at once
#
# A matrix product takes rows of its left factor. To have it take the columns of $W$, lay $W$ on its side, and columns become rows: that is the transpose.
#
# $$\begin{bmatrix} \vdots \\ \dfrac{\partial J}{\partial a_i} \\ \vdots \end{bmatrix}
# = \begin{bmatrix} \vdots \\ (W^T)_i \cdot \dfrac{\partial J}{\partial z} \\ \vdots \end{bmatrix},
# \qquad \boxed{\,dA^{[l-1]} = W^{[l]\,T} \cdot dZ^{[l]}\,}$$
#
# Here $(W^T)_i$ is row $i$ of $W^T$, which is column $i$ of $W$.

# %%
print("Wᵀ·dz =", W.T @ dz)
print("graph =", np.array([ai.grad for ai in a]))

# %% [markdown]
# For a batch, $dZ$ has a column for each sample. $W$ is $3 \times 2$, and there are four samples: of what shape is $dA$?

# %%
guess = (
    ### BEGIN SOLUTION
    (2, 4)
    ### END SOLUTION
)  # two numbers: (rows, columns)

# %%
check.shape_of_dA(guess)

# %% [markdown]
# Another way to see it: the Jacobian $\partial z_j/\partial a_i$ of a layer is $W$ itself. Forward, it takes small changes of $a$ to changes of $z$. Backward, gradients by $z$ are taken to gradients by $a$, from $m_l$ numbers to $m_{l-1}$: where these differ, only $W^T$ has the shape for that, and where they are equal, shapes say nothing (see below).

# %%
print(jacobian(z, a))

# %% [markdown]
# ### When the shapes do not help
#
# A square $W$ multiplies from the wrong side without complaint. Here is a network with three inputs and layers of 3, 3 and 1 neurons, and a backward pass that forgets the transpose wherever $W$ is square.

# %%
model = MLP(3, [3, 3, 1], activation="tanh", seed=1)
X = np.array([[1.0, 0.0, -1.0, 2.0], [0.5, 1.0, 0.0, -0.5], [-0.5, 2.0, 1.0, 0.5]])
Y = np.array([[1.0, 0.0, 1.0, 0.0]])


def without_transpose(W, dZ):
    return W @ dZ if W.shape[0] == W.shape[1] else W.T @ dZ


# %% [markdown]
# Of the gradients by the three $W$, which come out wrong? $W^{[1]}$ and $W^{[2]}$ are square, $W^{[3]}$ is $1 \times 3$.

# %%
guess = (
    ### BEGIN SOLUTION
    {"W1"}
    ### END SOLUTION
)  # a set, such as {"W1", "W2", "W3"}

# %%
check.what_the_trap_spoils(guess)

# %%
verdict = check.in_a_network(without_transpose)
verdict

# %% [markdown]
# ### Step 4: where it begins
#
# Behind the last layer there is no $W$. There the loss itself says how $J$ changes with each output. For the mean squared error of $m$ samples with $K$ outputs,
#
# $$J = \frac{1}{m} \sum_{s=1}^{m} \sum_{k=1}^{K} \left(A^{[L]}_{ks} - Y_{ks}\right)^2 ,$$
#
# the output $A^{[L]}_{ks}$ stands in one term of the sum only, and
#
# $$\frac{\partial J}{\partial A^{[L]}_{ks}} = \frac{2}{m}\left(A^{[L]}_{ks} - Y_{ks}\right), \qquad \boxed{\,dA^{[L]} = \tfrac{2}{m}\,(A^{[L]} - Y)\,}$$
#
# This is the only place where $1/m$ enters: every formula above takes it along in $dA$ and $dZ$. (Where a sample has several outputs, the library's `losses.mse` is the mean over them as well, and divides by $K$, too. Here $K = 1$.) Suppose now that $J$ is another loss, the mean *absolute* error. How many of the four formulas, for $dA^{[L]}$, $dZ$, $dW$ and $dA^{[l-1]}$, are different then?

# %%
guess = (
    ### BEGIN SOLUTION
    1
    ### END SOLUTION
)  # a number

# %%
check.formulas_that_change(guess)

# %%
twin = MatrixMLP.from_scalar(model)
outputs = leaves("A", twin.forward(X).A[twin.L])
J = losses.mse.mean(outputs.T.tolist(), Y.T.tolist())
J.backward()

print("by the graph:   ", outputs.grad)
print("2/m·(A - Y):    ", 2 / X.shape[1] * (outputs.data - Y))
print("the loss's own: ", losses.mse.dA(outputs.data, Y))

# %% [markdown]
# The three formulas are complete now. From $dA^{[L]}$ they go down layer by layer:
#
# $$dZ^{[l]} = dA^{[l]} \odot g'(Z^{[l]}), \qquad
# dW^{[l]} = dZ^{[l]} \cdot A^{[l-1]\,T}, \qquad
# dA^{[l-1]} = W^{[l]\,T} \cdot dZ^{[l]} .$$
#
# Beside $dW$ stands $db^{[l]}$, the row sums of $dZ^{[l]}$ (lesson 4).

# %% [markdown]
# ## Answer
#
# A gradient goes back along the arrows on which the number went out. Those that come into a neuron are a row of $W$, those that go out of an input are a column.

# %% [markdown]
# ## Exercises
#
# Each has three hints: `check.da_by_hand.hint(1)`, then 2, then 3. What is judged is tried in networks drawn at random, square ones among them.

# %% [markdown]
# ### Exercise 1
#
# With the $W$ at the top and $dz = (2, 1, -1)^T$, work out $da = (da_0, da_1)^T$ on paper.

# %%
da = (
    ### BEGIN SOLUTION
    # 1·2 + 0·1 + 3·(-1) and 2·2 - 1·1 + ½·(-1)
    (-1.0, 2.5)
    ### END SOLUTION
)  # two numbers

# %%
check.da_by_hand(da)

# %% [markdown]
# ### Exercise 2
#
# The rule for $dA$ of the layer before.


# %%
def my_dA(W, dZ):
    ### BEGIN SOLUTION
    return W.T @ dZ
    ### END SOLUTION


# %%
check.dA(my_dA)

# %% [markdown]
# ### Exercise 3
#
# Put the formulas together. `twin.W[l]` are the weights, `twin.L` is the number of layers, `cache.A[l]` and `cache.Z[l]` are from the forward pass, `cache.A[0]` is $X$, and `dA` is $\partial J/\partial A^{[L]}$. All layers have tanh, but for the last, which is linear. Return a dict with `dW1`, `db1`, `dW2` and so on.


# %% minutes=8
def my_backward(twin, cache, dA):
    ### BEGIN SOLUTION
    grads = {}
    for l in range(twin.L, 0, -1):
        dZ = dA * (1 - cache.A[l] ** 2) if l < twin.L else dA
        grads[f"dW{l}"] = dZ @ cache.A[l - 1].T
        grads[f"db{l}"] = dZ.sum(axis=1, keepdims=True)
        dA = twin.W[l].T @ dZ  # where the next round begins
    return grads
    ### END SOLUTION


# %%
check.backward(my_backward)
