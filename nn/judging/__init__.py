"""The judge of code that somebody else wrote: a scalar class, or a file with a backward pass in it.

``scalar_class`` checks a class such as micrograd's ``Value`` operation by operation, and
``scalar_mistakes`` names what is wrong with it. ``submitted_file`` judges a Python file in a
process of its own; there, ``submission`` runs it and ``neighbours`` decides what its imports find.
Of ``nn`` this room imports ``nn.comparing`` and all that lies below it.
"""
