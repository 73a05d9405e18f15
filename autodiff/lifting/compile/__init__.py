"""Compile: formulas and their adjoints become NumPy calls on preallocated arrays.

``emit`` writes the forward pass and ``adjoint`` the backward pass, whose shares ``cotangents`` adds up, with
a ``Writer`` that knows how NumPy calls are quickest, and ``evaluation`` for the rules of the table;
``rolling`` makes loops of lines that repeat. ``run`` is the result, with its buffers for one number of
samples. ``diagnose`` says which formula left its domain.

May import ``plan``, ``formula`` and ``record`` of ``lifting``, ``formulas``, ``labels`` and ``engine``.
"""
