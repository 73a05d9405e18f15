"""Networks: neurons, layers and MLPs of Values (``mlp``), and the matrix twin (``matrix``).

``module`` is what has parameters, ``samples`` what goes in; ``activations`` and ``init`` are chosen
by name. Imports nothing of ``nn`` but ``nn.registry``.
"""

import lazy_loader

__getattr__, __dir__, _ = lazy_loader.attach(__name__, ["activations", "init"])  # which `nn` offers
