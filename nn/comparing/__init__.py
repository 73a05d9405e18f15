"""Backpropagation four ways, element by element.

``four_ways`` computes every quantity by scalars, by matrices, by the lifted program and by
``differences``; ``comparison`` is the result, as a table and as files. Of ``nn`` this room imports
``nn.model``, ``nn.losses``, ``nn.diagnosing`` and ``nn.files``.
"""
