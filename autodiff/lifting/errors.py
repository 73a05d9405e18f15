"""What ``lift`` raises where it has no program to give."""

__all__ = ["LiftError"]


class LiftError(RuntimeError):
    """The lifted program does not give what the graph gave, or the graph has an operation without a rule."""
