"""Being in a twin's shoes: whoever does is heard as the person's own phone is, and what they say stays sealed."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from services.facts.base import Command, Event

Serial = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
Mps = Annotated[float, msgspec.Meta(ge=-20.0, le=20.0)]
Seconds = Annotated[float, msgspec.Meta(ge=0.0, le=3_600.0)]
Metres = Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]


class SteerTwin(Command, frozen=True, kw_only=True):
    """The resident at the console walks: with a velocity for so many city seconds, or to a place on the map
    (``goal_x_m``, ``goal_y_m``). Where somebody walks is personal: the server puts it in ``sealed`` before anything is
    recorded, and leaves the rest empty."""

    posts: ClassVar[tuple[str, ...]] = ("resident",)
    seq: Serial
    east_mps: Mps = 0.0
    north_mps: Mps = 0.0
    for_s: Seconds = 0.0
    goal_x_m: Metres | None = None
    goal_y_m: Metres | None = None
    sealed: bytes = b""


class TwinSteered(Event, frozen=True, kw_only=True):
    """``held``: the body obeys the console from now on; else the twin acts by itself again. ``sealed``, with the
    person's key, is what goes to the body."""

    person: str
    pseudonym: str
    seq: int
    held: bool
    sealed: bytes = b""
