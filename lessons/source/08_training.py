# %% [markdown]
# # 8 · Training: three engines, one history
#
# **Question.** Training computes the same gradients some thousand times. Does it matter which way they are computed?
#
# **Time.** About {minutes} minutes. **Before.** [Lesson 7](07_scalar_against_matrix.ipynb).
#
# **Afterwards you can**
# - train a network with a backward pass of your own,
# - write the training loop with scalars, and say what must not be forgotten in it,
# - tell steps, batches and epochs apart,
# - choose a learning rate, and recognise one that is too small or too large.
#
# Needs the library: `pip install .` in its folder; for Colab, `README.md` there says how.

# %%
import numpy as np

from duograd.course import lesson_08 as check
from nn import MLP, MatrixMLP, datasets, fit, losses, optim
from viz import draw, plot_history, write_lab

# %% [markdown]
# ## Experiment
#
# A gradient says in which direction $J$ grows fastest. So go a small step the other way, and do it again:
#
# $$W^{[l]} \leftarrow W^{[l]} - \eta\, dW^{[l]}, \qquad b^{[l]} \leftarrow b^{[l]} - \eta\, db^{[l]} .$$
#
# The *learning rate* $\eta$ says how far. That is gradient descent, and there is nothing more to training. A weight is $1$, its gradient is $-2$, and $\eta = 0.1$. What is the weight after the step?

# %%
guess = (
    ### BEGIN SOLUTION
    1.0 - 0.1 * -2.0
    ### END SOLUTION
)  # a number

# %%
check.one_step(guess)

# %% [markdown]
# Here are 150 irises of three kinds, and a network with an output for each kind. Its loss is the *cross-entropy*, which lesson 9 explains; here it is enough that it is small if the right output is by far the largest. `targets` has a column for each flower, with a 1 in the row of its kind and 0 elsewhere.

# %%
iris = datasets.load("iris")
X, Y = datasets.standardise(iris.X), iris.y
loss = losses.cross_entropy
targets = loss.targets(Y, 3, len(iris))

draw(MLP(4, [6, 3], seed=0))

# %% [markdown]
# Once with matrices:

# %%
twin = MatrixMLP.from_scalar(MLP(4, [6, 3], seed=0))
J_by_matrices = []
for _ in range(20):
    cache = twin.forward(X)
    J_by_matrices.append(loss.J(cache.A[2], targets))
    grads = twin.backward(cache, loss.dA(cache.A[2], targets))
    for l in (1, 2):
        twin.W[l] -= 0.3 * grads.dW[l]
        twin.b[l] -= 0.3 * grads.db[l]
print(f"J fell from {J_by_matrices[0]:.4f} to {J_by_matrices[-1]:.4f}")

# %% [markdown]
# And once with scalars. Since `backward` adds to what is in `grad` (lesson 2), it is set to zero before each step.

# %%
model = MLP(4, [6, 3], seed=0)
J_by_scalars = []
for _ in range(20):
    J = loss.mean([model(x) for x in X.T], targets.T.tolist())
    J_by_scalars.append(J.data)
    model.zero_grad()
    J.backward()
    for parameter in model.parameters():
        parameter.data -= 0.3 * parameter.grad
print("largest difference:", max(abs(a - b) for a, b in zip(J_by_scalars, J_by_matrices)))

# %% [markdown]
# ### Three engines
#
# `fit` is this loop, with an `engine` to compute the gradients: `"scalar"` and `"matrix"` as above, and `"lifted"`, which records one sample's scalar graph and runs the formulas found in it. It usually goes through the samples in *batches*, drawn in a new order each epoch, and makes a step after each. An estimate from 30 flowers is good enough to see which way is down, and five steps go further than one. 150 flowers, batches of 30, 40 epochs: how many steps are that?

# %%
guess = (
    ### BEGIN SOLUTION
    150 // 30 * 40
    ### END SOLUTION
)  # a number

# %%
check.steps_of_a_training(guess)

# %%
histories = {}
for engine in ("scalar", "matrix", "lifted"):
    history = fit(
        MLP(4, [6, 3], seed=0), X, Y, loss="cross_entropy",
        optimizer=optim.SGD(0.3), epochs=40, batch_size=30, engine=engine,
    )  # fmt: skip
    histories[engine] = history
    speed = len(iris) * history.epochs / history.seconds
    print(f"{engine:6}  J = {history.train_loss[-1]!r:<20}  {speed:>9,.0f} samples/s")

# %% [markdown]
# Three curves are in this picture.

# %%
plot_history({f"{engine} loss": history.train_loss for engine, history in histories.items()})

# %% [markdown]
# They lie on top of each other. In 200 steps every rounding error of the first has gone through all the others. How far apart are the losses at most: less than $10^{-14}$, about $10^{-6}$, or about $10^{-2}$?

# %%
guess = (
    ### BEGIN SOLUTION
    "1e-14"
    ### END SOLUTION
)  # "1e-14", "1e-6" or "1e-2"

# %%
check.gap_after_training(guess)

# %%
for engine in ("matrix", "lifted"):
    gap = np.abs(np.subtract(histories[engine].train_loss, histories["scalar"].train_loss))
    print(f"{engine} against scalar: at most {gap.max():.1e}")

# %% [markdown]
# ### When it gets larger
#
# The digits are images of $8 \times 8$ pixels from the hands of thirteen people. Here is one of 1,797.

# %%
digits = datasets.load("digits")
image = digits.X[:, 3].reshape(8, 8)
for row in image:
    print("".join(" .:-=+*#%@"[int(ink / 16 * 9)] * 2 for ink in row))
print("written was", digits.classes[digits.y[3]])

# %% [markdown]
# For these images, let a network have 32 hidden neurons and 10 outputs. How many parameters does it have?

# %%
guess = (
    ### BEGIN SOLUTION
    64 * 32 + 32 + 32 * 10 + 10
    ### END SOLUTION
)  # a number

# %%
check.parameters_of_a_reader(guess)

# %% [markdown]
# A step on 32 images would be some 160,000 scalar nodes, and there are more than a thousand steps. A quarter of the images is kept from training, to see what it is worth for images never seen. `Adam` is gradient descent that finds a step size for each parameter by itself.

# %%
known, unseen = datasets.split(digits, 0.25)
reader = MLP(64, [32, 10], activation="tanh", seed=0)
history = fit(
    reader, known.X / 16, known.y, loss="cross_entropy",
    optimizer=optim.Adam(0.01), epochs=40, batch_size=32,
    validation=(unseen.X / 16, unseen.y),
)  # fmt: skip
print(f"{history.steps:,} steps in {history.seconds:.2f} s")
print(f"of the unseen images, {history.validation_accuracy[-1]:.1%} are read correctly")

# %%
history

# %% [markdown]
# The dashed line is the more important one. The loss on known images goes to zero, since a network can learn them by heart; on unseen images it stops falling.
#
# And these are the ones that it gets wrong.

# %%
P = reader.predict_proba(unseen.X / 16)
for s in np.flatnonzero(P.argmax(axis=0) != unseen.y):
    read = P[:, s].argmax()
    print(f"image {s:>3}: a {unseen.y[s]}, read as {read} with probability {P[read, s]:.2f}")


# %% [markdown]
# The lab trains while you watch, with the numbers of `fit`. Press *Play*, stop anywhere, and take that very step apart.

# %%
write_lab("lab.html", address="room=train&d=spirals&h=16-16")

# %% [markdown]
# ## Answer
#
# Not for the result, which agrees to the last digits. For the time it matters a great deal, and that is why one writes formulas, or lets them be found.

# %% [markdown]
# ## Exercises
#
# Each has three hints: `check.own_step.hint(1)`, then 2, then 3.

# %% [markdown]
# ### Exercise 1
#
# Train with your own backward pass. Write one step: compute the gradients as in lesson 6, and change `twin.W[l]` and `twin.b[l]` of every layer. All layers have tanh, but for the last, which is linear; `twin.L` is the number of layers, `cache.A[l]` are the activations, and `dA` is $\partial J/\partial A^{[L]}$, as in lesson 6; `eta` is the learning rate. Nothing is returned. The judge reads your gradients off the change of the weights; then irises are learnt with it.


# %% minutes=8
def my_step(twin, cache, dA, eta):
    ### BEGIN SOLUTION
    for l in range(twin.L, 0, -1):
        dZ = dA * (1 - cache.A[l] ** 2) if l < twin.L else dA
        dA = twin.W[l].T @ dZ  # with the weights of the forward pass, so before they change
        twin.W[l] -= eta * dZ @ cache.A[l - 1].T
        twin.b[l] -= eta * dZ.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %%
check.own_step(my_step)

# %% [markdown]
# ### Exercise 2
#
# Write the loop with scalars: `steps` steps of gradient descent on all samples. `loss.mean([model(x) for x in X.T], targets.T.tolist())` is $J$, `model.parameters()` are the leaves. Return the list of the losses, each before its step, as floats. It is compared with `fit`, loss for loss.


# %% minutes=6
def train(model, loss, X, targets, steps, eta):
    ### BEGIN SOLUTION
    seen = []
    for _ in range(steps):
        J = loss.mean([model(x) for x in X.T], targets.T.tolist())
        seen.append(J.data)
        model.zero_grad()  # or the gradients of all steps before are added
        J.backward()
        for parameter in model.parameters():
            parameter.data -= eta * parameter.grad
    return seen
    ### END SOLUTION


# %%
check.loop_of_scalars(train)

# %% [markdown]
# ### Exercise 3
#
# Gradient descent with *momentum* keeps a velocity for each parameter. In each step $v \leftarrow \beta v - \eta\, g$, where $g$ is the gradient, and the parameter moves by $v$. Write the step: return the new velocity and the new parameter, both arrays.


# %%
def momentum_step(parameter, velocity, gradient, eta, beta):
    ### BEGIN SOLUTION
    # With a constant gradient the speed approaches ηg / (1 - β): ten times that of plain descent for β = 0.9.
    velocity = beta * velocity - eta * gradient
    return velocity, parameter + velocity
    ### END SOLUTION


# %%
check.momentum(momentum_step)

# %% [markdown]
# ### Exercise 4
#
# Find a learning rate for plain gradient descent (no batches, no momentum) with which 40 epochs take the iris network below $J = 0.1$. `fit(MLP(4, [6, 3], seed=0), X, Y, loss="cross_entropy", optimizer=optim.SGD(rate), epochs=40).train_loss[-1]` is where a rate ends. What happens with $0.01$, and what with $50$?

# %%
rate = (
    ### BEGIN SOLUTION
    # From 1 to 10 all do; that is more than usual: the network is small, its inputs are standardised, and the
    # gradient is that of all the data.
    2.0
    ### END SOLUTION
)  # a number

# %%
check.learning_rate(rate)
