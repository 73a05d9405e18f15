"""The commands: ``duograd compare | train | predict | judge | draw | explore``, and those of each package.

They stand above all three packages, and are the only place that imports both ``nn`` and ``viz``.
"""
