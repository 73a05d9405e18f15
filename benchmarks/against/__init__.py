"""Against another version: the programs of this checkout's benchmarks, with its ``lift`` and another's."""
