"""Measurements against peers: ``python -m benchmarks COMMAND`` prints ratios and how they were taken."""
