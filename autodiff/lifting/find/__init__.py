"""Find: the scalar operations of a tape become formulas on arrays.

In this order: ``roles`` tells what each operation is to a sum, ``fold`` makes sums of products, ``equal``
makes one of units that are computed twice, ``scales`` and ``shifts`` leave out what is a coefficient and
what cancels in a softmax, ``group`` puts like things together, ``repeated`` makes equal terms one,
``recognise`` sees what they are as arrays, with ``pairing`` for matrix products, ``layout`` and
``placement`` for where results lie; ``factors`` pulls out what all terms have, ``named`` finds things with a
name, ``written`` puts all in the writer's order. ``pipeline`` calls them, and gives a ``Plan``.

May import ``plan``, ``formula``, ``block_names``, ``arguments`` and ``record`` of ``lifting``,
``formulas``, ``labels`` and ``engine``; nothing of ``compile`` and ``write``.
"""
