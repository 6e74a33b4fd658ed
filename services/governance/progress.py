"""What each step changes in a case: its state by the lifecycle's table, its clocks, its fields and its history."""

from __future__ import annotations

import msgspec

from services.facts.governance import (
    CaseEvent,
    CaseOpened,
)
from services.governance.case import Case, CaseState, Clock, ClockName, Entry
from services.governance.changes import CHANGES
from services.governance.lifecycle import refusal, row_of
from services.governance.lookup import Lookup
from services.governance.scenes import Limits
from services.governance.story import tell
from twin.core.errors import CivitwinError
from twin.core.text import Text


class ForbiddenStepError(CivitwinError):
    """An event that the lifecycle's table does not allow; a fault in a desk, never in the data."""


def opened(event: CaseOpened, limits: Limits, lookup: Lookup, city_ms: int) -> Case:
    """A new case, reported."""
    accept = Clock("accept", city_ms, city_ms + _limit(limits, "accept"))
    return Case(
        id=event.case,
        incident=event.incident,
        scene=event.scene,
        version=event.version,
        code=event.code,
        source=event.source,
        state=CaseState.REPORTED,
        severity=event.severity,
        provenance=event.provenance,
        x_m=event.x_m,
        y_m=event.y_m,
        longitude=event.longitude,
        latitude=event.latitude,
        edge=event.edge,
        place=event.place,
        cell=event.cell,
        target=event.target,
        where=lookup.where(event.place, event.edge, event.cell),
        opened_ms=city_ms,
        observed_ms=event.observed_ms,
        doubtful=event.doubtful,
        evidence=event.evidence,
        clocks=(accept,),
        history=_entry(event, lookup, city_ms),
    )


def advanced(case: Case, event: CaseEvent, limits: Limits, lookup: Lookup, city_ms: int) -> Case:
    """The case after a step. Raises :class:`ForbiddenStepError` for a step that the table or a guard forbids."""
    row = row_of(case, type(event))
    against = refusal(case, event)
    if row is None or against is not None:
        raise ForbiddenStepError(
            f"{case.id} ({case.state}): {type(event).__name__}: {against.msgid if against else ''}"
        )
    change = CHANGES.get(type(event))
    fields = change(case, event, city_ms) if change else {}
    fields.setdefault("clocks", _clocks(case, row.starts, row.stops, limits, city_ms))
    return msgspec.structs.replace(
        case,
        state=row.next,
        rev=case.rev + 1,
        history=(*case.history, *_entry(event, lookup, city_ms)),
        **fields,
    )


def _entry(event: CaseEvent, lookup: Lookup, city_ms: int) -> tuple[Entry, ...]:
    what = tell(event, lookup)
    why = event.why or (Text("{reason}", {"reason": event.reason}) if event.reason else None)
    return (Entry(city_ms, what, event.actor, why),) if what else ()


def _limit(limits: Limits, clock: ClockName) -> int:
    seconds = {
        "accept": limits.accept_s,
        "dispatch": limits.dispatch_s,
        "handle": limits.handle_s,
        "check": limits.check_s,
    }
    return round(seconds[clock] * 1000)


def _clocks(
    case: Case, starts: tuple[ClockName, ...], stops: tuple[ClockName, ...], limits: Limits, city_ms: int
) -> tuple[Clock, ...]:
    """Stop those named, then start those named that do not run yet."""
    clocks = tuple(
        msgspec.structs.replace(clock, stopped_ms=city_ms) if clock.running and clock.name in stops else clock
        for clock in case.clocks
    )
    running = {clock.name for clock in clocks if clock.running}
    return (
        *clocks,
        *(Clock(name, city_ms, city_ms + _limit(limits, name)) for name in starts if name not in running),
    )
