"""Backward passes with mistakes, as people write them, and what the judge has to say about each."""
