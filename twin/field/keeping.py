"""State to bytes and back, for snapshots."""

from __future__ import annotations

from typing import Protocol, TypeVar

import msgspec
import numpy as np

from twin.core import codec

S = TypeVar("S", bound=msgspec.Struct)


class Kept(Protocol):
    """A part of the field whose state goes into the snapshot."""

    def dump(self) -> bytes: ...

    def load(self, data: bytes) -> None: ...


def keep(state: msgspec.Struct) -> bytes:
    return codec.encode(state)


def regain(data: bytes, type_: type[S]) -> S:
    """The struct again, its own arrays writable."""
    state = codec.decode(data, type_)
    for field in state.__struct_fields__:
        value = getattr(state, field)
        if isinstance(value, np.ndarray):
            setattr(state, field, value.copy())
    return state
