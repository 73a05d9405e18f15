"""Numbers, texts and containers as bytes, and back: all that a submission and its judge say to each other.

Nothing but numbers, texts and containers comes out of bytes: no code, no classes of anybody's. An array is
its dtype, shape and bytes; whatever else somebody returned is only named. This module imports nothing of
the library: it is read in the process of a submission, too.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

__all__ = ["LARGEST", "Unreadable", "packed", "read_frame", "unpacked"]

LARGEST = 64_000_000  # bytes of a message
DEEP = 20  # containers inside containers


class Unreadable:
    """What was no number, text or container there.

    Args:
        kind: the name of its type.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError(f"a {self.kind} is no array of numbers")

    def __repr__(self) -> str:
        return f"<{self.kind}>"


def packed(thing: Any) -> bytes:
    """A message.

    Raises:
        ValueError: if it is larger than ``LARGEST``.
    """
    arrays: list[bytes] = []
    text = json.dumps(_told(thing, arrays, 0)).encode()
    body = b"".join([struct.pack("<Q", len(text)), text, *arrays])
    if len(body) > LARGEST:
        raise ValueError(f"{len(body)} bytes are more than {LARGEST}")
    return struct.pack("<Q", len(body)) + body


def unpacked(body: bytes) -> Any:
    """What a message, without its length, says.

    Raises:
        ValueError: if it is none.
    """
    try:
        (length,) = struct.unpack_from("<Q", body)
        told = json.loads(body[8 : 8 + length])
        return _understood(told, memoryview(body)[8 + length :])
    except (struct.error, KeyError, TypeError, IndexError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(f"no message: {error}") from error


def read_frame(read: Callable[[int], bytes]) -> bytes | None:
    """The next message, without its length; None at the end.

    Args:
        read: gives at most so many bytes, none at the end.

    Raises:
        ValueError: for a message that is cut off, or too long.
    """
    head = _exactly(read, 8)
    if not head:
        return None
    (length,) = struct.unpack("<Q", head)
    if length > LARGEST:
        raise ValueError(f"a message of {length} bytes")
    body = _exactly(read, length)
    if len(body) < length:
        raise ValueError("a message that is cut off")
    return body


def _exactly(read: Callable[[int], bytes], count: int) -> bytes:
    found = bytearray()
    while len(found) < count:
        part = read(min(count - len(found), 1 << 20))
        if not part:
            break
        found += part
    return bytes(found)


def _told(thing: Any, arrays: list[bytes], depth: int) -> Any:
    if depth > DEEP:
        return {"o": type(thing).__name__}
    if thing is None or type(thing) in (bool, int, float, str):
        return {"v": thing}
    if isinstance(thing, (np.ndarray, np.generic)):
        array = np.array(thing, subok=False)
        if array.dtype.kind not in "biufc":
            return {"o": f"{type(thing).__name__} of {array.dtype}"}
        array = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<")))
        start = sum(map(len, arrays))
        arrays.append(array.tobytes())
        return {"a": [array.dtype.str, list(np.shape(thing)), start, len(arrays[-1])]}
    if isinstance(thing, Mapping):
        return {"d": [[_told(k, arrays, depth + 1), _told(v, arrays, depth + 1)] for k, v in thing.items()]}
    if isinstance(thing, (list, tuple)):
        kind = "t" if isinstance(thing, tuple) else "l"
        return {kind: [_told(each, arrays, depth + 1) for each in thing]}
    if isinstance(thing, (float, int, str)):  # of a class made of these
        return {
            "v": float(thing)
            if isinstance(thing, float)
            else int(thing)
            if isinstance(thing, int)
            else str(thing)
        }
    return {"o": type(thing).__name__}


def _understood(told: Any, arrays: memoryview) -> Any:
    ((kind, what),) = told.items()
    if kind == "v":
        return what
    if kind == "a":
        dtype, shape, start, length = what
        made = np.dtype(dtype)
        if made.kind not in "biufc":
            raise ValueError(f"no numbers: {dtype}")
        return (
            np.frombuffer(arrays[start : start + length], made).reshape(shape).astype(made.newbyteorder("="))
        )
    if kind == "d":
        return {_key(_understood(k, arrays)): _understood(v, arrays) for k, v in what}
    if kind == "o":
        return Unreadable(str(what))
    listed = [_understood(each, arrays) for each in what]
    return tuple(listed) if kind == "t" else listed


def _key(key: Any) -> Any:
    return key if key is None or isinstance(key, (bool, int, float, str)) else repr(key)
