"""What stood while a decision did: the consequence ledger, live as estimates with their coverage."""

from __future__ import annotations

import msgspec

from services.facts.base import Event
from services.facts.governance import CaseEvent


class Toll(msgspec.Struct, frozen=True, kw_only=True):
    """``residents`` within reach of the hazard now, by register and phones; ``coverage`` (0–1) the share of them that
    is heard and not only expected; ``services`` are errands that cannot go on now and ``losing`` the vehicles' worth of
    time that traffic loses now. Minutes and hours are summed since the case was opened."""

    residents: int
    coverage: float
    resident_minutes: float
    vehicle_hours: float
    services: int
    losing: float = 0.0


class TollEstimated(CaseEvent, frozen=True, kw_only=True):
    """Once a city minute while a case is open."""

    toll: Toll


class DecisionWeighed(CaseEvent, frozen=True, kw_only=True):
    """Beside every decision (file, not accept, route, return, more time, close, automate): who or which authorised
    rule is the actor, ``decision`` the event's tag and ``cause`` what it was decided on; ``known`` names the evidence
    that was on the card then, ``observed_ms`` when each was observed last, ``freshness`` what its device was worth at
    that time (Freshness; -1 where no device stands behind it)."""

    decision: str
    known: tuple[str, ...]
    toll: Toll
    observed_ms: tuple[int, ...] = ()
    freshness: tuple[int, ...] = ()


class LimitSet(Event, frozen=True, kw_only=True):
    """A limit of a case as it was promised: when one of its clocks begins, or is moved. ``plan`` marks those that
    follow from the scene at opening, before the clock itself runs. Measures hold a case to the strictest."""

    case: str
    clock: str
    due_ms: int
    plan: bool = False
