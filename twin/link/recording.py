"""The recording: everything admitted, as it came, in segments of framed MessagePack.

A segment is the magic, then frames of ``length u32, CRC-32 u32, body`` (little endian); the first frame is the
:class:`Header`. One frame is one turn's input, written by one system call. A frame cut short at the end of a file is
what a crash leaves and is passed over; a damaged frame before the end is an error.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from twin.core.bus import Message
from twin.core.errors import CivitwinError

MAGIC = b"CIVREC1\n"
SUFFIX = ".seg"
_FRAME = struct.Struct("<II")
_PERSONAL = "/person/"

Seal = Callable[[str, bytes, bytes], bytes]
"""(pseudonym, plaintext, context) → ciphertext; empty for a person whose key was destroyed."""
Open = Callable[[str, bytes, bytes], bytes | str]
"""(pseudonym, ciphertext, context) → plaintext, or the pseudonym of whom it is about whose key was destroyed."""


class RecordingError(CivitwinError):
    """A segment that is damaged elsewhere than at its torn end."""


class Header(msgspec.Struct, frozen=True, kw_only=True, tag="h"):
    """A segment's first frame. ``city``, ``config`` and ``settings`` are object digests (SHA-256), ``digests`` those
    of the checkpoint's parts, so that a replay can compare even where the checkpoint itself is gone."""

    number: int
    seed: int
    code: str
    city: str
    config: str
    settings: str
    city_ms: int
    turn: int  # of the checkpoint; the segment's records are of later turns
    after_turn: int  # records of earlier segments past this turn did not take effect
    checkpoint: str  # file name
    digests: dict[str, str]


class BatchRecord(msgspec.Struct, frozen=True, array_like=True, tag="b"):
    """One turn's raw messages in order. ``sealed`` indexes those that hold ciphertext; ``retaken`` says that a turn
    which was recorded but not committed is taken in again."""

    turn: int
    city_ms: int
    retaken: bool
    sealed: tuple[int, ...]
    messages: Sequence[Message]


class TickRecord(msgspec.Struct, frozen=True, array_like=True, tag="t"):
    turn: int
    city_ms: int


class CommandRecord(msgspec.Struct, frozen=True, array_like=True, tag="c"):
    """``body`` is the command's canonical JSON."""

    turn: int
    city_ms: int
    body: bytes


Record = BatchRecord | TickRecord | CommandRecord

_encoder = msgspec.msgpack.Encoder()
_records = msgspec.msgpack.Decoder(Record)
_headers = msgspec.msgpack.Decoder(Header)


def pseudonym(topic: str) -> str:
    """Whose message a topic ``<ns>/person/<pseudonym>/<kind>`` carries; empty for any other topic."""
    _, mark, rest = topic.partition(_PERSONAL)
    return rest.partition("/")[0] if mark else ""


def sealed_batch(turn: int, city_ms: int, messages: Sequence[Message], retaken: bool, seal: Seal) -> BatchRecord:
    """A batch with the payloads of persons' messages as ciphertext, bound to their place in the recording."""
    personal = tuple(index for index, message in enumerate(messages) if _PERSONAL in message.topic)
    if personal:
        messages = list(messages)
        for index in personal:
            topic, payload, retained = messages[index]
            context = f"recording/{turn}/{index}/{topic}".encode()
            messages[index] = Message(topic, seal(pseudonym(topic), payload, context), retained)
    return BatchRecord(turn, city_ms, retaken, personal, messages)


def opened_messages(record: BatchRecord, open_: Open) -> tuple[list[Message], tuple[str, ...]]:
    """The messages that can still be read, and the pseudonyms of those for whose sake the others cannot."""
    sealed, messages, unreadable = set(record.sealed), [], []
    for index, message in enumerate(record.messages):
        if index not in sealed:
            messages.append(message)
            continue
        who = pseudonym(message.topic)
        context = f"recording/{record.turn}/{index}/{message.topic}".encode()
        payload = open_(who, message.payload, context)
        if isinstance(payload, str):
            unreadable.append(payload)
        else:
            messages.append(message._replace(payload=payload))
    return messages, tuple(unreadable)


class Segment:
    """One segment being written. Each :meth:`write` is one system call; the bytes survive the process at once and a
    power failure after :meth:`sync`."""

    def __init__(self, path: Path, header: Header) -> None:
        self.path = path
        self.header = header
        self.bytes = 0
        self._dirty = True
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        os.write(self._file, MAGIC)
        self.write(header)

    def write(self, record: Record | Header) -> None:
        """Raises OSError when the disk is full; the segment must not be written again then."""
        body = _encoder.encode(record)
        left = _FRAME.size + len(body)
        self.bytes += left
        self._dirty = True
        written = os.writev(self._file, (_FRAME.pack(len(body), zlib.crc32(body)), body))
        if written != left:
            raise OSError(f"{self.path}: only {written} of {left} bytes could be written; is the disk full?")

    def sync(self) -> None:
        if self._dirty:
            os.fdatasync(self._file)
            self._dirty = False

    def close(self) -> None:
        self.sync()
        os.close(self._file)


def _frames(path: Path) -> Iterator[bytes]:
    size = path.stat().st_size
    with path.open("rb", buffering=1 << 20) as file:
        magic = file.read(len(MAGIC))
        if magic != MAGIC:
            if MAGIC.startswith(magic.rstrip(b"\0")) and not any(file.read()):
                return  # torn before the magic was complete
            raise RecordingError(f"{path}: not a recording of this version")
        position = len(MAGIC)
        while head := file.read(_FRAME.size):
            if len(head) < _FRAME.size:
                return
            length, crc = _FRAME.unpack(head)
            body = file.read(length)
            position += _FRAME.size + length
            if len(body) == length and length and zlib.crc32(body) == crc:
                yield body
            elif position >= size or not any(file.read()):
                return  # torn, or blocks that the file system never filled
            else:
                raise RecordingError(f"{path}: damaged before byte {position} of {size}")


def read_header(path: Path) -> Header | None:
    """None where the segment was torn before its header was complete."""
    for body in _frames(path):
        return _headers.decode(body)
    return None


def read_records(path: Path) -> Iterator[Record]:
    """The turns of a segment, in order, up to a torn end. Raises :class:`RecordingError`."""
    frames = _frames(path)
    next(frames, None)
    for body in frames:
        yield _records.decode(body)
