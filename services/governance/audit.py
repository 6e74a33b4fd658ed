"""What must hold over the journal of any run, proved or listed: evidence, owners, closings, decisions, dispatch.

Nothing is asked of the living city: the journal alone must be able to show it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import msgspec

from services.facts.base import Event
from services.facts.casework import CaseReopened
from services.facts.engine import DeskFailed, TurnAbandoned
from services.facts.evidence import Evidence, IncidentOpened, SignalRaised
from services.facts.governance import CaseClosed, CaseEvent, CaseMerged, CaseNotAccepted, CaseOpened
from services.governance.audit_closing import closing_faults
from services.governance.audit_decisions import decision_faults, dispatch_faults
from services.governance.audit_tally import Tally, tally
from services.governance.ownership import owners, ownership_faults

Timed = tuple[int, Event]
Rule = Callable[[Sequence[Timed]], Iterable[str]]


class Violation(msgspec.Struct, frozen=True):
    """What does not hold, and of what."""

    rule: str
    what: str


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """``proved``: how many each rule was asked about; without ``violations`` all of them hold."""

    city_ms: int
    proved: dict[str, int]
    violations: tuple[Violation, ...]
    tally: Tally


def audit(journal: Sequence[Timed]) -> Audit:
    """Every rule over a whole journal of (city time, event)."""
    found = tuple(Violation(name, what) for name, rule in RULES.items() for what in rule(journal))
    kinds = Counter(type(event).__name__ for _, event in journal)
    return Audit(
        city_ms=journal[-1][0] if journal else 0,
        proved={name: sum(kinds[kind] for kind in ASKED[name]) for name in RULES},
        violations=found,
        tally=tally(journal),
    )


def evidence_faults(journal: Sequence[Timed]) -> Iterable[str]:
    """Every incident has evidence, and every piece of it names message, source, age and what judged it."""
    raised: dict[str, Evidence] = {}
    for _, event in journal:
        match event:
            case SignalRaised():
                raised[event.evidence.signal] = event.evidence
            case IncidentOpened():
                raised.update((one.signal, one) for one in event.evidence)
                if not event.signals:
                    yield f"{event.incident}: no signal"
                if not event.version:
                    yield f"{event.incident}: no version of the scene {event.scene}"
                for signal in event.signals:
                    missing = _missing(raised.get(signal))
                    if missing:
                        yield f"{event.incident}: signal {signal} without {', '.join(missing)}"
            case CaseOpened():
                if not event.evidence:
                    yield f"{event.case}: opened without evidence"
                for one in event.evidence:
                    if missing := _missing(one):
                        yield f"{event.case}: signal {one.signal} without {', '.join(missing)}"
            case _:
                pass


def _missing(evidence: Evidence | None) -> list[str]:
    if evidence is None:
        return ["anything on the journal"]
    asked = {
        "message": evidence.message or evidence.source,
        "condition": evidence.condition,
        "source": evidence.source,
        "channel": evidence.channel,
        "value": evidence.value is not None or not evidence.unit,
        "age": 0 < evidence.observed_ms <= evidence.noticed_ms,
    }
    return [name for name, there in asked.items() if not there]


def owner_faults(journal: Sequence[Timed]) -> Iterable[str]:
    """From opening to end one post, of one department, held by one person; no gap and no overlap."""
    yield from ownership_faults(journal)
    spans = defaultdict(list)
    for span in owners(journal):
        spans[span.case].append(span)
        if not (span.post and span.department and span.person):
            yield f"{span.case}: at {span.from_ms} owned by {span.post or '?'}, {span.department or '?'}, {span.person}"
    alive = _lives(journal)
    for case, lives in alive.items():
        covered = sorted((span.from_ms, _end(span.to_ms)) for span in spans[case])
        joined = [start for (_, end), (start, _) in pairwise(covered) if end != start]
        begun = {from_ms for from_ms, _ in lives}
        for start in joined:
            if start not in begun:
                yield f"{case}: two owners, or none, before {start}"


def _end(to_ms: int) -> int:
    return to_ms if to_ms >= 0 else 1 << 62


def _lives(journal: Sequence[Timed]) -> dict[str, list[tuple[int, int]]]:
    """From when to when each case was open; once more for each reopening."""
    lives: dict[str, list[tuple[int, int]]] = {}
    for city_ms, event in journal:
        match event:
            case CaseOpened() | CaseReopened():
                lives.setdefault(event.case, []).append((city_ms, -1))
            case CaseClosed() | CaseNotAccepted() | CaseMerged() if lives.get(event.case):
                lives[event.case][-1] = (lives[event.case][-1][0], city_ms)
            case _:
                pass
    return lives


def ended_faults(journal: Sequence[Timed]) -> Iterable[str]:
    """Nothing is about a case that was never opened."""
    known: set[str] = set()
    for city_ms, event in journal:
        if isinstance(event, CaseOpened):
            known.add(event.case)
        elif isinstance(event, CaseEvent) and event.case not in known:
            yield f"{event.case}: {type(event).__name__} at {city_ms}, but it was never opened"


def desk_faults(journal: Sequence[Timed]) -> Iterable[str]:
    """No desk failed and no turn was dropped."""
    for city_ms, event in journal:
        if isinstance(event, DeskFailed | TurnAbandoned):
            yield f"{type(event).__name__} at {city_ms}: {event.desk} on {event.fact}, {event.fault}"


RULES: dict[str, Rule] = {
    "evidence": evidence_faults,
    "one owner": owner_faults,
    "opened first": ended_faults,
    "closing": closing_faults,
    "decisions": decision_faults,
    "dispatch": dispatch_faults,
    "desks": desk_faults,
}

ASKED: dict[str, tuple[str, ...]] = {
    "evidence": ("IncidentOpened",),
    "one owner": ("CaseOpened", "CaseReopened"),
    "opened first": ("CaseOpened",),
    "closing": ("CaseClosed",),
    "decisions": ("DecisionWeighed",),
    "dispatch": ("UnitDispatched",),
    "desks": ("DeskFailed", "TurnAbandoned"),
}
"""Of what each rule was asked."""
