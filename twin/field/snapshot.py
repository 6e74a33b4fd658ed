"""The whole field as one struct, to go on from later."""

from __future__ import annotations

import msgspec

from twin.field.settings import Tempo
from twin.formats.civic import Closure

STEP_MS = 500
"""One traffic step unless asked for otherwise."""


class Snapshot(msgspec.Struct, omit_defaults=True):
    """``started_ms`` is the city time the field was made for; a field restored from it goes on as one."""

    seed: int
    tempo: Tempo
    city: str
    started_ms: int
    now_ms: int
    step: int
    announced: bool
    parts: dict[str, bytes]
    closures: dict[str, Closure]
    arrived: list[int]
    closed: list[int]
    step_ms: int = STEP_MS
