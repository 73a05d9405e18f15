"""What is first wrong in somebody's matrix backward pass, and which mistake it probably is.

``submitted_pass`` runs the pass, ``mistakes`` lists what people get wrong, each as a formula that
makes the mistake, and ``diagnosis`` names the one that reproduces the wrong numbers. Of ``nn`` this
room imports ``nn.model`` and ``nn.registry``.
"""
