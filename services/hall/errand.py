"""An errand 办件: its record, and its life as one table."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from services.facts.base import Actor
from services.hall.credentials import Credential
from twin.core.text import Text


class ErrandState(StrEnum):
    ACCEPTED = "accepted"  # the form is taken in; the applicant is to come to the hall
    ARRIVED = "arrived"
    QUEUED = "queued"
    SERVING = "serving"
    ISSUING = "issuing"
    COMPLETED = "completed"
    LAPSED = "lapsed"
    REFUSED = "refused"


S = ErrandState

ENDED = frozenset({S.COMPLETED, S.LAPSED, S.REFUSED})

TABLE: dict[ErrandState, frozenset[ErrandState]] = {
    S.ACCEPTED: frozenset({S.ARRIVED, S.LAPSED, S.REFUSED}),
    S.ARRIVED: frozenset({S.QUEUED, S.REFUSED}),
    S.QUEUED: frozenset({S.SERVING, S.REFUSED}),
    S.SERVING: frozenset({S.ISSUING, S.REFUSED}),
    S.ISSUING: frozenset({S.QUEUED, S.COMPLETED, S.REFUSED}),
    S.COMPLETED: frozenset(),
    S.LAPSED: frozenset(),
    S.REFUSED: frozenset(),
}
"""Which state may follow which. A number is taken once; between two items the errand waits for the next clerk."""


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


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """Never changed in place. ``sealed`` is the form of ``person``; a guardian or proxy (``agent``) may act for them,
    and ``pseudonym`` is the phone of whoever does. ``done`` are the items whose credential was issued."""

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
    agent: str = ""
    mandate: str = ""
    rev: int = 0
    number: int = 0
    item: str = ""
    clerk: str = ""
    until_ms: int = -1
    queued_ms: int = -1
    waited_ms: int = 0
    trips: int = 0
    done: tuple[str, ...] = ()
    credentials: tuple[Credential, ...] = ()
    uses: tuple[Use, ...] = ()
    history: tuple[Line, ...] = ()
    ended_ms: int = -1

    @property
    def applicant(self) -> str:
        """Who comes to the hall."""
        return self.agent or self.person

    @property
    def ended(self) -> bool:
        return self.state in ENDED


STATE_TEXT: dict[ErrandState, Text] = {
    S.ACCEPTED: Text("form accepted, on the way to the hall"),
    S.ARRIVED: Text("arrived at the hall"),
    S.QUEUED: Text("waiting in the queue"),
    S.SERVING: Text("at the counter"),
    S.ISSUING: Text("credential issued"),
    S.COMPLETED: Text("completed"),
    S.LAPSED: Text("lapsed"),
    S.REFUSED: Text("refused"),
}
