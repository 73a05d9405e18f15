"""Named things: formulas that together are what a textbook has a name for are found, and become one.

Each module looks for things of one kind: ``softmax`` for the softmax (``exponentials``) and what is made with
it (``cross_entropy``, ``picks``), ``sigmoids`` for the sigmoid and its kin, ``norms`` for columns divided by
their length or their spread (``spreads``), ``causal`` for attention, whose softmaxes are ``ragged`` and
multiplied by values (``mixing``), ``parts`` for what is done with some elements of a matrix (``whole``) that
labels pick (``one_hot``); ``ties`` leaves out what the value of a thing does not need. The formulas
that compute a thing become its steps (``formulary``). What a thing's derivative is, and why, is said in
``autodiff.lifting.things``.
"""

from autodiff.lifting.find.named.find_things import name_things

__all__ = ["name_things"]
