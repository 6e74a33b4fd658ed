"""What stood while a decision did: the consequence ledger, live as estimates with their coverage."""

from __future__ import annotations

import msgspec

from services.facts.governance import CaseEvent


class Toll(msgspec.Struct, frozen=True, kw_only=True):
    """``residents`` within reach of the hazard now, by register and phones; ``coverage`` (0–1) the share of them that
    is heard and not only expected. The rest is summed since the case was opened."""

    residents: int
    coverage: float
    resident_minutes: float
    vehicle_hours: float
    services: int  # errands that cannot go on


class TollEstimated(CaseEvent, frozen=True, kw_only=True):
    """Once a city minute while a case is open."""

    toll: Toll


class DecisionWeighed(CaseEvent, frozen=True, kw_only=True):
    """Beside every decision (file, not accept, route, return, more time, close, automate): who or which authorised
    rule is the actor, ``decision`` the event's tag and ``cause`` what it was decided on; ``known`` names the evidence
    that was on the card then."""

    decision: str
    known: tuple[str, ...]
    toll: Toll
