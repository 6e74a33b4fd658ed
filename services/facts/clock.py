"""City time is set by these alone; only the engine's tick moves it."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from services.facts.base import Command, Event

Pace = Annotated[float, msgspec.Meta(gt=0.0, le=240.0)]
"""City seconds in a second of wall time."""


class SetClock(Command, frozen=True, kw_only=True):
    """Change pace, pause or go on; what is None stays. Refused while a live feed is attached."""

    posts: ClassVar[tuple[str, ...]] = ("duty_chief", "dispatcher", "acceptor", "instructor", "system")
    pace: Pace | None = None
    running: bool | None = None


class AttachFeed(Command, frozen=True, kw_only=True):
    """The server begins to listen to a live source: from now on the city's second is the wall's."""

    posts: ClassVar[tuple[str, ...]] = ("system",)
    feed: str


class DetachFeed(Command, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = ("system",)
    feed: str


class ClockSet(Event, frozen=True, kw_only=True):
    """From ``city_ms`` on, city time runs at ``pace``, if it runs."""

    city_ms: int
    pace: Pace
    running: bool


class FeedAttached(Event, frozen=True, kw_only=True):
    feed: str


class FeedDetached(Event, frozen=True, kw_only=True):
    feed: str
