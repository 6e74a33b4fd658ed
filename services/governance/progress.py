"""What each step changes in a case: its state by the lifecycle's table, its clocks, its fields and its history."""

from __future__ import annotations

import msgspec

from services.facts.casework import UrgentLaneTaken
from services.facts.governance import CaseEvent, CaseOpened
from services.governance.case import Case, CaseState, Clock, ClockName, Entry, Holder, Limit
from services.governance.changes import CHANGES
from services.governance.lifecycle import refusal, row_of
from services.governance.limits import begun, left, stage_limit, stopped
from services.governance.setting import Setting
from services.governance.story import tell
from twin.core.errors import CivitwinError
from twin.core.text import Text


class ForbiddenStepError(CivitwinError):
    """An event that the lifecycle's table does not allow; a fault in a desk, never in the data."""


def opened(event: CaseOpened, holder: Holder, at: Setting) -> Case:
    """A new case, reported, in the acceptor's hands."""
    accept = begun("accept", stage_limit(at.scene, "accept"), at.calendar, at.now_ms)
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
        where=at.lookup.city.meta.name
        if at.scene.citywide
        else at.lookup.where(event.place, event.edge, event.cell, event.x_m, event.y_m),
        opened_ms=at.now_ms,
        observed_ms=event.observed_ms,
        doubtful=event.doubtful,
        evidence=event.evidence,
        holder=holder,
        tier=at.scene.tier,
        truths=at.scene.truths,
        clocks=(accept,),
        history=_entry(event, at),
    )


def advanced(case: Case, event: CaseEvent, at: Setting) -> Case:
    """The case after a step. Raises :class:`ForbiddenStepError` for a step that the table or a guard forbids."""
    row = row_of(case, event)
    against = refusal(case, event)
    if row is None or against is not None:
        raise ForbiddenStepError(
            f"{case.id} ({case.state}): {type(event).__name__}: {against.msgid if against else ''}"
        )
    change = CHANGES.get(type(event))
    fields = change(case, event, at) if change else {}
    if row.starts or row.stops:
        changed = msgspec.structs.replace(case, **fields)
        fields["clocks"] = _clocks(changed, event, row.starts, row.stops, at)
    return msgspec.structs.replace(
        case,
        **fields,
        state=row.next,
        rev=case.rev + 1,
        history=(*case.history, *_entry(event, at)),
    )


def _entry(event: CaseEvent, at: Setting) -> tuple[Entry, ...]:
    what = tell(event, at.lookup)
    why = event.why or (Text("{reason}", {"reason": event.reason}) if event.reason else None)
    return (Entry(at.now_ms, what, event.actor, why),) if what else ()


def _clocks(
    case: Case, event: CaseEvent, starts: tuple[ClockName, ...], stops: tuple[ClockName, ...], at: Setting
) -> tuple[Clock, ...]:
    """Stop those named, then start those named that do not run yet."""
    clocks = tuple(
        stopped(clock, at.calendar, at.now_ms) if clock.running and clock.name in stops else clock
        for clock in case.clocks
    )
    running = {clock.name for clock in clocks if clock.running}
    fresh = tuple(_begun(case, event, name, at) for name in starts if name not in running)
    return (*clocks, *fresh)


def _begun(case: Case, event: CaseEvent, name: ClockName, at: Setting) -> Clock:
    if name == "handle":
        return begun(name, _rest(case, at), at.calendar, at.now_ms)
    if name == "file":
        until = event.file_by_ms if isinstance(event, UrgentLaneTaken) else at.now_ms
        amount = at.calendar.elapsed("urgent_hour", at.now_ms, until)
        return begun(name, Limit(amount, "urgent_hour", Text("acted on first, filed later")), at.calendar, at.now_ms)
    return begun(name, stage_limit(at.scene, name), at.calendar, at.now_ms)


def _rest(case: Case, at: Setting) -> Limit:
    """The handling limit; rework gets no new time but what was left at the feedback. Reopening begins anew."""
    limit = case.limit or at.limit(case)
    before = case.clock("handle")
    if before is None or before.started_ms < case.reopened_ms:
        return limit
    rest = left(before, at.calendar, at.now_ms)
    return Limit(rest, before.kind, Text("what was left before the rework: {limit}", {"limit": limit.why}))
