"""A simulated city opens warm: its hall has worked for some days already."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from services.facts.base import Command, Event

MOST_DAYS = 60


class OpenWarm(Command, frozen=True, kw_only=True):
    """Once, in a new simulated city: work the hall through so many working days before this moment."""

    posts: ClassVar[tuple[str, ...]] = ("system",)
    days: Annotated[int, msgspec.Meta(ge=1, le=MOST_DAYS)]


class HallOpened(Event, frozen=True, kw_only=True):
    """What the hall's own desks came to in those days, worked with the demand of the city's residents. ``state`` holds
    their snapshots, with forms and claims as ciphertext, as everywhere; ``open`` of the ``received`` errands are still
    under way, ``ended`` says how the others ended, ``completed`` how many of each service did. ``people`` are the
    residents on whose data it rests: once one of them was erased, it cannot be worked out again."""

    days: int
    from_ms: int
    received: int
    open: int
    ended: dict[str, int]
    completed: dict[str, int]
    people: tuple[str, ...]
    state: bytes
