"""An errand 办件: its record. How its items move is in :mod:`services.hall.graph`."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

from services.facts.base import Actor
from services.facts.hall import ErrandChannel, VisitKind
from services.hall import graph
from services.hall.credentials import Credential
from services.hall.graph_state import Progress
from twin.core.text import Text


class ErrandState(StrEnum):
    UNDER_WAY = "under_way"
    COMPLETED = "completed"  # every part has ended, and at least one was delivered
    REFUSED = "refused"  # not for this applicant, or every part ended without a result
    LAPSED = "lapsed"  # nobody came
    WITHDRAWN = "withdrawn"


S = ErrandState

ENDED = frozenset({S.COMPLETED, S.REFUSED, S.LAPSED, S.WITHDRAWN})


class Line(msgspec.Struct, frozen=True):
    """One line of the errand's history."""

    city_ms: int
    what: Text
    actor: Actor
    why: Text | None = None


class Use(msgspec.Struct, frozen=True):
    """Who looked at which fields, when, on what ground; ``basis`` is empty where it was refused."""

    city_ms: int
    department: str
    fields: tuple[str, ...]
    basis: str


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """Items of one department under review. ``ripe_ms``: when the inquiries behind them are over; ``officer`` works on
    it until ``until_ms``, empty and -1 until somebody takes it."""

    items: tuple[str, ...]
    department: str
    ripe_ms: int
    joint: str = ""
    officer: str = ""
    until_ms: int = -1


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A way to a hall. ``until_ms``: by when the applicant is expected, or when the counter is done with them.
    ``opens_ms``: when they were told that the hall opens, -1 where they were told nothing of the kind."""

    kind: VisitKind
    place: str
    state: Literal["expected", "queued", "serving"]
    since_ms: int
    item: str = ""
    number: int = 0
    clerk: str = ""
    until_ms: int = -1
    queued_ms: int = -1
    opens_ms: int = -1


class Appeal(msgspec.Struct, frozen=True):
    """Lodged when, on what ground, and whether papers came with it."""

    city_ms: int
    ground: str
    papers: bool = False


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """Never changed in place. ``sealed`` is the form of ``person``; a guardian or proxy (``agent``) may act for them,
    and ``pseudonym`` is the phone of whoever does. ``terminal`` is where it came in, of somebody without a phone;
    ``visited`` are items whose part in person is done, ``posts`` when the post brings an item's document, ``grounds``
    and ``appeals`` on what ground an item was refused, and appealed."""

    id: str
    service: str
    version: str
    person: str
    pseudonym: str
    request: str
    state: ErrandState
    place: str
    sealed: bytes
    missing: tuple[str, ...]
    provenance: int
    begun_ms: int
    progress: Progress
    channel: ErrandChannel = "online"
    terminal: str = ""
    materials: tuple[str, ...] = ()
    reviews: tuple[Review, ...] = ()
    visit: Visit | None = None
    visited: tuple[str, ...] = ()
    posts: dict[str, int] = {}
    grounds: dict[str, str] = {}
    appeals: dict[str, Appeal] = {}
    agent: str = ""
    mandate: str = ""
    rev: int = 0
    waited_ms: int = 0
    trips: int = 0
    credentials: tuple[Credential, ...] = ()
    uses: tuple[Use, ...] = ()
    history: tuple[Line, ...] = ()
    ended_ms: int = -1

    @property
    def applicant(self) -> str:
        """Who comes to the hall, and who is told."""
        return self.agent or self.person

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def done(self) -> tuple[str, ...]:
        """The items that were granted."""
        return graph.granted(self.progress)

    def review_of(self, item: str) -> Review | None:
        return next((review for review in self.reviews if item in review.items), None)
