# %% [markdown]
# # 5 · dZ and the element-wise product
#
# **Question.** $dW$ is a matrix product. Why is $dZ = dA \odot g'(Z)$ not one?
#
# **Time.** About {minutes} minutes. **Before.** [Lesson 4](04_dW.ipynb).
#
# **Afterwards you can**
# - say why an activation's Jacobian is diagonal, and what that spares,
# - write $dZ$ for tanh, sigmoid and relu,
# - tell $g'$ from $g$, and $Z$ from $A$, in a formula,
# - say when gradients vanish, and where $dZ$ is not element-wise.
#
# Needs the library: `pip install .` in its folder; for Colab, `README.md` there says how.

# %%
import matplotlib.pyplot as plt
import numpy as np

from autodiff import jacobian, leaves, softmax
from duograd.course import lesson_05 as check
from viz import draw

# %% [markdown]
# ## Experiment
#
# Between $Z$ and $A$ there are no weights. Each $a_i$ is made of its own $z_i$ and of nothing else:
#
# $$a_i = g(z_i).$$

# %%
z = leaves("z", [0.3, -1.2, 2.0])
a = [zi.tanh() for zi in z]
for i, ai in enumerate(a):
    ai.label = f"a[{i}]"

draw(a, local_derivatives=True)

# %% [markdown]
# Three strands that never meet. From $a_i$ on there may be many ways to the loss, and $\partial J/\partial a_i$ has added them up already; but from $z_i$ all of them begin with the same step, to $a_i$, and there is one factor to multiply by:
#
# $$\frac{\partial J}{\partial z_i} = \frac{\partial J}{\partial a_i}\,\frac{\partial a_i}{\partial z_i} = \frac{\partial J}{\partial a_i}\; g'(z_i).$$

# %% [markdown]
# ### It could be a matrix product
#
# The derivative of all $a$ by all $z$ is a matrix, the Jacobian $\partial a_i / \partial z_k$: three rows and three columns. How many of its nine numbers are not zero?

# %%
guess = (
    ### BEGIN SOLUTION
    3
    ### END SOLUTION
)  # a number

# %%
check.numbers_in_a_jacobian(guess)

# %%
print(jacobian(a, z).round(4))

# %% [markdown]
# Only the diagonal is there. A product with it works, but it multiplies by zeros almost everywhere: for $m_l$ neurons, $m_l^2$ multiplications of which $m_l$ matter. A diagonal matrix times a column is the same as multiplying two columns number by number, which is what $\odot$ means:
#
# $$\begin{bmatrix} \vdots \\ \dfrac{\partial J}{\partial z_i} \\ \vdots \end{bmatrix}
# = \begin{bmatrix} \vdots \\ \dfrac{\partial J}{\partial a_i} \\ \vdots \end{bmatrix}
# \odot \begin{bmatrix} \vdots \\ g'(z_i) \\ \vdots \end{bmatrix},
# \qquad \boxed{\,dZ^{[l]} = dA^{[l]} \odot g'(Z^{[l]})\,}$$

# %%
da = np.array([1.0, 10.0, 100.0])
slope = np.array([ai.local_derivatives[0] for ai in a])

print("Jacobian, matrix product:", jacobian(a, z).T @ da)
print("element by element:      ", da * slope)

# %% [markdown]
# With a batch nothing changes, for samples do not meet either. All arrays are $m_l \times m$, and so is the result. In a layer of 100 neurons, how many multiplications a sample does $\odot$ spare, against the product with the Jacobian?

# %%
guess = (
    ### BEGIN SOLUTION
    100**2 - 100
    ### END SOLUTION
)  # a number

# %%
check.multiplications_spared(guess)

# %% [markdown]
# ### A gate for gradients
#
# $g'(z_i)$ decides how much of the gradient passes. It is large where $g$ is steep. The picture that follows has $g'$ of four activations: of $\tanh$, of the sigmoid $\sigma(z) = 1/(1 + e^{-z})$, of relu, which is $\max(0, z)$, and of silu, which is $z \cdot \sigma(z)$.
#
# Before you look: where is $\tanh'$ largest, and how large is it there?

# %%
guess = (
    ### BEGIN SOLUTION
    (0.0, 1.0)
    ### END SOLUTION
)  # two numbers: (z, tanh′ at this z)

# %%
check.widest_gate(guess)

# %%
line = leaves("z", np.linspace(-6, 6, 121))
figure, axes = plt.subplots(figsize=(6, 3))
for name in ("tanh", "sigmoid", "relu", "silu"):
    axes.plot([zi.data for zi in line], [getattr(zi, name)().local_derivatives[0] for zi in line], label=name)
axes.set(xlabel="z", ylabel="g′(z)")
axes.legend(frameon=False)
plt.show()

# %% [markdown]
# Where a neuron is saturated, far out on either side, hardly anything passes. At $z = 5$, $\tanh$ is $0.9999$. How much of the gradient does it let through there: about a tenth, a thousandth, or less than a thousandth?

# %%
guess = (
    ### BEGIN SOLUTION
    "less"
    ### END SOLUTION
)  # "a tenth", "a thousandth" or "less"

# %%
check.saturated(guess)

# %%
for number in (0.0, 2.0, 5.0, 10.0):
    (zi,) = leaves("z", [number])
    print(f"z = {number:>4}:  tanh lets through {zi.tanh().local_derivatives[0]:.1e} of the gradient")

# %% [markdown]
# ### Where it is not element-wise
#
# Softmax divides by a sum over all neurons of the sample, $a_i = e^{z_i} / \sum_k e^{z_k}$. How many of the nine numbers of its Jacobian are not zero?

# %%
guess = (
    ### BEGIN SOLUTION
    9
    ### END SOLUTION
)  # a number

# %%
check.numbers_in_the_jacobian_of_softmax(guess)

# %% [markdown]
# Every $a_i$ depends on every $z_k$, and a product with the Jacobian is what the chain rule asks for: $dz = \left(\partial a/\partial z\right)^T \cdot da$.

# %%
print(jacobian(softmax(list(z)), z).round(4))

# %% [markdown]
# ## Answer
#
# A matrix product adds up over ways, and from $z_i$ to $a$ there is only one.

# %% [markdown]
# ## Exercises
#
# Each has three hints: `check.dZ_of_tanh.hint(1)`, then 2, then 3. The judge draws $Z$ and $dA$ at random, and gives your rule the $A = g(Z)$ of the forward pass, too: you may use what you like.

# %% [markdown]
# ### Exercise 1
#
# The rule for tanh. It can be written with $dA$ and $A$ alone, because the derivative of tanh can be said with its result.


# %%
def dZ_of_tanh(dA, Z, A):
    ### BEGIN SOLUTION
    return dA * (1 - A * A)
    ### END SOLUTION


# %%
check.dZ_of_tanh(dZ_of_tanh)

# %% [markdown]
# ### Exercise 2
#
# The rule for the sigmoid, $\sigma(z) = 1 / (1 + e^{-z})$.


# %%
def dZ_of_sigmoid(dA, Z, A):
    ### BEGIN SOLUTION
    return dA * A * (1 - A)  # σ′ = σ (1 - σ)
    ### END SOLUTION


# %%
check.dZ_of_sigmoid(dZ_of_sigmoid)

# %% [markdown]
# ### Exercise 3
#
# The rule for relu, $\max(0, z)$.


# %%
def dZ_of_relu(dA, Z, A):
    ### BEGIN SOLUTION
    return dA * (Z > 0)  # at z = 0 there is a kink, and the usual choice is 0
    ### END SOLUTION


# %%
check.dZ_of_relu(dZ_of_relu)

# %% [markdown]
# ### Exercise 4
#
# In a chain of ten sigmoids, $\sigma(\sigma(\dots\sigma(z)))$, the gradient passes ten gates. What is the largest factor that a single one can let through, and which bound does that give for all ten?

# %%
one_and_ten = (
    ### BEGIN SOLUTION
    # σ′ = σ (1 - σ) is largest at σ = ½.
    (0.25, 0.25**10)
    ### END SOLUTION
)  # two numbers: (one gate, ten gates)

# %%
check.ten_gates(one_and_ten)
