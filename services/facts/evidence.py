"""What was noticed, what was considered, what was proved; and the events of signals and incidents."""

from __future__ import annotations

from typing import Literal

import msgspec

from services.facts.base import Event
from twin.core.text import Name, Text


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One signal as it was when it was noticed. ``value`` in the condition's unit, None where it has none; ``message``
    names what was heard (``<kind>:<sender's own id>[@<observed_ms>]``), ``channel`` how it came (sensor, video,
    vehicle, patrol, 12345, snapshot, 110, 119, 120, weather, virtual), ``coverage`` how much of what the value stands
    for was seen."""

    signal: str
    condition: str
    subject: str
    source: str
    value: float | None
    unit: str
    observed_ms: int
    noticed_ms: int
    provenance: int
    message: str = ""
    channel: str = ""
    coverage: float = 1.0


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """One reading that a closing test rests on; ``state`` is what the test made of it."""

    condition: str
    subject: str
    quantity: str
    value: float | None
    unit: str
    observed_ms: int
    state: Literal["calm", "holding", "not_calm", "undecided"]
    why: Text


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """What one of three says at closing; ``by`` names the department or the collector."""

    who: Literal["department", "checker", "sensors"]
    says: Literal["done", "not_done", "undecided", "silent"]
    by: str = ""
    at_ms: int = -1


class RuleTried(msgspec.Struct, frozen=True):
    """A routing rule and why it won or lost."""

    rule: str
    name: Name
    won: bool
    why: Text


class Contender(msgspec.Struct, frozen=True, kw_only=True):
    """Who would get a case in one of the jurisdictions that meet near its spot; no ``department`` where no rule matches
    there. ``away_m`` is 0 in the one that the spot lies in."""

    department: str
    rule: str
    district: str
    subdistrict: str
    away_m: float


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that was considered; ``travel_s`` is -1 where it was not worth computing or no road leads there."""

    unit: str
    name: Name
    travel_s: float
    chosen: bool
    why: Text


class SeverityInput(msgspec.Struct, frozen=True):
    """One input of a severity formula: its value, and the points its band gave."""

    name: str
    value: float
    points: float


class SignalRaised(Event, frozen=True, kw_only=True):
    """A condition began to hold. ``device`` is the subject where it is one; ``edge`` the road concerned or -1."""

    scene: str
    evidence: Evidence
    x_m: float
    y_m: float
    edge: int
    strong: bool


class SignalCleared(Event, frozen=True, kw_only=True):
    signal: str
    condition: str
    subject: str
    value: float | None
    observed_ms: int


class IncidentOpened(Event, frozen=True, kw_only=True):
    """Enough evidence. ``version`` is the digest of the scene file that judged it."""

    incident: str
    scene: str
    version: str
    signals: tuple[str, ...]
    x_m: float
    y_m: float
    edge: int
    place: str
    cell: int
    severity: int
    inputs: tuple[SeverityInput, ...]
    provenance: int
    doubtful: bool = False  # weak evidence alone: a collector looks before filing
    evidence: tuple[Evidence, ...] = ()  # of a part that was split off; else the signals desk knows it


class IncidentGrew(Event, frozen=True, kw_only=True):
    """One more signal about the same thing; ``severity`` as it now stands."""

    incident: str
    signal: str
    severity: int
    inputs: tuple[SeverityInput, ...]


class IncidentMerged(Event, frozen=True, kw_only=True):
    """``merged`` turned out to be the same thing as ``incident``."""

    incident: str
    merged: str


class IncidentSplit(Event, frozen=True, kw_only=True):
    """By hand: these signals of ``incident`` are about something else; :class:`IncidentOpened` of ``new`` follows."""

    incident: str
    new: str
    signals: tuple[str, ...]


class IncidentEnded(Event, frozen=True, kw_only=True):
    incident: str
