# %% [markdown]
# # 2 · Where gradients add up
#
# **Question.** A number is used twice. Which of its two uses decides its gradient?
#
# **Time.** About {minutes} minutes. **Before.** [Lesson 1](01_one_value.ipynb).
#
# **Afterwards you can**
# - list the ways from a number to the result, and make a gradient of them,
# - say why a program visits nodes and not ways,
# - recognise what `=` in place of `+=` does to a gradient,
# - write a backward pass for a graph of any form.
#
# Needs the library: `pip install .` in its folder; for Colab, `README.md` there says how.

# %%
import inspect
import types

from autodiff import Value, explain, tiny, topological_order
from duograd.course import lesson_02 as check
from viz import draw, write_lab

# %% [markdown]
# ## Experiment
#
# Here $x = 2$ goes into a product, and once more into the sum behind it: $y = x \cdot w + x$, with $w = 3$.

# %%
x, w = Value(2.0, "x"), Value(3.0, "w")
y = x * w + x
y.label = "y"

draw(y)

# %% [markdown]
# Guess before you compute: what is $\partial y / \partial x$?

# %%
guess = (
    ### BEGIN SOLUTION
    4.0
    ### END SOLUTION
)  # a number

# %%
check.used_twice(guess)

# %% [markdown]
# Two ways lead from $x$ to $y$. Move $x$ by a small $h$: by the way through the product $y$ moves by $w\,h$, by the direct one by $h$. Both happen, so
#
# $$\frac{\partial y}{\partial x} = \underbrace{1 \cdot w}_{\text{through the product}} + \underbrace{1}_{\text{directly}} .$$
#
# **Along a way, multiply. Over the ways, add.** That is the whole chain rule for several variables. `explain` lists the ways, and calls them paths.

# %%
explain(y, wrt=x)

# %% [markdown]
# The same holds where a node uses one operand twice. How many ways lead from $x$ to $x \cdot x \cdot x$?

# %%
guess = (
    ### BEGIN SOLUTION
    3
    ### END SOLUTION
)  # a number

# %%
check.ways_through_a_cube(guess)

# %%
explain(x * x * x, wrt=x)

# %% [markdown]
# Each of them is worth $x \cdot x$, and their sum is the $3x^2$ of school.

# %% [markdown]
# ### Many ways, few steps
#
# Double a number twelve times by adding it to itself. How many ways lead from the first number to the last?

# %%
guess = (
    ### BEGIN SOLUTION
    2**12
    ### END SOLUTION
)  # a number

# %%
check.ways_through_doublings(guess)

# %%
start = Value(1.0, "x")
node = start
for doubling in range(1, 13):
    node = node + node
    if doubling in (1, 2, 3, 6, 12):
        ways = explain(node, wrt=start).count
        print(f"{doubling:>2} additions: {ways:>5,} ways, {len(topological_order(node)):>2} nodes")

# %% [markdown]
# A program that walked the ways would take twice as long with each further addition. Backpropagation does not walk them. It visits the nodes, the result first and each node only when everything it flows into is done. What has arrived by then is added up *before* it is passed on:
#
# $$\frac{\partial y}{\partial v} = \sum_{u \,\text{uses}\, v} \frac{\partial y}{\partial u} \, \frac{\partial u}{\partial v} .$$
#
# (In `node + node` the next node uses `node` twice: its $\partial u/\partial v$ is then $1 + 1$, one for each use.)

# %%
node.backward()
print(f"∂y/∂x = {start.grad:,.0f}, from one visit to each of {len(topological_order(node))} nodes")

# %% [markdown]
# ### One character, and a way is lost
#
# The engine of lesson 1 says `operand.grad += node.grad * local`. Take the plus away, as people do who write their own first engine, and leave everything else as it is.

# %%
broken = types.ModuleType("broken")
exec(inspect.getsource(tiny).replace("operand.grad += ", "operand.grad = "), broken.__dict__)

# %% [markdown]
# What does the broken engine say to $\partial y/\partial x$ of $y = x \cdot w + x$? It goes through the nodes from the end: first $y$, a sum, then $x \cdot w$.

# %%
guess = (
    ### BEGIN SOLUTION
    3.0
    ### END SOLUTION
)  # a number

# %%
check.without_the_plus(guess)

# %%
p, q = broken.Value(2.0), broken.Value(3.0)
(p * q + p).backward()
print(f"∂y/∂x = {p.grad}, ∂y/∂w = {q.grad}")

# %% [markdown]
# The second contribution has overwritten the first. Nothing complains. $\partial y/\partial w$ is right, and a network still trains, only worse. As long as each number is used once, the bug does not show; but in a network every hidden number is used by every neuron of the next layer.

# %% [markdown]
# ### Adding up over time
#
# Leaves add in a second sense, too: `backward` adds to the `grad` that they already have. Call it twice; what is in `x.grad` afterwards?

# %%
guess = (
    ### BEGIN SOLUTION
    8.0
    ### END SOLUTION
)  # a number

# %%
check.after_two_passes(guess)

# %%
x.grad = w.grad = 0.0
for run in (1, 2):
    y.backward()
    print(f"after backward number {run}: ∂y/∂x = {x.grad}, ∂y/∂w = {w.grad}")

# %% [markdown]
# This is meant: so the gradient of a sum of losses can be collected loss by loss. And so a gradient that should start anew has to be set to zero first.

# %% [markdown]
# The fifth stop of the lab's tour asks for the gradient of something that is used three times, the eighth for that of a weight which two samples share.

# %%
write_lab("lab.html", address="tour=5")

# %% [markdown]
# ## Answer
#
# Neither use decides alone. Every use contributes, and the contributions are added.

# %% [markdown]
# ## Exercises
#
# Each has three hints: `check.paths.hint(1)`, then 2, then 3.

# %% [markdown]
# ### Exercise 1
#
# Let $y = (p + q) \cdot (p \cdot q)$ with $p = 2$ and $q = 3$. How many ways lead from $p$ to $y$, and what is $\partial y / \partial p$?

# %%
ways_and_gradient = (
    ### BEGIN SOLUTION
    (2, 1 * 6 + 5 * 3)
    ### END SOLUTION
)  # two numbers: (ways, gradient)

# %%
check.paths(ways_and_gradient)

# %% [markdown]
# ### Exercise 2
#
# Build a Value that depends on $x$ along exactly 1,000 ways, with no more than 20 operations. Additions and multiplications are enough.


# %% minutes=6
def thousand(x):
    ### BEGIN SOLUTION
    # Ways are built like numbers: 1000 = 2³ · 5³, and five times are two doublings and one addition.
    for _ in range(3):
        twice = x + x
        x = (twice + twice) + x
        x = x + x
    return x
    ### END SOLUTION


# %%
check.thousand_ways(thousand)

# %% [markdown]
# ### Exercise 3
#
# Write the backward pass. `topological_order(y)` lists every node, operands before what uses them; `node.operands` and `node.local_derivatives` go together, one derivative for each operand. Return a dict from node to $\partial y / \partial$node. It is tried on graphs that are drawn at random.


# %% minutes=8
def my_backward(y):
    ### BEGIN SOLUTION
    order = topological_order(y)
    gradient = dict.fromkeys(order, 0.0)
    gradient[y] = 1.0
    for node in reversed(order):
        for operand, derivative in zip(node.operands, node.local_derivatives):
            gradient[operand] += gradient[node] * derivative
    return gradient
    ### END SOLUTION


# %%
check.backward_pass(my_backward)
