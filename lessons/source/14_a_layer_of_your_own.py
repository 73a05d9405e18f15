# %% [markdown]
# # 14 · Capstone: a layer of your own
#
# **Question.** You have a forward pass that nobody has differentiated for you, in your own notation. How do you get its backward pass, and how do you know that it is right?
#
# **Time.** About {minutes} minutes. **Before.** Lessons 4 to 7; the clinic of [lesson 7](07_scalar_against_matrix.ipynb) above all.
#
# **Afterwards you can**
# - derive the backward pass of a layer from its forward pass,
# - find out what a normalisation hides from gradients,
# - have a layer judged as it is, with its own names, layout and cache,
# - use what the judge says, step by step.
#
# Needs the library: `pip install .` in its folder; for Colab, `README.md` there says how.

# %%
import numpy as np

from autodiff import explain, leaves, sqrt
from duograd.course import lesson_14 as check
from nn import judge
from viz import draw

# %% [markdown]
# ## Experiment
#
# Courses write a layer as a pair of functions. `forward` gives an output and a *cache*, `backward` takes the gradient by the output and that cache. Here is one that scales each feature; samples are rows.


# %%
def scale_forward(x, gamma):
    return x * gamma, (x, gamma)


def scale_backward(dout, cache):
    x, gamma = cache
    return dout * gamma, dout * x


# %% [markdown]
# `x` is $4 \times 3$, `gamma` has 3 numbers, so `dout` is $4 \times 3$. Of what shape has the gradient of `gamma` to be?

# %%
guess = (
    ### BEGIN SOLUTION
    (3,)
    ### END SOLUTION
)  # a tuple: (numbers,) or (rows, columns)

# %%
check.shape_of_dgamma(guess)

# %%
rng = np.random.default_rng(0)
judge(scale_forward, scale_backward, x=rng.normal(size=(4, 3)), gamma=rng.normal(size=3))

# %% [markdown]
# The judge differentiates the forward pass itself, by recording it, and compares. It takes your names: nothing has to be transposed or renamed. `gamma` is used by every sample, so what they say is added up (lesson 2): `(dout * x).sum(axis=0)`.
#
# ### A layer that looks at all samples
#
# Batch normalisation takes from each feature its mean over the batch, and divides by the standard deviation:
#
# $$\hat x_s = \frac{x_s - \mu}{\sigma}, \qquad \mu = \frac1m \sum_s x_s, \qquad \sigma^2 = \frac1m \sum_s (x_s - \mu)^2 .$$
#
# Add 1 to every $x_s$ of a feature. By how much do the $\hat x_s$ change?

# %%
guess = (
    ### BEGIN SOLUTION
    0.0
    ### END SOLUTION
)  # a number

# %%
check.all_shifted(guess)

# %% [markdown]
# So whatever the loss is, it does not react when all $x_s$ are shifted together. How fast $J$ moves if all move alike is the sum of their gradients: it has to be 0. A rule that forgets that $\mu$ depends on $x$ gives another sum. In a graph:

# %%
x = leaves("x", [1.0, 2.0, 4.0])
mean = (x[0] + x[1] + x[2]) / 3
variance = ((x[0] - mean) ** 2 + (x[1] - mean) ** 2 + (x[2] - mean) ** 2) / 3
first = (x[0] - mean) / sqrt(variance)
first.label = "first"
first.backward()
draw(first)

# %%
print("gradients of the first output:", x.grad.round(6), " sum:", x.grad.sum().round(12) + 0.0)

# %% [markdown]
# How many ways lead from $x_0$ to the first output: one, two, or more?

# %%
guess = (
    ### BEGIN SOLUTION
    "more"
    ### END SOLUTION
)  # "one", "two" or "more"

# %%
check.ways_through_a_normalisation(guess)

# %%
print(explain(first, wrt=x[0]).count, "ways: directly, through the mean, and through the variance")

# %% [markdown]
# Collected, for a feature, with $g_s = \partial J / \partial \hat x_s$:
#
# $$dx_s = \frac{1}{\sigma}\Bigl(g_s - \frac1m \sum_t g_t - \hat x_s\, \frac1m \sum_t g_t \hat x_t\Bigr) .$$
#
# The first term is the direct way, the second goes through $\mu$, the third through $\sigma$. (It is the same with a small $\varepsilon$ added to the variance under the root, as in the code below.) A backward pass that takes $\mu$ and $\sigma$ for constants has only the first term. Would the judge see that?

# %%
guess = (
    ### BEGIN SOLUTION
    "yes"
    ### END SOLUTION
)  # "yes" or "no"

# %%
check.constants_are_seen(guess)


# %%
def batchnorm_forward(x, gamma, beta):
    sigma = np.sqrt(x.var(axis=0) + 1e-5)
    xhat = (x - x.mean(axis=0)) / sigma
    return gamma * xhat + beta, (xhat, gamma, sigma)


def batchnorm_backward(dout, cache):
    xhat, gamma, sigma = cache
    return dout * gamma / sigma, (dout * xhat).sum(axis=0), dout.sum(axis=0)


verdict = judge(
    batchnorm_forward,
    batchnorm_backward,
    x=rng.normal(size=(6, 3)),
    gamma=rng.normal(size=3),
    beta=rng.normal(size=3),
)
print(verdict.hint(2))

# %% [markdown]
# ## Answer
#
# Write the forward pass as simple steps, go back through them one by one, add up where something is used more than once; and let somebody check it who does not believe you: the forward pass itself.

# %% [markdown]
# ## Exercises
#
# Each has three hints: `check.batchnorm.hint(1)`, then 2, then 3.

# %% [markdown]
# ### Exercise 1
#
# Mend the backward pass of batch normalisation. `cache` is what `batchnorm_forward` above returns; return the gradients by `x`, `gamma` and `beta`.


# %% minutes=10
def my_batchnorm_backward(dout, cache):
    ### BEGIN SOLUTION
    xhat, gamma, sigma = cache
    g = dout * gamma
    dx = (g - g.mean(axis=0) - xhat * (g * xhat).mean(axis=0)) / sigma
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)
    ### END SOLUTION


# %%
check.batchnorm(my_batchnorm_backward)

# %% [markdown]
# ### Exercise 2
#
# Softmax of each row, `p = exp(z) / sum`. Its cache is `p`. `dp` and `p` have the same shape, a sample in each row. Write the backward pass; lesson 5 says why it is not element-wise.


# %% minutes=8
def softmax_backward(dp, p):
    ### BEGIN SOLUTION
    return p * (dp - (dp * p).sum(axis=1, keepdims=True))
    ### END SOLUTION


# %%
check.softmax(softmax_backward)

# %% [markdown]
# ### Exercise 3: yours
#
# Choose a layer: a convolution along a line, a layer normalisation, an attention head, maximum pooling, a recurrent step, or one that you have made up. Write its forward pass and its backward pass, in your own names, and an example: a dict with an array for each argument of the forward pass. It has to do something: every argument must reach the output.


# %% minutes=15
def my_forward(x, w):
    ### BEGIN SOLUTION
    # A convolution along a line: w looks at each window of x.
    windows = np.array([x[i : i + len(w)] for i in range(len(x) - len(w) + 1)])
    return windows @ w, (x, w)
    ### END SOLUTION


def my_backward(dout, cache):
    ### BEGIN SOLUTION
    x, w = cache
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i, d in enumerate(dout):  # x[j] is in several windows, w in all of them
        dx[i : i + len(w)] += d * w
        dw += d * x[i : i + len(w)]
    return dx, dw
    ### END SOLUTION


example = (
    ### BEGIN SOLUTION
    {"x": rng.normal(size=7), "w": rng.normal(size=3)}
    ### END SOLUTION
)  # such as {"x": rng.normal(size=7), "w": rng.normal(size=3)}

# %%
check.own_layer(my_forward, my_backward, example)
