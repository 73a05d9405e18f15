"""Where data come from, what a loss says about them, and how close a network comes to the truth."""

from nn.probability.calibration import Calibration, calibration, kl_divergence
from nn.probability.distributions import Bernoulli, Categorical, Laplace, Normal
from nn.probability.joint import Conditional, Estimate, GaussianMixture, NoisyFunction

__all__ = [
    "Bernoulli",
    "Calibration",
    "Categorical",
    "Conditional",
    "Estimate",
    "GaussianMixture",
    "Laplace",
    "NoisyFunction",
    "Normal",
    "calibration",
    "kl_divergence",
]
