# %% [markdown]
# # 11 · Second derivatives and gradients as graphs
#
# **Question.** A gradient is computed by additions and multiplications. So does it have a graph, and a gradient, of its own?
#
# **Time.** About {minutes} minutes. **Before.** [Lesson 2](02_where_gradients_add_up.ipynb), and what a second derivative and an eigenvalue are; for the end of it, what `MLP`, `Adam` and `lift` are (lessons 8 and 10).
#
# **Afterwards you can**
# - read the graph of a gradient, and differentiate it again,
# - work out a Hessian, and use it for a step of Newton's method,
# - say when that step goes to a lowest point, and when not,
# - say how large a learning rate may be, and why,
# - train a network on a law about its slope.
#
# Needs the library: `pip install .` in its folder; for Colab, `README.md` there says how.

# %%
import numpy as np

from autodiff import Value, explain, grad, hessian, hvp, leaves, lift, topological_order
from duograd.course import lesson_11 as check
from nn import MLP, optim
from viz import draw

# %% [markdown]
# ## Experiment
#
# So far a gradient was a number. With `create_graph=True` it is a `Value`: the backward pass is recorded as it runs, like any other computation.

# %%
x = Value(2.0, "x")
y = x * x * x
y.label = "y"
slope = grad(y, x, create_graph=True)
slope.label = "y'"

draw([y, slope])

# %% [markdown]
# Here is the graph of $y = x \cdot x \cdot x$, and grown out of it that of its derivative. It is a sum of three products $x \cdot x$, one for each factor that is left out: that is the product rule, and nobody has summed them up to $3x^2$.
#
# What is a graph can be differentiated. How many ways lead from $x$ to $y'$?

# %%
guess = (
    ### BEGIN SOLUTION
    6
    ### END SOLUTION
)  # a number

# %%
check.ways_to_a_slope(guess)

# %%
explain(slope, wrt=x)

# %% [markdown]
# Six ways, each of them worth $x$, so $y'' = 6x$: three places for the first derivative, two for the second.

# %% [markdown]
# ### How a sensitivity depends on something else
#
# For the neuron $a = \tanh(w x + b)$, the graph of $\partial a/\partial w$ is this one.

# %%
w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(-0.5, "b")
a = (w * x + b).tanh()
dw = grad(a, w, create_graph=True)
dw.label = "∂a/∂w"

draw(dw)

# %% [markdown]
# It says $\operatorname{sech}^2(wx+b) \cdot x$: that is the $(1 - a^2) \cdot x$ of lesson 1, in a form that keeps its digits where $a$ is close to $1$. The input $x$ occurs in it twice: as a factor, which makes the neuron more sensitive to its weight the larger the input is, and inside of $\operatorname{sech}$, which makes it less so, because the neuron saturates. Which one wins is the derivative of the derivative. At $w = 0.5$, $x = 2$, $b = -0.5$: does $\partial a/\partial w$ grow with $x$, or fall?

# %%
guess = (
    ### BEGIN SOLUTION
    "grows"
    ### END SOLUTION
)  # "grows" or "falls"

# %%
check.sensitivity_of_a_sensitivity(guess)

# %% [markdown]
# All pairs of them are the Hessian,
#
# $$H_{ij} = \frac{\partial^2 a}{\partial \theta_i \, \partial \theta_j}, \qquad \theta = (w, x, b).$$

# %%
print(hessian(a, [w, x, b]).round(6))


# %% [markdown]
# It is symmetric: in which order one asks does not matter, wherever the second derivatives are continuous. And at this point the factor wins, but barely: $\partial^2 a / \partial w \, \partial x \approx 0.06$ is positive.

# %% [markdown]
# ### What curvature is good for
#
# A gradient says which way is down, but not how far to go. The Hessian does. Newton's method takes the function for the parabola that has the same value, gradient and Hessian at $\theta$. If all eigenvalues of $H$ are positive, that has a lowest point, and it is at
#
# $$\theta - H^{-1} \cdot \nabla f .$$
#
# Suppose $f = p^2 - q^2$. Where does one step of that formula lead from $(3, 2)$?

# %%
guess = (
    ### BEGIN SOLUTION
    (0.0, 0.0)
    ### END SOLUTION
)  # two numbers

# %%
check.newton_on_a_saddle(guess)

# %% [markdown]
# Here $\nabla f = (6, -4)$, and $H$ has $2$ and $-2$ on its diagonal: the step is $(-3, -2)$. If some eigenvalues are negative, the parabola goes down without an end, and the same formula leads to a saddle or a summit: it finds where the slope is zero, and does not ask which way is down. If one is 0, there is no $H^{-1}$, and no step.
#
# A classical test is a narrow, curved valley with its lowest point at $(1, 1)$.


# %%
def valley(p, q):
    return (1 - p) ** 2 + 100 * (q - p * p) ** 2


point = np.array([-1.2, 1.0])
for step in range(8):
    theta = [Value(number) for number in point]
    f = valley(*theta)
    print(f"step {step}: f = {f.data:<10.3g} at ({point[0]:.4f}, {point[1]:.4f})")
    point = point - np.linalg.solve(hessian(f, theta), grad(f, theta))

# %% [markdown]
# Step 2 leaps far up the other wall, since the valley is no parabola there; close to the lowest point it almost is one, and each step roughly doubles the number of right digits. Gradient descent sees the same valley without its curvature.

# %%
point = np.array([-1.2, 1.0])
for step in range(1, 2001):
    theta = [Value(number) for number in point]
    point = point - 0.001 * np.array(grad(valley(*theta), theta))
    if step in (10, 100, 1000, 2000):
        print(f"step {step}: f = {valley(*point):.3g} at ({point[0]:.4f}, {point[1]:.4f})")

# %% [markdown]
# The price is the matrix. How many second derivatives has a network of 2,410 parameters, such as that of lesson 8?

# %%
guess = (
    ### BEGIN SOLUTION
    2410**2
    ### END SOLUTION
)  # a number

# %%
check.numbers_of_a_hessian(guess)

# %% [markdown]
# A product $H \cdot v$, however, costs no more than a few gradients. It says how the gradient changes when the parameters move along $v$, and `hvp` computes it without $H$.

# %%
p, q = Value(-1.2, "p"), Value(1.0, "q")
f = valley(p, q)
v = [1.0, -2.0]
print(hvp(f, [p, q], v), "without the matrix")
print(hessian(f, [p, q]) @ v, "with it")

# %% [markdown]
# ### A network that is told its slope
#
# If a derivative is a `Value`, it can stand in a loss. Then a network need not be shown the right outputs; it suffices to say what law they obey. Take radioactive decay,
#
# $$u'(t) = -u(t), \qquad u(0) = 1,$$
#
# and let a network be $u$. Its loss is how badly it violates the law at nine instants and the start.

# %%
network = MLP(1, [8, 1], activation="tanh", seed=0)
T, start = leaves("t", np.linspace(0.0, 2.0, 9)), leaves("start", [0.0])

violations = []
for t in T:
    (u,) = network([t])
    violations.append((grad(u, t, create_graph=True) + u) ** 2)
J = sum(violations) / len(T) + (network(start)[0] - 1.0) ** 2
print(f"{len(topological_order(J))} nodes, with derivatives among them")

# %% [markdown]
# To train it is to differentiate these derivatives again, now by the weights. The graph is one like any other, so `lift` makes a program of it.

# %%
program = lift(J, inputs={"t": T, "start": start}, params=network)
optimizer = optim.Adam(0.02)
for step in range(2001):
    result = program(t=np.linspace(0.0, 2.0, 9), start=[0.0])
    if step % 500 == 0:
        print(f"step {step:>4}: J = {result.loss:.2e}")
    optimizer.step(program.params, result.grads)
program.push()

# %%
for t in np.linspace(0.0, 2.0, 6):
    print(f"t = {t:.1f}   network {network([t])[0].data:.4f}   exp(-t) {np.exp(-t):.4f}")

# %% [markdown]
# Nobody has told it about the exponential function.

# %% [markdown]
# ## Answer
#
# Yes, and so on. The rules by which gradients are computed are made of the very operations they are rules for.

# %% [markdown]
# ## Exercises
#
# Each has three hints: `check.hessian_by_hand.hint(1)`, then 2, then 3.

# %% [markdown]
# ### Exercise 1
#
# Let $f(x, y) = x^2 y + y^3$. Work out the Hessian at $(1, 2)$ on paper.

# %% minutes=6
H = (
    ### BEGIN SOLUTION
    # f_x = 2xy and f_y = x² + 3y², and each of them by x and by y.
    [[4.0, 2.0], [2.0, 12.0]]
    ### END SOLUTION
)  # [[…, …], […, …]]

# %%
check.hessian_by_hand(H)

# %% [markdown]
# ### Exercise 2
#
# Newton's method also finds zeros: to solve $g(x) = 0$, go to $x - g(x)/g'(x)$. At a lowest or a highest point of a smooth $f$, $f'$ is zero. Write one such step for a function `f` of one Value, from a float to a float, so that it goes to where $f'$ would vanish if $f$ were a parabola.


# %% minutes=8
def newton_step(f, number):
    ### BEGIN SOLUTION
    # The formula with H⁻¹, for a single variable.
    x = Value(number, "x")
    slope = grad(f(x), x, create_graph=True)
    return number - slope.data / grad(slope, x)
    ### END SOLUTION


# %%
check.newton(newton_step)

# %% [markdown]
# ### Exercise 3
#
# Gradient descent $\theta \leftarrow \theta - \eta \nabla f$ on the bowl $f = \tfrac12 p^2 + 2pq + \tfrac92 q^2$ comes to rest for a small $\eta$, and runs away for a large one. Where is the border? Along an eigenvector of $H$ with the eigenvalue $\lambda$ a step multiplies what is left to go by $1 - \eta\lambda$. Find the border to within one percent; descents on both sides of it are tried.

# %% minutes=8
border = (
    ### BEGIN SOLUTION
    # |1 - ηλ| < 1 for every λ: the steepest direction decides how fast all the others may learn.
    2.0 / np.linalg.eigvalsh([[1.0, 2.0], [2.0, 9.0]]).max()
    ### END SOLUTION
)  # a number

# %%
check.border_of_descent(border)
