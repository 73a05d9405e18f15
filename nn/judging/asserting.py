"""What ``assert judge(...)`` says when it fails.

A bare ``assert`` raises an error without a message: a learner sees that something failed, and not what. So a
verdict that is asked for its truth by a bare ``assert`` raises this very error itself, with the table in it.
pytest, which writes asserts anew, shows the verdict by itself.
"""

from __future__ import annotations

import dis
from types import FrameType

__all__ = ["is_bare_assert"]

_NOTHING = ("CACHE", "NOT_TAKEN", "NOP", "EXTENDED_ARG")
_FAILS = (("LOAD_ASSERTION_ERROR", "LOAD_COMMON_CONSTANT"), ("RAISE_VARARGS",))  # and no message in between


def is_bare_assert(caller: FrameType | None) -> bool:
    """Whether the code of this frame is just now asking for a truth that, if it is none, ends in an
    ``AssertionError`` without a message. Where that cannot be told, it is not said so.

    >>> import sys
    >>> class Verdict:
    ...     def __bool__(self):
    ...         return not is_bare_assert(sys._getframe(1))
    >>> if Verdict():
    ...     print("no assert here")
    no assert here
    >>> assert Verdict()
    Traceback (most recent call last):
    AssertionError
    """
    if caller is None:
        return False
    code = [each for each in dis.get_instructions(caller.f_code) if each.opname not in _NOTHING]
    jumps = [each for each in code if each.offset >= caller.f_lasti and each.opname != "TO_BOOL"][:1]
    if not jumps or "JUMP" not in jumps[0].opname:
        return False
    (jump,) = jumps
    falsy = jump.argval if "IF_FALSE" in jump.opname else jump.offset + 1
    reached = [each for each in code if each.offset >= falsy][:2]
    return [each.opname in opnames for each, opnames in zip(reached, _FAILS)] == [True, True]
