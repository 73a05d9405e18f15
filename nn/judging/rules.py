"""Which of the four rules of a layer a function is: by its name, or by what it takes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from nn.diagnosing.calling import operand_named
from nn.model.activations import ACTIVATIONS

__all__ = ["RULES", "activation_in", "rule_of", "rules_in", "takes_activation"]

# What each rule needs, and what else it may take.
RULES: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "dZ": (frozenset({"dA"}), frozenset({"Z", "A", "g"})),
    "dW": (frozenset({"dZ", "A"}), frozenset()),
    "db": (frozenset({"dZ"}), frozenset()),
    "dA": (frozenset({"W", "dZ"}), frozenset()),
}
OPERANDS = ("dA", "dZ", "Z", "A", "W", "g")


def rule_of(name: str, parameters: Sequence[str]) -> str:
    """The rule that a function of this name with these parameters is, ``""`` if it is none.

    >>> rule_of("dW", ["d", "a"]), rule_of("my_rule", ["dZ", "A_prev"]), rule_of("dZ_of_relu", ["d", "z"])
    ('dW', 'dW', 'dZ')
    >>> rule_of("my_rule", ["W", "dZ"]), rule_of("my_rule", ["dA", "Z"]), rule_of("loss", ["W", "X"])
    ('dA', 'dZ', '')
    """
    if name in RULES:
        return name
    named = [operand_named(each, OPERANDS) for each in parameters]
    taken = {each for each in named if each}
    if len(taken) == len(parameters) > 0:
        for rule, (needed, more) in RULES.items():
            if needed <= taken <= needed | more and (taken != needed or not more):
                return rule
    words = rules_in(name)
    return words[0] if words and 1 <= len(parameters) <= 4 else ""


def rules_in(name: str) -> list[str]:
    """The rules that a name speaks of.

    >>> rules_in("my_dW"), rules_in("dWeights")
    (['dW'], [])
    """
    return [each for each in re.findall(r"[A-Za-z]+", name) if each in RULES]


def takes_activation(parameters: Sequence[str]) -> bool:
    """Whether a rule for dZ with these parameters is told the activation, so that it can be one for all."""
    return len(parameters) > 3 or "g" in parameters


def activation_in(name: str) -> str:
    """The activation that a function's name speaks of, ``""`` if it speaks of none.

    >>> activation_in("dZ_of_sigmoid"), activation_in("leaky_relu_dZ"), activation_in("dZ")
    ('sigmoid', 'leaky_relu', '')
    """
    by_length = sorted(ACTIVATIONS, key=len, reverse=True)
    return next((g for g in by_length if re.search(rf"(?<![a-z]){g}(?![a-z])", name.lower())), "")
