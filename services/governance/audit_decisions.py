"""Every decision has a person or an authorised rule with a holder behind it; every order follows from a routing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from services.facts.base import Actor, Event
from services.facts.casework import (
    AutomationSet,
    CaseReopened,
    CaseSplit,
    CaseSupervised,
    FalseAlarmNoted,
    TierMoved,
    TimeGranted,
    TimeRefused,
    UrgentLaneTaken,
)
from services.facts.governance import (
    CaseAccepted,
    CaseClosed,
    CaseFiled,
    CaseMerged,
    CaseNotAccepted,
    CaseOpened,
    CaseReturned,
    CaseReworked,
    CaseRouted,
    CheckOrdered,
    UnitDispatched,
)
from services.facts.ledger import DecisionWeighed

Timed = tuple[int, Event]

DECISIONS: tuple[type[Event], ...] = (
    CaseAccepted, CaseNotAccepted, CaseFiled, CaseRouted, UnitDispatched, CheckOrdered, CaseReturned, CaseReworked,
    CaseClosed, CaseMerged, CaseSplit, CaseReopened, CaseSupervised, UrgentLaneTaken, TierMoved, TimeGranted,
    TimeRefused, FalseAlarmNoted, AutomationSet, DecisionWeighed,
)  # fmt: skip


def decision_faults(journal: Sequence[Timed]) -> Iterable[str]:
    """Who stands behind every decision; and why, where it ends a case or sends it back."""
    for city_ms, event in journal:
        if not isinstance(event, DECISIONS):
            continue
        about = f"{getattr(event, 'case', '') or 'the city'}: {type(event).__name__} at {city_ms}"
        if missing := _unnamed(event.actor):
            yield f"{about} by {event.actor.kind} {event.actor.id or '?'} without {missing}"
        if not event.reason and isinstance(event, CaseNotAccepted | CaseReturned | CaseReworked | CaseClosed):
            yield f"{about} without a reason"


def _unnamed(actor: Actor) -> str:
    """What is missing to know a person who answers for it."""
    match actor.kind:
        case "person" | "resident":
            return "" if actor.id else "a name"
        case "rule" | "colleague":
            wanting = [name for name, there in (("a post", actor.post), ("its holder", actor.holder)) if not there]
            return " and ".join(wanting)
        case _:
            return "a person or a rule behind it"


def dispatch_faults(journal: Sequence[Timed]) -> Iterable[str]:
    """Every order to a unit is about a case that stood routed to a department when it was given."""
    routed: dict[str, str] = {}
    orders: dict[str, str] = {}
    for city_ms, event in journal:
        match event:
            case CaseRouted():
                routed[event.case] = event.department
            case CaseOpened() | CaseReturned() | CaseClosed() | CaseNotAccepted() | CaseMerged() | CaseReopened():
                routed.pop(event.case, None)
            case UnitDispatched():
                about = f"{event.case}: order {event.order} to {event.unit} at {city_ms}"
                if event.case not in routed:
                    yield f"{about}, but the case was routed to nobody"
                if event.order in orders:
                    yield f"{about} has the number of an order of {orders[event.order]}"
                orders[event.order] = event.case
            case _:
                pass
