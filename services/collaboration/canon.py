"""Canonical bytes of a desk's state: equal states give equal bytes, whatever the order they were built in."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def canonical(state: Any) -> bytes:
    """MessagePack with sorted keys and sorted sets."""
    return msgspec.msgpack.encode(state, order="sorted")


def revive(data: bytes, type_: type[T]) -> T:
    """The inverse of :func:`canonical`. Raises ``msgspec.ValidationError`` on a wrong shape."""
    return msgspec.msgpack.decode(data, type=type_)
