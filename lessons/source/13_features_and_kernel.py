# %% [markdown]
# # 13 · Joint data, features, and the kernel view
#
# **Question.** The last layer of a network never sees $x$. What does it see, and what does a step of training do to points that were not in the batch?
#
# **Time.** About {minutes} minutes. **Before.** [Lesson 9](09_likelihood.ipynb).
#
# **Afterwards you can**
# - take a joint distribution apart into $P(y \mid x)$ and $P(x)$,
# - read a network as $\operatorname{softmax}(W\varphi(x) + b)$: features, and a linear classifier,
# - measure with a kernel how alike two points look to a network,
# - predict from the kernel what a step of the last layer does everywhere.
#
# Needs the library: `pip install .` in its folder; for Colab, `README.md` there says how.

# %%
import numpy as np

from autodiff import softmax
from duograd.course import lesson_13 as check
from nn import MLP, MatrixMLP, datasets, fit, losses, optim
from viz import draw, plot_decision_boundary

# %% [markdown]
# ## Experiment
#
# ### Two halves of a joint distribution
#
# Data are pairs, $(x, y) \sim \mathcal{D}$. If there are few possible values, $\mathcal{D}$ is a table. Here $x$ is the sky in the morning, and $y$ whether it rains:
#
# | $P(x, y)$ | dry | rain |
# |---|---|---|
# | clear | 0.45 | 0.05 |
# | clouds | 0.20 | 0.30 |

# %%
joint = np.array([[0.45, 0.05], [0.20, 0.30]])

# %% [markdown]
# There are clouds. How probable is rain, $P(y = \text{rain} \mid x = \text{clouds})$?

# %%
guess = (
    ### BEGIN SOLUTION
    0.30 / (0.20 + 0.30)
    ### END SOLUTION
)  # a number

# %%
check.rain_from_clouds(guess)

# %% [markdown]
# The sum of a row is $P(x)$, how often such a morning comes. Divided by it, the row is $P(y \mid x)$:
#
# $$P(x, y) = P(y \mid x)\, P(x) .$$
#
# A network learns the first factor alone. That the second can be worth knowing, lesson 9 says.

# %%
P_x = joint.sum(axis=1)
print("P(x)   ", P_x)
print("P(y|x) ", (joint / P_x[:, None]).tolist())

# %% [markdown]
# ### Features
#
# For classes, the last layer gives logits, and softmax makes probabilities of them. All but the last layer together are a function $\varphi$, and its outputs are called *features*:
#
# $$P(y \mid x) = \operatorname{softmax}(W \varphi(x) + b) .$$
#
# Add 5 to every logit. What happens to the probabilities?

# %%
guess = (
    ### BEGIN SOLUTION
    "nothing"
    ### END SOLUTION
)  # "nothing", "all grow" or "more even"

# %%
check.logits_plus_five(guess)

# %%
z = np.array([[2.0], [1.0], [-1.0]])
print(softmax(z).ravel().round(4), softmax(z + 5.0).ravel().round(4))

# %% [markdown]
# Only differences of logits count. Take two rings, one inside the other, which no straight line separates, and a network for them with two inputs and layers of 8, 8 and 2 neurons. Its last layer is a *linear* classifier. On how many numbers does it look?

# %%
guess = (
    ### BEGIN SOLUTION
    8
    ### END SOLUTION
)  # a number

# %%
check.numbers_it_looks_at(guess)

# %%
rings = datasets.circles(200, noise=0.05)
network = MLP(2, [8, 8, 2], activation="tanh", seed=0)
features = MatrixMLP.from_scalar(network).features(rings.X)
print("inputs", rings.X.shape, " features", features.shape)
draw(network)

# %% [markdown]
# ### How alike do two points look?
#
# The inner product of their features, $k(x, x') = \varphi(x)^T \varphi(x')$, is called a *kernel*. Divided by the lengths of both, it is the cosine of the angle between them: 1 for features of the same direction, 0 for those at a right angle, and $-1$ for opposite ones. For 200 points, of what shape is the table of all kernels?

# %%
guess = (
    ### BEGIN SOLUTION
    (200, 200)
    ### END SOLUTION
)  # two numbers: (rows, columns)

# %%
check.shape_of_a_kernel(guess)


# %%
def similarity(model):
    k = MatrixMLP.from_scalar(model).feature_kernel(rings.X)
    cosine = k / np.sqrt(np.outer(k.diagonal(), k.diagonal()))
    same = rings.y[:, None] == rings.y
    return f"{cosine[same].mean():+.2f} within a ring, {cosine[~same].mean():+.2f} between the rings"


print("before training:", similarity(network))

# %% [markdown]
# To the untrained network, a point is on average no more like those of its own ring than like those of the other. Now it is trained. The last layer is linear, so what must become of the features of the two rings?

# %%
guess = (
    ### BEGIN SOLUTION
    "apart"
    ### END SOLUTION
)  # "apart", "together" or "as before"

# %%
check.features_of_rings(guess)

# %%
fit(network, rings.X, rings.y, loss="cross_entropy", optimizer=optim.Adam(0.03), epochs=300, l2=0.001)
print("after training: ", similarity(network))

# %%
plot_decision_boundary(network, rings.X, rings.y)

# %% [markdown]
# Nobody has told the hidden layers what a ring is; they were told, through $dA$, where the last layer would like its features to be (lesson 6).
#
# ### A step, seen through the kernel
#
# When the last layer makes a step, by gradient descent on its own weights, they change by $-\eta \, dZ \cdot \varphi(X)^T$ (lesson 4), and its bias by $-\eta$ times the row sums of $dZ$. So its outputs at *any* point $x'$ change by
#
# $$\Delta z(x') = -\eta \sum_s dZ_s \, \bigl( k(x_s, x') + 1 \bigr) .$$
#
# The column $dZ_s$ has the $1/m$ of the mean in it. What is learnt from a sample is passed on to all points in proportion to $k + 1$: the $1$ is the bias, which is everybody's, and $k$ is the kernel itself, not the cosine, so long features count for more. Where $k + 1$ is negative, a point is moved the other way. All this is exact for a step of the last layer alone. When the layers before it learn too, $\varphi$ itself changes.

# %%
twin = MatrixMLP.from_scalar(MLP(2, [8, 8, 2], activation="tanh", seed=1))
somewhere = np.array([[0.3, -1.0], [0.2, 0.5]])
before, cache = twin.forward(somewhere).Z[3], twin.forward(rings.X)
grads = twin.backward(cache, losses.cross_entropy.dA(cache.A[3], losses.one_hot(rings.y, 2)))
k = twin.feature_kernel(rings.X, somewhere)

twin.W[3] -= 0.5 * grads.dW[3]
twin.b[3] -= 0.5 * grads.db[3]
print("by the step:  ", (twin.forward(somewhere).Z[3] - before).round(8).tolist())
print("by the kernel:", (-0.5 * grads.dZ[3] @ (k + 1)).round(8).tolist())

# %% [markdown]
# Inner products upon inner products: a layer makes inner products of weights and inputs, and what a step does is said by inner products of features.
#
# ## Answer
#
# It sees features, and only features. A step of the last layer moves the outputs at all points, by a sum over the batch: what is learnt from each sample, times its kernel with the point, plus one.

# %% [markdown]
# ## Exercises
#
# Each has three hints: `check.conditional.hint(1)`, then 2, then 3.

# %% [markdown]
# ### Exercise 1
#
# From a table of $P(x, y)$, with a row for each $x$ and a column for each $y$, compute the table of $P(y \mid x)$, of the same shape.


# %%
def conditional(joint):
    ### BEGIN SOLUTION
    return joint / joint.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %%
check.conditional(conditional)

# %% [markdown]
# ### Exercise 2
#
# Compute the kernels of all points of a batch with all points of another. `F`, of shape $(d, m)$, and `G`, of shape $(d, n)$, have the features of a point in each column; the result has shape $(m, n)$, and its entry $(s, t)$ belongs to column $s$ of `F` and column $t$ of `G`.


# %%
def kernel(F, G):
    ### BEGIN SOLUTION
    return F.T @ G
    ### END SOLUTION


# %%
check.kernel(kernel)

# %% [markdown]
# ### Exercise 3
#
# By how much do the outputs at other points change in a step of the last layer, its bias included? `dZ` has shape $(K, m)$, `k` has shape $(m, n)$: kernels of the batch with the other points. The result has shape $(K, n)$. It is compared with a step that is really made.


# %%
def change_of_outputs(dZ, k, eta):
    ### BEGIN SOLUTION
    return -eta * dZ @ (k + 1)
    ### END SOLUTION


# %%
check.change_of_outputs(change_of_outputs)
