"""Where data come from, what a loss says about them, and how close a network comes to the truth.

``distributions`` of one variable, ``joint`` ones of x and y with their Bayes error, ``mixture`` and
``regression`` among these, and ``calibration`` of the probabilities that a network gives. Of ``nn``
this room imports ``nn.model``.
"""

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
