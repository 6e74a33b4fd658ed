"""What really happened, for evaluation alone: one JSON line a fact. Nothing in the city or the twin reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import msgspec


class TruthFact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``what``: began, ended, or a stage between (isolated, rescued, …). Metres in the city's frame."""

    city_ms: int
    kind: str
    id: str
    what: str
    x_m: float
    y_m: float
    detail: dict[str, str | float | int] = {}
    residents: tuple[str, ...] = ()  # exposed, by pseudonym (at the end)
    vehicles: int = 0  # exposed


class TruthSink(Protocol):
    """Where facts go."""

    def note(self, fact: TruthFact) -> None: ...


class TruthLog:
    """Appends to a JSONL file, unbuffered: a killed field loses no line."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._stream = path.open("ab", buffering=0)

    def note(self, fact: TruthFact) -> None:
        self._stream.write(msgspec.json.encode(fact) + b"\n")

    def close(self) -> None:
        self._stream.close()


class Forgetful:
    """Keeps nothing: for runs that nobody evaluates."""

    def note(self, fact: TruthFact) -> None:
        del fact
