"""Training: ``fit_loop`` holds ``fit``, and ``training`` one that can be stopped and gone on with.

``engines`` are three ways to the same gradients, ``optim`` says what a step does with them,
``history`` what was measured, and ``checkpoint`` what is written to a file. Of ``nn`` this room
imports ``nn.model``, ``nn.losses``, ``nn.files`` and ``nn.registry``.
"""
