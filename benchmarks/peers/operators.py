"""This library without ``nn`` and ``dot``: each neuron a sum of products, each node made at once."""

from __future__ import annotations

from autodiff import Value
from benchmarks.peers.network import written_out
from benchmarks.problem import Problem
from benchmarks.timing import Contestant

__all__ = ["contestant"]


def contestant(problem: Problem) -> Contestant:
    """``Value`` and its operators at work on ``problem``."""
    return written_out("duograd, + and *", Value, problem)
