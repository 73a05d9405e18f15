"""Training: ``fit_loop`` holds ``fit``, and ``training`` one that can be stopped and gone on with.

``plan`` says what is learnt from, ``engines`` are three ways to the same gradients, and ``devices`` is a
fourth, on many devices, of which ``traffic`` reads what they send each other. ``optim`` says what a step does
with gradients, ``metrics`` and ``history`` what is measured. ``checkpoint`` is what is written to a file, and
``resuming`` what of a training is. Of ``nn`` this room imports ``nn.model``, ``nn.losses``,
``nn.probability``, ``nn.files`` and ``nn.registry``.
"""

import lazy_loader

__getattr__, __dir__, _ = lazy_loader.attach(__name__, ["optim"])  # which `nn` offers by its name
