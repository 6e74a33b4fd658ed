"""The Desk protocol: every decision package offers desks, and the engine knows nothing else of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from services.facts.base import Command, Event
from services.facts.records import Outgoing
from twin.core.text import Name, Text
from twin.core.views import Action, Alert, Card, Mark, Section
from twin.state.batch import Batch

__all__ = [
    "Action", "Alert", "Card", "Contributes", "Desk", "Fact", "Leads", "Mark", "Outgoing", "Paged", "Section", "Sends",
    "Settles", "Shows", "Tick", "Turn", "Viewed",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tick:
    """City time moves to ``city_ms``; published at least every 100 ms of wall time."""

    city_ms: int


Fact = Tick | Batch | Command | Event


@dataclass(frozen=True, slots=True)
class Turn:
    """What ``decide`` may know of the step it is in."""

    number: int  # rises by one a step; part of every random key
    city_ms: int
    seed: int


class Desk(Protocol):
    """State of one subject and its rules. All reads of time come from ``turn``; all randomness from ``chance``."""

    name: str

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        """Pure: reads state, re-checks its guard, returns events. Never changes anything."""

    def apply(self, event: Event, turn: Turn) -> None:
        """The only place where this desk's state changes. Events of other desks may be ignored."""

    def snapshot(self) -> bytes:
        """The whole state, canonical (equal states give equal bytes)."""

    def restore(self, data: bytes) -> None:
        """The inverse of :meth:`snapshot`."""


@runtime_checkable
class Viewed(Protocol):
    """A desk whose state is also shown. ``alerts`` hands over each alert once: it is the one method that may forget
    (alerts are no part of the state)."""

    def cards(self) -> Iterable[Card]: ...

    def marks(self) -> Iterable[Mark]: ...

    def alerts(self) -> Iterable[Alert]: ...


@runtime_checkable
class Contributes(Protocol):
    """A desk that adds to a case's card; governance gathers what all of them have to say."""

    def sections(self, case: str) -> Iterable[Section]: ...

    def actions(self, case: str) -> Iterable[Action]: ...


@runtime_checkable
class Leads(Protocol):
    """A desk that has pages about a case, which its card leads to: (kind, id, label)."""

    def pages(self, case: str) -> Iterable[tuple[str, str, Text | Name]]: ...


@runtime_checkable
class Paged(Protocol):
    """A desk with pages that a console asks for by kind and id; they are worked out when they are asked for."""

    def page(self, kind: str, id: str, city_ms: int) -> Card | None: ...


@runtime_checkable
class Shows(Protocol):
    """A desk that shows whoever gave a command something beside its outcome, once, that no journal may hold."""

    def shown(self, events: Iterable[Event], city_ms: int) -> Card | None: ...


@runtime_checkable
class Sends(Protocol):
    """A desk that wants messages sent derives them from events, so that replay can tell them apart from sending.

    ``outgoing`` is called once for every event that is being committed, after the whole turn was applied; what it
    returns goes into the outbox in the same transaction.
    """

    def outgoing(self, event: Event) -> Iterable[Outgoing]: ...


@runtime_checkable
class Settles(Protocol):
    """A desk that knows when a keyed message need not be sent again. A unit's report settles the order it names
    without any desk saying so."""

    def settled(self, event: Event) -> Iterable[str]:
        """Keys of the outbox that this event makes pointless to resend."""
