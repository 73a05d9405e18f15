"""The commands: ``duograd compare | train | predict | judge | draw | explore | explain``.

They stand above the three packages and are the only place that imports both ``nn`` and ``viz``. A module
is a command and bears its name; they share

- ``program``: how a program finds its command, runs it and ends;
- ``options``: how the words of a command line become a checked, frozen object;
- ``experiment``: data, network and loss that such an object describes;
- ``training``: how that network is trained.

``entries`` lists which programs there are, ``python -m autodiff``, ``nn`` and ``viz`` among them.
"""
