"""Which inbound message took effect before which step: with a snapshot, all that a fork of a run needs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from twin.field.inbound import Effect


class Resumed(msgspec.Struct, frozen=True, tag="resumed"):
    """The field went on from a snapshot taken after ``step``: what the file holds beyond that step did not happen."""

    step: int


class Noted(msgspec.Struct, frozen=True, tag="effect"):
    """``payload`` is base64 in the file."""

    step: int
    topic: str
    payload: bytes


class Reached(msgspec.Struct, frozen=True, tag="reached"):
    """All steps up to this one were simulated, and what they said was published."""

    step: int


class EffectLog:
    """Appends to a JSONL file, unbuffered."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("ab", buffering=0)

    def resumed(self, step: int) -> None:
        self._stream.write(msgspec.json.encode(Resumed(step)) + b"\n")

    def reached(self, step: int) -> None:
        self._stream.write(msgspec.json.encode(Reached(step)) + b"\n")

    def note(self, effects: Iterable[Effect]) -> None:
        lines = (msgspec.json.encode(Noted(effect.step, effect.topic, effect.payload)) + b"\n" for effect in effects)
        if written := b"".join(lines):
            self._stream.write(written)

    def close(self) -> None:
        self._stream.close()


def read_effects(path: Path) -> list[Effect]:
    """The effects that hold, in order: those of an attempt that a killed field did not keep are left out. Raises
    :class:`msgspec.DecodeError` on a foreign line."""
    held: list[Effect] = []
    for entry in _entries(path):
        match entry:
            case Resumed(step=step):
                held = [effect for effect in held if effect.step <= step]
            case Noted(step=step, topic=topic, payload=payload):
                held.append(Effect(step, topic, payload))
    return held


def read_reached(path: Path) -> int:
    """How far the last attempt got; 0 where nothing is noted."""
    step = 0
    for entry in _entries(path):
        step = entry.step if isinstance(entry, Resumed) else max(step, entry.step)
    return step


def _entries(path: Path) -> list[Noted | Resumed | Reached]:
    """A line that a kill cut short, the last, is left out."""
    whole, _, _ = path.read_bytes().rpartition(b"\n")
    return [msgspec.json.decode(line, type=Noted | Resumed | Reached) for line in whole.splitlines()]
