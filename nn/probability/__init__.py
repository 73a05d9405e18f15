"""Where data come from, what a loss says about them, and how close a network comes to the truth."""

from nn.probability.calibration import Calibration, calibration, kl_divergence
from nn.probability.distributions import Bernoulli, Categorical, Laplace, Normal
from nn.probability.joint import Classification, Estimate
from nn.probability.mixture import GaussianMixture
from nn.probability.regression import Conditional, NoisyFunction

__all__ = [
    "Bernoulli",
    "Calibration",
    "Categorical",
    "Classification",
    "Conditional",
    "Estimate",
    "GaussianMixture",
    "Laplace",
    "NoisyFunction",
    "Normal",
    "calibration",
    "kl_divergence",
]
