"""Training: the loop, its engines, optimisers, history and checkpoints."""
