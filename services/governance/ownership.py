"""Who owns a case: what a step implies about it, and over a journal who owned which case when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from services.collaboration.authority import person_of
from services.facts.base import Event
from services.facts.because import because
from services.facts.casework import CaseOffered, CaseReopened, CaseTaken, UrgentLaneTaken
from services.facts.collaboration import CENTRE, HANDLING
from services.facts.governance import (
    CaseAccepted,
    CaseClosed,
    CaseEvent,
    CaseFiled,
    CaseMerged,
    CaseNotAccepted,
    CaseOpened,
    CaseReturned,
    CaseReworked,
    CaseRouted,
    CaseUnrouted,
    CheckOrdered,
    ClosingTestBegun,
    DispatchFailed,
    UnitDispatched,
)
from services.governance.case import Case
from services.governance.staffing import Staffing

OWNERS_STEPS: tuple[type[CaseEvent], ...] = (
    CaseAccepted, CaseNotAccepted, CaseFiled, UrgentLaneTaken, CaseRouted, CaseUnrouted, UnitDispatched, DispatchFailed,
    CaseReturned, CheckOrdered, ClosingTestBegun, CaseReworked, CaseClosed,
)  # fmt: skip
"""Steps by which whoever takes them shows to have taken the case that was offered to their post."""

SHIFT = "roster/shift"
"""The rule by which a case passes to whoever relieves its owner: the same post, so no hop, and an offer stands."""

ENDS = (CaseClosed, CaseNotAccepted, CaseMerged)


def taking(case: Case, event: CaseEvent, staffing: Staffing, city_ms: int) -> CaseTaken | None:
    """The taking of an offered case that a step implies: by a rule for the post it is offered to, by a person for the
    own post; None where the case is not offered to whoever acts."""
    offer, actor = case.offer, event.actor
    if offer is None or not isinstance(event, OWNERS_STEPS):
        return None
    group = HANDLING if offer.to_post in HANDLING else CENTRE
    if actor.post not in group or actor.kind not in ("rule", "person", "colleague"):
        return None
    holder = staffing.holder(offer.to_post, offer.to_department, city_ms)
    post, department, person = holder.post, holder.department, holder.person
    if actor.kind != "rule":
        post, person = actor.post, person_of(actor)
        if group is CENTRE:
            department = staffing.department(actor.post, city_ms)
    return CaseTaken(
        actor=actor,
        cause=event.cause,
        **because("whoever acts on it has taken it"),
        case=case.id,
        post=post,
        department=department,
        person=person,
    )


@dataclass(frozen=True, slots=True)
class Span:
    """A case in one pair of hands, ``to_ms`` is -1 while it lasts; ``limbo_ms`` of it was it offered to another."""

    case: str
    from_ms: int
    to_ms: int
    post: str
    department: str
    person: str
    limbo_ms: int = 0


@dataclass(slots=True)
class _Now:
    span: Span | None = None
    offered_ms: int = -1


def owners(journal: Iterable[tuple[int, Event]]) -> tuple[Span, ...]:
    """Every ownership over a journal of (city time, event), by the end of each; those that last come last."""
    done: list[Span] = []
    now: dict[str, _Now] = {}
    for city_ms, event in journal:
        if not isinstance(event, CaseEvent):
            continue
        state = now.setdefault(event.case, _Now())
        if isinstance(event, CaseTaken):
            still_offered = state.offered_ms >= 0 and event.actor.id == SHIFT
            done += _put_down(state, city_ms)
            state.span = Span(event.case, city_ms, -1, event.post, event.department, event.person)
            state.offered_ms = city_ms if still_offered else -1
        elif isinstance(event, CaseOffered):
            _waited(state, city_ms)
            state.offered_ms = city_ms
        elif isinstance(event, ENDS):
            done += _put_down(state, city_ms)
    return (*done, *(state.span for state in now.values() if state.span is not None))


def _waited(state: _Now, city_ms: int) -> None:
    if state.span is not None and state.offered_ms >= 0:
        state.span = replace(state.span, limbo_ms=state.span.limbo_ms + city_ms - state.offered_ms)
    state.offered_ms = -1


def _put_down(state: _Now, city_ms: int) -> list[Span]:
    _waited(state, city_ms)
    span, state.span = state.span, None
    return [] if span is None else [replace(span, to_ms=city_ms)]


def ownership_faults(journal: Iterable[tuple[int, Event]]) -> tuple[str, ...]:
    """Where a case had no owner, or an owner before it was opened or after it ended: a line each; none is right."""
    faults: list[str] = []
    lives: dict[str, tuple[bool, bool]] = {}  # open, owned
    waiting: dict[str, int] = {}  # opened or reopened, and not yet taken, since
    for city_ms, event in journal:
        if not isinstance(event, CaseEvent):
            continue
        alive, owned = lives.get(event.case, (False, False))
        if event.case in waiting and city_ms > waiting[event.case]:
            faults.append(f"{event.case}: nobody's from {waiting.pop(event.case)} to {city_ms}")
        match event:
            case CaseOpened() | CaseReopened():
                if alive:
                    faults.append(f"{event.case}: opened twice at {city_ms}")
                lives[event.case], waiting[event.case] = (True, False), city_ms
            case CaseTaken():
                if not alive or not event.post or not event.person:
                    faults.append(f"{event.case}: taken at {city_ms} by nobody, or while it is not open")
                lives[event.case] = (alive, True)
                waiting.pop(event.case, None)
            case CaseClosed() | CaseNotAccepted() | CaseMerged():
                if not owned:
                    faults.append(f"{event.case}: ended at {city_ms} without an owner")
                lives[event.case] = (False, False)
                waiting.pop(event.case, None)
            case CaseOffered() if not owned:
                faults.append(f"{event.case}: offered at {city_ms} by nobody")
            case _:
                pass
    return (*faults, *(f"{case}: nobody's since {since}" for case, since in waiting.items()))
