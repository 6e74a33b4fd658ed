"""How a process is told to end: SIGTERM, or Ctrl-C."""

from __future__ import annotations

import signal
from types import FrameType


def until_told() -> list[int]:
    """A list that is filled by the first SIGTERM or SIGINT."""
    told: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        del frame
        told.append(number)

    signal.signal(signal.SIGTERM, note)
    signal.signal(signal.SIGINT, note)
    return told
