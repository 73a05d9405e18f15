# %% [markdown]
# # 1 · One value and the chain rule
#
# **Question.** Turn one number a little: how far does the result move, and how can a program know that without trying?
#
# **Time.** About {minutes} minutes. **Before.** The derivatives learnt at school, and a little Python.
#
# **Afterwards you can**
# - say what a local derivative is, and read it off an operation,
# - multiply local derivatives along the way from an input to the result,
# - explain why one pass backward is enough for all inputs,
# - add an operation to an engine that you have seen built.
#
# Needs the library: `pip install .` in its folder; for Colab, `README.md` there says how.

# %% [markdown]
# ## Experiment
#
# Programs that know derivatives are not large. We write one here from an empty page, and at the end of the experiment it trains a small network. Its cells together are `autodiff/tiny.py`, line by line; the library's own `Value` is that page with more operations, errors that say what to do, and more speed.
#
# It begins with a number that remembers what it was computed from, and a *local derivative* for each of these operands: how fast the number changes with this operand, everything else held still. For a number $y$ and its operand $u$ it is written $\partial y/\partial u$, with a round $\partial$ because there may be other operands. A number that was computed from nothing is a *leaf*. (Of the imports, `math` has the functions; `random` and `pairwise` wait for the network.)

# %% tags=["tiny"]
from __future__ import annotations

import math
import random
from itertools import pairwise


class Value:
    """A number, the Values it was computed from, and its derivative by each of them."""

    def __init__(self, data: float, operands: tuple[Value, ...] = (), derivatives: tuple[float, ...] = ()):
        self.data = data
        self.operands = operands
        self.local_derivatives = derivatives
        self.grad = 0.0  # ∂output/∂self, after output.backward()


# %%
import autodiff
from duograd.course import lesson_01 as check
from viz import draw, write_lab

# %% [markdown]
# (The second cell fetches the library: to draw pictures, and to check what you answer.)
#
# ### Products and sums
#
# If $y = u \cdot v$, then $\partial y/\partial u = v$ and $\partial y/\partial v = u$. That is all there is to say about a product, and Python says it in one method. `other` may be a plain number, which becomes a leaf. A notebook cannot go on with a class in a second cell, so each method is written alone, and the line under it puts it into the class.


# %% tags=["tiny"]
def __mul__(self, other: Value | float) -> Value:
    other = other if isinstance(other, Value) else Value(other)
    return Value(self.data * other.data, (self, other), (other.data, self.data))


Value.__mul__ = __mul__

# %% [markdown]
# Guess: what are the two local derivatives of $w \cdot x$, first the one by $w = 0.5$, then the one by $x = 2$?

# %%
guess = (
    ### BEGIN SOLUTION
    (2.0, 0.5)
    ### END SOLUTION
)  # two numbers: (by w, by x)

# %%
check.rates_of_a_product(guess)

# %%
w, x = Value(0.5), Value(2.0)
product = w * x
print(product.data, product.local_derivatives)


# %% [markdown]
# A product of $0.5$ and $2$ moves at rate $2$ with the first and at rate $0.5$ with the second. A sum moves at rate $1$ with both. Where the number stands on the left, as in `2.0 * x`, Python asks the right operand for the reversed method, which does the same.


# %% tags=["tiny"]
def __add__(self, other: Value | float) -> Value:
    other = other if isinstance(other, Value) else Value(other)
    return Value(self.data + other.data, (self, other), (1.0, 1.0))


Value.__add__ = __add__
Value.__rmul__, Value.__radd__ = Value.__mul__, Value.__add__


# %% [markdown]
# ### The derivatives learnt at school
#
# A difference needs no rule of its own: it is a sum with $-1$ times the other. A power has one, $\partial x^n/\partial x = n \, x^{n-1}$.


# %% tags=["tiny"]
def __sub__(self, other: Value | float) -> Value:
    return self + other * -1.0


def __pow__(self, n: float) -> Value:
    return Value(self.data**n, (self,), (n * self.data ** (n - 1),))


Value.__sub__ = __sub__
Value.__pow__ = __pow__


# %% [markdown]
# The exponential function is its own derivative, and $\tanh' = 1 - \tanh^2$. Both use the result, which is there already.


# %% tags=["tiny"]
def exp(self) -> Value:
    y = math.exp(self.data)
    return Value(y, (self,), (y,))


def tanh(self) -> Value:
    y = math.tanh(self.data)
    return Value(y, (self,), (1.0 - y * y,))


Value.exp = exp
Value.tanh = tanh


# %% [markdown]
# ### A neuron
#
# The smallest neuron there is has one input $x$, one weight $w$ and one bias $b$:
#
# $$z = w \cdot x + b, \qquad a = \tanh(z).$$


# %%
def neuron(w, x, b):
    return (w * x + b).tanh()


w, x, b = Value(0.5), Value(2.0), Value(-0.5)
a = neuron(w, x, b)
print(a.data, a.local_derivatives)

# %% [markdown]
# `neuron` only multiplies, adds and calls `tanh`, so it takes the library's Values as well, and those can be drawn. The three leaves are blue and the three operations dark; on each edge into an operation stands its local derivative.

# %%
pictured = neuron(autodiff.Value(0.5, "w"), autodiff.Value(2.0, "x"), autodiff.Value(-0.5, "b"))
pictured.label = "a"

draw(pictured, local_derivatives=True)

# %% [markdown]
# ### First by trying
#
# Move $w$ by a small step $h$, compute again, and divide the change of the result by the step.

# %%
for h in (0.1, 0.01, 0.001, 0.0001):
    moved = neuron(Value(0.5 + h), Value(2.0), Value(-0.5))
    print(f"h = {h:<7}  Δa/Δw = {(moved.data - a.data) / h:.6f}")

# %% [markdown]
# The quotient settles. But it took a second run of the whole computation for *one* input. How many runs does it take for a network with 1,000 inputs and weights, the run that nothing is moved in included?

# %%
guess = (
    ### BEGIN SOLUTION
    1001
    ### END SOLUTION
)  # a number

# %%
check.runs_for_differences(guess)

# %% [markdown]
# ### Then by the chain rule
#
# If $w$ moves the product at rate $x$, the product moves $z$ at rate $1$, and $z$ moves $a$ at rate $1 - a^2$, then $w$ moves $a$ at the product of the three rates:
#
# $$\frac{\partial a}{\partial w} = \frac{\partial a}{\partial z}\,\frac{\partial z}{\partial (wx)}\,\frac{\partial (wx)}{\partial w} = (1 - a^2) \cdot 1 \cdot x .$$
#
# Before you compute it: for $w$ the last factor is $x = 2$. How many times as large as $\partial a/\partial b$ is $\partial a/\partial w$?

# %%
guess = (
    ### BEGIN SOLUTION
    2.0
    ### END SOLUTION
)  # a number

# %%
check.weight_against_bias(guess)

# %% [markdown]
# All three numbers were known when the forward pass ended; they are the ones on the edges. In the graph, $z$ is the operand of $a$, and $wx$ the first operand of $z$.

# %%
(z,) = a.operands
wx, _ = z.operands
a.local_derivatives[0] * z.local_derivatives[0] * wx.local_derivatives[0]


# %% [markdown]
# ### Backward, for all leaves at once
#
# One path by hand is enough; the rest is for a loop. Call the derivative of the result by a node the *gradient* of that node; it is kept in `grad`. The loop starts at the result with $\partial a/\partial a = 1$ and goes against the arrows: each node passes its gradient on to its operands, times the local derivative, and an operand adds up what arrives. Nothing is computed a second time.


# %% tags=["tiny"]
def backward(self) -> None:
    """The chain rule: each node passes grad · local derivative on to its operands."""
    order = topological_order(self)
    for node in order:
        if node.operands:  # leaves keep what earlier passes brought them
            node.grad = 0.0
    self.grad += 1.0
    for node in reversed(order):
        for operand, local in zip(node.operands, node.local_derivatives):
            operand.grad += node.grad * local


Value.backward = backward


# %% [markdown]
# A node may pass its gradient on only when it has all of it, that is, after every node that uses it. So the loop needs an order in which operands come before the nodes that use them, and goes through it from the end. To find one, keep a stack: as long as the node on top has an operand that is not in the order yet, put that operand on top of it; otherwise the node is next.


# %% tags=["tiny"]
def topological_order(output: Value) -> list[Value]:
    """Every node that the output was computed from, operands before the nodes that use them."""
    order: list[Value] = []
    stack = [output]
    seen = set()
    while stack:
        waiting = [operand for operand in stack[-1].operands if operand not in seen]
        if waiting:
            stack.append(waiting[0])
        else:
            order.append(stack.pop())
            seen.add(order[-1])
    return order


# %% [markdown]
# How many nodes will be in the order of the neuron $a = \tanh(w \cdot x + b)$?

# %%
guess = (
    ### BEGIN SOLUTION
    6
    ### END SOLUTION
)  # a number

# %%
check.nodes_of_a_neuron(guess)

# %%
print([node.data for node in topological_order(a)])

a.backward()
for name, leaf in {"w": w, "x": x, "b": b}.items():
    print(f"∂a/∂{name} = {leaf.grad:.6f}")


# %% [markdown]
# ### A network of them
#
# The engine is complete. A network adds no derivative to it: a layer is a list of neurons, each with a weight for every input, and the layers follow one another.


# %% tags=["tiny"]
class MLP:
    """Layers of neurons tanh(w · x + b), the last layer without tanh: MLP([2, 3, 1]) has two layers."""

    def __init__(self, sizes: list[int]):
        def neuron(n: int) -> tuple[list[Value], Value]:
            return [Value(random.gauss(0.0, n**-0.5)) for _ in range(n)], Value(0.0)

        self.layers = [[neuron(n) for _ in range(m)] for n, m in pairwise(sizes)]

    def __call__(self, x: list[Value]) -> list[Value]:
        for layer in self.layers:
            z = [sum((w * xi for w, xi in zip(weights, x)), bias) for weights, bias in layer]
            x = z if layer is self.layers[-1] else [zi.tanh() for zi in z]
        return x

    def parameters(self) -> list[Value]:
        return [p for layer in self.layers for weights, bias in layer for p in (*weights, bias)]


# %% [markdown]
# It learns the exclusive or, which is 1 where its two inputs differ: compute the squared error over the four cases, go backward, and move each parameter a little against its gradient.

# %%
random.seed(1)
model = MLP([2, 4, 1])
samples = [([0.0, 0.0], 0.0), ([0.0, 1.0], 1.0), ([1.0, 0.0], 1.0), ([1.0, 1.0], 0.0)]

for step in range(201):
    loss = Value(0.0)
    for inputs, target in samples:
        (output,) = model([Value(number) for number in inputs])
        loss = loss + (output - target) ** 2
    for p in model.parameters():
        p.grad = 0.0
    loss.backward()
    for p in model.parameters():
        p.data -= 0.1 * p.grad
    if step % 50 == 0:
        print(f"step {step:3}: squared error {loss.data:.6f}")

# %% [markdown]
# ### The same in the library
#
# The library's own `Value` takes a label, and what depends on it can be drawn, explained and checked. `explain` multiplies the local derivatives along a way, as we did by hand.

# %%
w, x, b = autodiff.Value(0.5, "w"), autodiff.Value(2.0, "x"), autodiff.Value(-0.5, "b")
a = neuron(w, x, b)
a.label = "a"

autodiff.explain(a, wrt=w)

# %%
a.backward()
draw(a)

# %% [markdown]
# In the picture the gradients now stand beside the numbers. A rule that is written down can be wrong, so compare it with differences that know no rule at all.

# %%
autodiff.gradcheck(neuron, [w, x, b])

# %% [markdown]
# Now predict such numbers before they are shown. The first four stops of the lab's tour are a product, a sum, a slope and a chain; to a wrong answer it says what was mixed up.

# %%
write_lab("lab.html", address="tour=1")

# %% [markdown]
# ## Answer
#
# Each operation knows its own rate of change, which is school mathematics, and the chain rule multiplies the rates along the way. One pass forward, one pass back, all inputs.

# %% [markdown]
# ## Exercises
#
# Each has three hints: `check.three_slopes.hint(1)`, then 2, then 3.

# %% [markdown]
# ### Exercise 1
#
# Let $y = (p + q) \cdot r$ with $p = 1$, $q = -4$, $r = 3$. Work out the three derivatives on paper.

# %%
slopes = (
    ### BEGIN SOLUTION
    # The sum passes its gradient on as it is, the product passes on the other factor.
    (3.0, 3.0, 1.0 - 4.0)
    ### END SOLUTION
)  # three numbers: (by p, by q, by r)

# %%
check.three_slopes(slopes)

# %% [markdown]
# ### Exercise 2
#
# For which weight does the neuron $a = \tanh(w \cdot x + b)$ not react to its input at all, $\partial a / \partial x = 0$, whatever $x$ and $b$ are?

# %%
still = (
    ### BEGIN SOLUTION
    # ∂a/∂x = (1 - a²) · 1 · w, and 1 - a² is never zero.
    0.0
    ### END SOLUTION
)  # a number

# %%
check.still_neuron(still)

# %% [markdown]
# ### Exercise 3
#
# Write the derivative of $f(x) = x \, e^{-x^2}$ as a function of floats, without `Value`.


# %%
def slope(x):
    ### BEGIN SOLUTION
    # Product rule outside, chain rule inside: f′ = e^(-x²) + x · e^(-x²) · (-2x).
    return (1 - 2 * x * x) * math.exp(-x * x)
    ### END SOLUTION


# %%
check.bell_slope(slope)

# %% [markdown]
# ### Exercise 4
#
# The engine cannot divide. Write $u / v$ with its two local derivatives, and the judge compares the whole class with the library's, operation by operation and in larger graphs.


# %%
def divide(self, other):
    ### BEGIN SOLUTION
    other = other if isinstance(other, Value) else Value(other)
    y = self.data / other.data
    return Value(y, (self, other), (1 / other.data, -y / other.data))
    ### END SOLUTION


Value.__truediv__ = divide

# %%
check.division(divide, Value)
