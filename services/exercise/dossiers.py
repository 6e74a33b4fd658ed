"""What a journal says about each case of an exercise, as scoring and review need it. Pure: facts in, dossiers out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from services.facts.base import Actor, Event
from services.facts.casework import FalseAlarmNoted, UrgentLaneTaken
from services.facts.governance import (
    CaseClosed,
    CaseEvent,
    CaseFiled,
    CaseMerged,
    CaseNotAccepted,
    CaseOpened,
    CaseReturned,
    CaseRouted,
    CheckOrdered,
    CheckReported,
    EvidenceAdded,
    UnitDispatched,
    UnitProgressed,
)
from services.facts.ledger import DecisionWeighed, Toll, TollEstimated
from services.facts.units import UnitReleased
from services.facts.virtual import RumourClarified


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the MSEL as it happened (-1: it could not be made): ``subject`` is the hazard, device or resident."""

    row: str
    made_ms: int
    x_m: float = 0.0
    y_m: float = 0.0
    subject: str = ""


class Something(msgspec.Struct, frozen=True, kw_only=True):
    """A hazard that was really there, injected or not; ``ended_ms`` -1: to the end of the exercise."""

    kind: str
    x_m: float
    y_m: float
    began_ms: int
    ended_ms: int = -1


class Step(msgspec.Struct, frozen=True):
    """One thing done about a case: the event's tag, by whom, and what is to be known of it."""

    at_ms: int
    what: str
    actor: Actor
    detail: str = ""


class Weighed(msgspec.Struct, frozen=True):
    """A decision with the conditions that had been noticed and what stood then."""

    at_ms: int
    decision: str
    actor: Actor
    known: tuple[str, ...]
    stale: int
    toll: Toll


@dataclass
class Dossier:
    """One case. ``tolls`` are (city time, residents, vehicles' worth losing) as the ledger estimated them; ``heard``
    names the condition of each signal that is evidence."""

    id: str
    scene: str
    x_m: float
    y_m: float
    opened_ms: int
    doubtful: bool
    place: str = ""
    severity: int = 4
    steps: list[Step] = field(default_factory=list)
    tolls: list[tuple[int, int, float]] = field(default_factory=list)
    weighed: list[Weighed] = field(default_factory=list)
    heard: dict[str, str] = field(default_factory=dict)

    def first(self, *what: str, detail: str | None = None, after_ms: int = -1) -> Step | None:
        """The first step of such a kind."""
        return next(
            (
                step
                for step in self.steps
                if step.what in what and step.at_ms >= after_ms and (detail is None or step.detail == detail)
            ),
            None,
        )


_DETAIL = {CaseRouted: "department", CheckOrdered: "stage", UnitDispatched: "unit", UnitProgressed: "state",
           CaseMerged: "into", CaseClosed: "outcome", CaseReturned: "department"}  # fmt: skip
_KEPT = (
    CaseFiled, UrgentLaneTaken, CheckOrdered, CheckReported, CaseNotAccepted, FalseAlarmNoted, CaseRouted,
    UnitDispatched, UnitProgressed, CaseMerged, CaseClosed, CaseReturned, UnitReleased,
)  # fmt: skip


def dossiers_of(facts: Iterable[tuple[int, object]]) -> dict[str, Dossier]:
    """By case, from (city time, fact) in the journal's order; commands and other facts are passed over."""
    found: dict[str, Dossier] = {}
    for at_ms, fact in facts:
        if isinstance(fact, CaseOpened):
            found[fact.case] = Dossier(
                fact.case, fact.scene, fact.x_m, fact.y_m, at_ms, fact.doubtful, fact.place, fact.severity,
                heard={one.signal: one.condition for one in fact.evidence},
            )  # fmt: skip
        elif isinstance(fact, CaseEvent | UnitReleased) and fact.case in found:
            _note(found[fact.case], at_ms, fact)
    return found


def clarified_in(facts: Iterable[tuple[int, object]]) -> tuple[Step, ...]:
    """Every rumour about which somebody said what is true, with the place that it sent people to."""
    return tuple(
        Step(at_ms, "RumourClarified", fact.actor, fact.target)
        for at_ms, fact in facts
        if isinstance(fact, RumourClarified)
    )


def _note(case: Dossier, at_ms: int, fact: Event) -> None:
    match fact:
        case TollEstimated():
            case.tolls.append((at_ms, fact.toll.residents, fact.toll.losing))
        case DecisionWeighed():
            case.tolls.append((at_ms, fact.toll.residents, fact.toll.losing))
            stale = sum(1 for fresh in fact.freshness if fresh > 0)
            known = tuple(case.heard[signal] for signal in fact.known if signal in case.heard)
            case.weighed.append(Weighed(at_ms, fact.decision, fact.actor, known, stale, fact.toll))
        case EvidenceAdded():
            case.severity = min(case.severity, fact.severity)
            case.heard[fact.evidence.signal] = fact.evidence.condition
        case CheckReported():
            case.steps.append(Step(at_ms, "CheckReported", fact.actor, f"{fact.stage}/{fact.finding}"))
        case _ if isinstance(fact, _KEPT):
            detail = str(getattr(fact, _DETAIL.get(type(fact), ""), ""))
            case.steps.append(Step(at_ms, type(fact).__name__, fact.actor, detail))
        case _:
            pass


def merged_into(found: dict[str, Dossier], id: str) -> Dossier:
    """The case that carries on where this one was merged, else itself."""
    seen: set[str] = set()
    while id not in seen:
        seen.add(id)
        step = found[id].first("CaseMerged")
        if step is None or step.detail not in found:
            break
        id = step.detail
    return found[id]
