# %% [markdown]
# # 9 · What a loss says about the data
#
# **Question.** A loss makes one number of outputs and targets. Where does its formula come from?
#
# **Time.** About {minutes} minutes. **Before.** [Lesson 8](08_training.ipynb), and what a probability is.
#
# **Afterwards you can**
# - name the distribution behind a loss, and say what that does and does not claim,
# - write $dZ$ of softmax with the cross-entropy,
# - say how low a loss can go, and what is lost on top of it,
# - say what $P(x)$ is good for, and when it is not needed.
#
# Needs the library: `pip install .` in its folder; for Colab, `README.md` there says how.

# %%
import numpy as np

from autodiff import leaves, softmax
from duograd.course import lesson_09 as check
from nn import MLP, MatrixMLP, datasets, fit, losses, optim
from nn.probability import Bernoulli, Categorical, Laplace, Normal, calibration, kl_divergence
from viz import draw, plot_decision_boundary

# %% [markdown]
# ## Experiment
#
# ### Outputs are a bet
#
# Data come from somewhere: $(x, y) \sim \mathcal{D}$. For a given $x$ there may be several $y$ that could have come with it, so the best that can be said about $y$ is a distribution, $P(y \mid x)$. A network says it: its outputs $a$ are not a guess at $y$, but the *parameters* of a distribution for $y$.
#
# Two models bet on three flips of a coin that come out heads, heads, tails. One says $P(\text{heads}) = 0.5$, the other $0.9$. Which of them makes what came more probable?

# %%
guess = (
    ### BEGIN SOLUTION
    0.5
    ### END SOLUTION
)  # 0.5 or 0.9

# %%
check.more_probable(guess)

# %% [markdown]
# How good is what a network says? Ask how probable it makes the data that did come. For independent samples these probabilities multiply, which is called the *likelihood*. (If $y$ is any real number, $P$ stands for the density: there the likelihood may be above 1, and the loss below 0.) With a logarithm the product becomes a sum, with a minus sign large becomes small, and with $1/m$ it is a mean:
#
# $$J = -\frac{1}{m} \sum_{s=1}^{m} \log P(y_s \mid x_s) .$$
#
# Choose a distribution and you have a loss. Do the well-known losses come from one? Here are random outputs and targets, twice, and what remains when $-\log P$ is taken away from the loss.

# %%
rng = np.random.default_rng(0)
numbers, bits, classes = rng.normal(size=(1, 8)), rng.integers(0, 2, (1, 8)), rng.integers(0, 3, 8)

for _ in range(2):
    a, z = rng.normal(size=(1, 8)), rng.normal(size=(3, 8))
    for loss, targets, distribution in (
        (losses.mse, numbers, Normal(a, variance=0.5)),
        (losses.mae, numbers, Laplace(a, scale=1.0)),
        (losses.binary_cross_entropy, bits, Bernoulli(a)),
        (losses.cross_entropy, classes, Categorical(z)),
    ):
        A = z if targets is classes else a
        J = loss.J(A, loss.targets(targets, len(A), 8))
        rest = J + distribution.log_prob(targets).mean()
        print(f"{loss.name:20}  J = {J:.4f}  less -log {type(distribution).__name__:11}  {rest:+.4f}")
    print()

# %% [markdown]
# For each loss the rest is the same both times, whatever the outputs are. A constant changes no gradient. So to minimise squared errors is to maximise the likelihood of targets that are normally distributed around the outputs, with one variance for all of them. With the variance $\tfrac12$, as here, $-\log P$ is $(y - a)^2$ and a constant; with another it is that times a factor, and lowest at the same place. Absolute errors go with the Laplace distribution, whose density falls off as $e^{-|y - a|}$, and cross-entropies with outcomes drawn with the probabilities $\sigma(a)$, the sigmoid, or $\operatorname{softmax}(z)$.
#
# That is an equivalence of two sums, not a claim about the data. The squared error has a meaning of its own: whatever the distribution, the output that makes its mean smallest is the expected value $\mathbb{E}[y \mid x]$, and for the absolute error it is the median. Only who reads more than that from the outputs, such as how far $y$ may stray, needs the distribution to be right.

# %% [markdown]
# ### Softmax
#
# For classes, the last layer gives a *logit* $z_k$ for each of them, any number, and
#
# $$P(y = k \mid x) = \operatorname{softmax}(z)_k = \frac{e^{z_k}}{\sum_j e^{z_j}}, \qquad J = -\log P(y \mid x) = \log \sum_j e^{z_j} - z_y .$$

# %%
z = leaves("z", [2.0, 1.0, -1.0])
J = (z[0].exp() + z[1].exp() + z[2].exp()).log() - z[1]  # the class that came is 1
J.label = "J"
J.backward()

draw(J)

# %% [markdown]
# The logits are $2$, $1$ and $-1$, and the class that came is 1. Which sign has $\partial J/\partial z_k$, for $k = 0, 1, 2$?

# %%
guess = (
    ### BEGIN SOLUTION
    "+-+"
    ### END SOLUTION
)  # three signs, such as "+++"

# %%
check.signs_of_pulls(guess)

# %% [markdown]
# The way there and back is winding, and yet the gradients come out simple. (`losses.cross_entropy` is this formula, written so that no exponential overflows.)

# %%
P = np.array([p.data for p in softmax(z.tolist())])
print("gradients     ", np.array([each.grad for each in z]).round(4))
print("probabilities ", P.round(4))
print("class as 0, 1 ", np.array([0.0, 1.0, 0.0]))

# %% [markdown]
# What is the sum of the three gradients?

# %%
guess = (
    ### BEGIN SOLUTION
    0.0
    ### END SOLUTION
)  # a number

# %%
check.sum_of_pulls(guess)

# %% [markdown]
# $$\frac{\partial J}{\partial z_k} = P(y = k \mid x) - [\,y = k\,]$$
#
# Each logit is pulled down by the probability it was given, and that of the class that came is pulled up by 1. The gradient of a weight of the last layer is the mean of these pulls, each times the feature that the weight looks at (lesson 4). So the network is at rest when the pulls cancel *against every feature*: summed over the samples, weighted by that feature; for the bias, whose feature is always 1, that means that the probabilities are right on average. No single pull has to be zero.

# %% [markdown]
# ### How low can a loss go?
#
# Usually nobody knows $\mathcal{D}$. Here we made it: three clouds of points that overlap, so that $P(y \mid x)$ is known exactly. A network sees 600 samples and nothing else.

# %%
truth = datasets.blobs_truth(noise=0.6, classes=3)
X, y = truth.sample(600, seed=1)
model = MLP(2, [8, 3], activation="tanh", seed=0)
fit(model, X, y, loss="cross_entropy", optimizer=optim.Adam(0.01), epochs=60, batch_size=50)

plot_decision_boundary(model, X, y, posterior=truth.posterior)

# %% [markdown]
# On the left is what it makes of them, on the right the truth: the picture calls $P(y \mid x)$ the *posterior*. How low could the loss on *new* samples go, with the best network there can be: to 0, or to something above?

# %%
guess = (
    ### BEGIN SOLUTION
    "above"
    ### END SOLUTION
)  # "0" or "above"

# %%
check.lowest_loss(guess)

# %% [markdown]
# Where clouds overlap, neither is sure, and nobody can be: an $x$ there comes with one class today and with another tomorrow. So there is an amount that the expected cross-entropy of no network falls below: the *entropy* $H$ of the true probabilities $P(y \mid x)$, in the mean over all $x$. What a network with the probabilities $Q(y \mid x)$ loses on top of it is the Kullback–Leibler divergence. It is never negative, and 0 only where $Q$ is $P$. With $\mathbb{E}$ for the mean over $(x, y) \sim \mathcal{D}$:
#
# $$\underbrace{-\mathbb{E} \log Q}_{\text{cross-entropy}} = \underbrace{-\mathbb{E} \log P}_{H} + \underbrace{\mathbb{E} \log \frac{P}{Q}}_{\text{KL}(P \,\Vert\, Q)} .$$

# %%
X_new, y_new = truth.sample(5000, seed=2)
P = truth.posterior(X_new)
entropy = -(P * np.log(P)).sum(axis=0).mean()


def show(name, model):
    Q = MatrixMLP.from_scalar(model).predict_proba(X_new)
    cross_entropy, kl = -(P * np.log(Q)).sum(axis=0).mean(), kl_divergence(P, Q)
    mistakes = np.mean(Q.argmax(axis=0) != y_new)
    print(f"{name}: {cross_entropy:.4f} = {entropy:.4f} + {kl:.4f}, and {mistakes:.1%} mistakes")


show("600 samples", model)
print(f"the best classifier there can be makes {truth.bayes_error().value:.1%} mistakes")

# %% [markdown]
# A network that is shown few samples, for a long time, falls below $H$ on *those*. It has not outsmarted chance; it has learnt the outcomes by heart, and pays for it on new ones.

# %%
few = MLP(2, [8, 3], activation="tanh", seed=0)
history = fit(few, X[:, :60], y[:60], loss="cross_entropy", optimizer=optim.Adam(0.03), epochs=2000)
print(f"loss on its own 60 samples: {history.train_loss[-1]:.4f}, below H = {entropy:.4f}")

show("60 samples", few)

# %% [markdown]
# Its bets are too bold, too. Among the samples about which a model is 90 % sure, nine in ten should be right; this can be counted without knowing the truth.

# %%
for name, each in (("600 samples", model), ("60 samples", few)):
    table = calibration(MatrixMLP.from_scalar(each).predict_proba(X_new), y_new, bins=5)
    print(f"trained on {name}\n{table}\n")

# %% [markdown]
# ### Is $P(x)$ of any use?
#
# All this was about $P(y \mid x)$. But $(x, y) \sim \mathcal{D}$ has another half: $P(x, y) = P(y \mid x)\,P(x)$, and no loss above mentions $P(x)$. To tell classes apart it is not needed: it is the same for every class. What it knows is *which inputs are to be expected*. Ask the network about a point that is far from everything it has seen. How will it bet there: about a third on each of the three classes, or more than four fifths on one of them?

# %%
guess = (
    ### BEGIN SOLUTION
    "one"
    ### END SOLUTION
)  # "a third" or "one"

# %%
check.far_away(guess)

# %%
far = np.array([[25.0], [-40.0]])
print("P(y|x) of the network:", MatrixMLP.from_scalar(model).predict_proba(far).ravel().round(3))
print("log P(x) there:       ", truth.log_marginal(far).round(1))
print("log P(x), typical:    ", np.median(truth.log_marginal(X_new)).round(1))

# %% [markdown]
# The network bets there as if it knew the place: softmax divides one bet among the classes, and "none of them, I have never seen this" is not among them. $P(x)$ can say it. So a model of $P(x)$ is worth its effort where that is the question: to notice inputs unlike any before (faults, frauds, a camera that slipped), to fill in a missing feature, to use samples that nobody has labelled, and to make new ones, which is what generative models do. Where all inputs are of the same kind as before, and only $y$ is asked for, it is effort for something that cancels.

# %% [markdown]
# ## Answer
#
# These losses are, up to a constant, the negative logarithm of the probability, or density, that the network gave to what happened. To choose one is to choose what the outputs are the parameters of; whether the data scatter like that is another question.

# %% [markdown]
# ## Exercises
#
# Each has three hints: `check.best_constants.hint(1)`, then 2, then 3.

# %% [markdown]
# ### Exercise 1
#
# The targets are $1, 2, 3, 4$ and $100$, and a network without inputs has a single output $c$ for all of them. Which $c$ is best by the squared error, and which by the absolute error?

# %%
constants = (
    ### BEGIN SOLUTION
    # The mean and the median. One listens to every target, the other does not mind how far away one is.
    (22.0, 3.0)
    ### END SOLUTION
)  # two numbers: (by the squared error, by the absolute error)

# %%
check.best_constants(constants)

# %% [markdown]
# ### Exercise 2
#
# Write $dZ = \partial J/\partial Z$ for the mean cross-entropy of a batch, from the logits $Z$ of shape $(K, m)$ and $Y$ of the same shape, which has a 1 in each column, for the class that came. The judge differentiates the cross-entropy itself.


# %% minutes=6
def my_dZ(Z, Y):
    ### BEGIN SOLUTION
    P = np.exp(Z - Z.max(axis=0))
    P = P / P.sum(axis=0)
    return (P - Y) / Z.shape[1]
    ### END SOLUTION


# %%
check.dZ_of_cross_entropy(my_dZ)

# %% [markdown]
# ### Exercise 3
#
# A network can also say how much the targets scatter. The loss `gaussian_nll` takes a mean $\mu$ and a log-variance $s = \log \sigma^2$; but for a constant it is $\tfrac12 (s + (y - \mu)^2 e^{-s})$ for a sample. Suppose $\mu$ is settled, and the errors $y - \mu$ are given, as an array. Which single $s$ makes the mean of this loss smallest?


# %% minutes=8
def best_s(errors):
    ### BEGIN SOLUTION
    # ½ (1 - e⁻ˢ · mean of squares) = 0: the best variance to state is the one that the errors have.
    return np.log(np.mean(errors**2))
    ### END SOLUTION


# %%
check.best_log_variance(best_s)
