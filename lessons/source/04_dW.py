# %% [markdown]
# # 4 · dW, one element and then the matrix
#
# **Question.** A single weight out of a whole matrix is moved. Who notices, and how does that become one formula for all weights?
#
# **Time.** About {minutes} minutes. **Before.** [Lesson 3](03_a_layer.ipynb).
#
# **Afterwards you can**
# - follow one weight to the loss, and say which factor belongs to it,
# - derive $dW = dZ \cdot A^T$ from one element, and explain the transpose,
# - say what a batch adds, and where the sum over the samples is,
# - write the rules for $dW$ and $db$.
#
# Needs the library: `pip install .` in its folder; for Colab, `README.md` there says how.

# %%
import numpy as np

from autodiff import explain
from duograd.course import lesson_04 as check
from nn import MLP, MatrixMLP, compare, losses
from viz import draw

# %% [markdown]
# ## Experiment
#
# From here on $J$ is the mean loss of a batch, and $dQ$ is short for $\partial J / \partial Q$. It has the shape of $Q$, whatever $Q$ is: each number of $Q$ has one derivative.

# %%
model = MLP(3, [2, 1], activation="tanh", seed=1)
X = np.array([[1.0, 0.0, -1.0, 2.0], [0.5, 1.0, 0.0, -0.5], [-0.5, 2.0, 1.0, 0.0]])
Y = np.array([[1.0, 0.0, 1.0, 0.0]])

# %% [markdown]
# ### One sample, one weight
#
# Take the first sample only, and keep all nodes on the way: `trace.Z[1][i]` is $z_i$ of layer 1.

# %%
x, y = X[:, 0], Y[:, 0]
trace = model.trace(x)
J = losses.MSE().mean([trace.A[2]], [y])
J.label = "J"
J.backward()

w = model.layers[0].neurons[1].w[2]
draw(J, around=w, depth=3)

# %% [markdown]
# The weight $W_{12}$, from input 2 to neuron 1, is moved a little. How many of the two $z$ of layer 1 move with it?

# %%
guess = (
    ### BEGIN SOLUTION
    1
    ### END SOLUTION
)  # a number

# %%
check.who_notices(guess)

# %% [markdown]
# The weight $W_{12}$ is multiplied by $x_2$ and goes into $z_1$. No other neuron of the layer has anything to do with it, so whatever it does to $J$, it does through $z_1$:
#
# $$J \leftarrow z_i \leftarrow W_{ij}.$$
#
# The far end of that way, from $z_i$ to $J$, is the business of the layers behind; its result is the number $\partial J/\partial z_i$. The near end is short. The sample is $x = (1, 0.5, -0.5)^T$; what is $\partial z_1/\partial W_{12}$?

# %%
guess = (
    ### BEGIN SOLUTION
    -0.5
    ### END SOLUTION
)  # a number

# %%
check.local_derivative_of_a_weight(guess)

# %%
explain(trace.Z[1][1], wrt=w)

# %% [markdown]
# An addition passes its gradient on as it is, and the local derivative of $W_{ij} \cdot x_j$ by the weight is $x_j$:
#
# $$\frac{\partial J}{\partial W_{ij}} = \frac{\partial J}{\partial z_i}\,\frac{\partial z_i}{\partial W_{ij}} = \frac{\partial J}{\partial z_i}\; x_j .$$

# %%
dz = np.array([z.grad for z in trace.Z[1]])
print("dz[1] · x[2] =", dz[1] * x[2])
print("by the graph =", w.grad)

# %% [markdown]
# ### All weights of one sample
#
# For neuron $i$ the number $\partial J / \partial z_i$ is the same for its whole row of $W$, and only $x_j$ varies:
#
# $$\frac{\partial J}{\partial W_i} = \begin{bmatrix} \cdots & \dfrac{\partial J}{\partial z_i}\, x_j & \cdots \end{bmatrix} = \frac{\partial J}{\partial z_i} \cdot x^T .$$
#
# Stack the rows: every $dz_i$ meets every $x_j$ once. Two neurons, three inputs; of what shape is the column $dz$ times the row $x^T$?

# %%
guess = (
    ### BEGIN SOLUTION
    (2, 3)
    ### END SOLUTION
)  # two numbers: (rows, columns)

# %%
check.column_times_row(guess)

# %% [markdown]
# A column times a row is a whole matrix, the *outer* product:
#
# $$dW = dz \cdot x^T, \qquad (m_1 \times 1) \cdot (1 \times n) = (m_1 \times n).$$
#
# The transpose is nothing deep. It lays $x$ on its side, so that it runs along the columns of $W$, as it did in the forward pass.

# %%
by_graph = np.array([[w.grad for w in neuron.w] for neuron in model.layers[0].neurons])
print(by_graph)
print(dz[:, None] @ x[None, :])

# %% [markdown]
# ### All samples
#
# Every sample uses the same weight, so its contributions are added (lesson 2). $dZ$ has a column for each of the four samples, and so has $X$. Which of these adds up the products of each sample's own columns?

# %%
guess = (
    ### BEGIN SOLUTION
    "dZ @ X.T"
    ### END SOLUTION
)  # "dZ @ X.T", "X @ dZ.T", "dZ.T @ X", "dZ * X" or "dZ @ X.T / 4"

# %%
check.adds_up_the_samples(guess)

# %% [markdown]
# In elements:
#
# $$\frac{\partial J}{\partial W_{ij}} = \sum_{s=1}^{m} dZ_{is}\, X_{js} = \left(dZ \cdot X^T\right)_{ij}.$$
#
# The sum over the samples is the inner sum of the matrix product; nobody has to write it. (The $1/m$ of the mean is in $dZ$ already, by lesson 3.) In a deeper layer, $A^{[l-1]}$ stands for $X$:
#
# $$\boxed{\,dW^{[l]} = dZ^{[l]} \cdot A^{[l-1]\,T}\,} \qquad \boxed{\,db^{[l]} = \text{row sums of } dZ^{[l]}\,}$$
#
# The second is the same argument for $b_i$, which has the local derivative 1 where $W_{ij}$ has $x_j$. If a row of $dZ$ is $(0.5, -1, 0, 2)$, what is $db$ of this neuron?

# %%
guess = (
    ### BEGIN SOLUTION
    1.5
    ### END SOLUTION
)  # a number

# %%
check.a_row_of_db(guess)

# %%
twin = MatrixMLP.from_scalar(model)
cache = twin.forward(X)
grads = twin.backward(cache, losses.MSE().dA(cache.A[2], Y))

one_by_one = sum(np.outer(grads.dZ[1][:, s], X[:, s]) for s in range(X.shape[1]))
print("sum over samples of dz·xᵀ\n", one_by_one)
print("dZ·Xᵀ\n", grads.dZ[1] @ X.T)

# %% [markdown]
# `compare` differentiates the same batch by scalars, by matrices, by a program found in the graph (the column *lifted*, which lesson 10 explains), and by finite differences. Look at the lines of `dW` and `db`.

# %%
compare(model, X, Y)


# %% [markdown]
# ## Answer
#
# A weight is noticed by its own neuron alone, in every sample. Each sample contributes $dz_i \cdot x_j$, and $dZ \cdot A^T$ is the table of all these sums.

# %% [markdown]
# ## Exercises
#
# Each has three hints: `check.dW_by_hand.hint(1)`, then 2, then 3. The judge draws a layer at random, gives your rule its $dZ$ and $A$, and compares what comes back with the gradient of the layer's own forward pass. Where it knows the mistake, it says so.

# %% [markdown]
# ### Exercise 1
#
# A layer has $z = W x + b$ with $x = (2, -1)^T$. Somebody tells you $dz = (3, 0, -4)^T$. State $dW$, a row for each neuron.

# %%
dW = (
    ### BEGIN SOLUTION
    # The neuron whose dz is 0 learns nothing from this sample.
    [[6.0, -3.0], [0.0, 0.0], [-8.0, 4.0]]
    ### END SOLUTION
)  # a list of rows

# %%
check.dW_by_hand(dW)

# %% [markdown]
# ### Exercise 2
#
# The rule for $dW$ of a batch.


# %%
def my_dW(dZ, A_before):
    ### BEGIN SOLUTION
    return dZ @ A_before.T
    ### END SOLUTION


# %%
check.dW(my_dW)

# %% [markdown]
# ### Exercise 3
#
# The rule for $db$, of shape $m_l \times 1$.


# %%
def my_db(dZ):
    ### BEGIN SOLUTION
    return dZ.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %%
check.db(my_db)
