"""From formulas to things with names."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from autodiff.lifting.find.named.binary_cross_entropy import name_binary_cross_entropies
from autodiff.lifting.find.named.causal import complete_causal
from autodiff.lifting.find.named.distances import name_distances
from autodiff.lifting.find.named.extremes import name_extremes, name_largest
from autodiff.lifting.find.named.formulary import Formulary
from autodiff.lifting.find.named.normal import name_normals
from autodiff.lifting.find.named.norms import name_lengths, name_norms, name_variances
from autodiff.lifting.find.named.parts import complete_parts
from autodiff.lifting.find.named.proportions import name_proportions
from autodiff.lifting.find.named.rectified import name_relus
from autodiff.lifting.find.named.sigmoids import name_logarithms, name_sigmoids
from autodiff.lifting.find.named.signs import without_ones
from autodiff.lifting.find.named.softmax import name_softmaxes
from autodiff.lifting.find.named.split import split_joined
from autodiff.lifting.find.named.ties import without_ties
from autodiff.lifting.find.named.weighted import weighted
from autodiff.lifting.find.placement import Placement
from autodiff.lifting.formula import Block, Formula

__all__ = ["name_things"]


def name_things(
    formulas: Sequence[Formula], places: Placement, needs: Collection[Block], held: Collection[Block]
) -> list[Formula]:
    """The formulas of a program, those that together compute a thing as the steps of one.

    Args:
        formulas: as they were recognised, in the order in which they run.
        places: of their numbers; things may need further blocks.
        needs: the blocks whose cotangents are computed.
        held: blocks that are asked for, so that they are no steps.
    """
    formulary = Formulary(formulas, places, needs, held)
    name_largest(formulary)
    split_joined(formulary)
    without_ones(formulary)
    name_relus(formulary)
    name_normals(formulary)
    name_sigmoids(formulary)
    name_binary_cross_entropies(formulary)
    name_logarithms(formulary)
    name_softmaxes(formulary)
    complete_causal(formulary)
    complete_parts(formulary)
    name_distances(formulary)
    name_norms(formulary)
    name_proportions(formulary)
    name_variances(formulary)
    name_lengths(formulary)
    name_extremes(formulary)
    lines = formulary.result(lambda step: without_ties(step, formulary))
    return [
        replace(line, steps=tuple(weighted(step, formulary, masks=False) for step in line.steps))
        if line.thing
        else weighted(line, formulary)
        for line in lines
    ]
