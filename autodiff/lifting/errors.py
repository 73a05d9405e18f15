"""What ``lift`` raises where it has no program to give."""

__all__ = ["LiftError"]


class LiftError(RuntimeError):
    """The lifted program does not give what the graph gave, or the graph has an operation without a rule.

    >>> from autodiff import Value, lift
    >>> w = Value(2.0, "w")
    >>> lift(Value(1.0, (w,), (0.123,)), {}, [w])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    autodiff.lifting.errors.LiftError: the node made by hand at ...
    """
