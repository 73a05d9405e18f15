"""Find: the scalar operations of a tape become formulas on arrays.

In this order: ``roles`` tells what each operation is to a sum, ``fold`` makes sums of products, ``shifts``
leaves out what cancels in a softmax, ``group`` puts like things together, ``repeated`` makes equal terms
one, ``recognise`` sees what they are as arrays, with ``pairing`` for matrix products, ``layout`` and
``placement`` for where results lie. ``pipeline`` calls them, and gives a ``Plan``.

May import ``plan``, ``formula``, ``block_names``, ``arguments`` and ``record`` of ``lifting``,
``formulas``, ``labels`` and ``engine``; nothing of ``compile`` and ``write``.
"""
