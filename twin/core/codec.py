"""MessagePack for what processes exchange: structs by msgspec, numpy arrays as raw columns."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
import numpy as np

T = TypeVar("T")
_ARRAY = 1


def _encode(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        array = np.ascontiguousarray(value)
        head = f"{array.dtype.str} {','.join(map(str, array.shape))}\n".encode()
        return msgspec.msgpack.Ext(_ARRAY, head + array.tobytes())
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"cannot encode {type(value).__name__}")


def _extension(code: int, data: memoryview) -> Any:
    if code != _ARRAY:
        raise ValueError(f"unknown MessagePack extension {code}")
    raw = bytes(data)
    head, _, body = raw.partition(b"\n")
    dtype, _, shape = head.decode().partition(" ")
    sizes = [int(size) for size in shape.split(",") if size]
    return np.frombuffer(body, dtype=np.dtype(dtype)).reshape(sizes)


_encoder = msgspec.msgpack.Encoder(enc_hook=_encode)


def encode(value: Any) -> bytes:
    """Any struct, dataclass or plain value, arrays included, to bytes."""
    return _encoder.encode(value)


def decode(data: bytes, type_: type[T]) -> T:
    """Bytes to a typed value; arrays come back read-only. Raises ``msgspec.ValidationError`` on a wrong shape."""
    return msgspec.msgpack.decode(data, type=type_, ext_hook=_extension)
