"""What events change of conduct: reports, measures, appeals and rumours."""

from __future__ import annotations

import msgspec

from services.facts.base import Event
from services.facts.virtual import (
    ConductAppealDecided,
    ConductReported,
    MeasureAppealed,
    MeasureEnded,
    MeasureTaken,
    ReportClosed,
    RumourClarified,
    RumourSpread,
)
from services.virtual.state import (
    KEPT_MEASURES,
    KEPT_REPORTS,
    KEPT_RUMOURS,
    KEPT_TOLD,
    Measure,
    Report,
    Rumour,
    State,
)


def record(state: State, event: Event, city_ms: int) -> None:
    match event:
        case ConductReported():
            state.reported += 1
            state.reports[event.report] = Report(
                event.report, event.place, event.by, event.about, event.avatar, event.conduct, city_ms
            )
            _trim(state)
        case ReportClosed() if event.report in state.reports:
            state.reports[event.report] = msgspec.structs.replace(
                state.reports[event.report], closed_ms=city_ms, measure=event.measure, unfounded=event.unfounded
            )
        case MeasureTaken():
            _take(state, event, city_ms)
        case MeasureAppealed() if event.measure in state.measures:
            _change(state, event.measure, appealed_ms=city_ms, decide_by_ms=event.decide_by_ms)
        case ConductAppealDecided() if event.measure in state.measures:
            _change(state, event.measure, upheld=event.upheld)
        case MeasureEnded() if event.measure in state.measures:
            _change(state, event.measure, ended_ms=city_ms, how=event.how)
        case RumourSpread():
            _spread(state, event, city_ms)
        case RumourClarified() if event.rumour in state.rumours:
            state.rumours[event.rumour] = msgspec.structs.replace(
                state.rumours[event.rumour], clarified_ms=city_ms, by=event.by
            )
        case _:
            pass


def _take(state: State, event: MeasureTaken, city_ms: int) -> None:
    state.measured += 1
    state.measures[event.measure] = Measure(
        id=event.measure, place=event.place, about=event.about, avatar=event.avatar, step=event.step,
        ground=event.ground, taken_ms=city_ms, until_ms=event.until_ms, moderator=event.moderator,
    )  # fmt: skip
    over = len(state.measures) - KEPT_MEASURES
    for id in [one.id for one in state.measures.values() if not one.in_force and not one.undecided][: max(0, over)]:
        del state.measures[id]


def _trim(state: State) -> None:
    """The oldest answered ones go first."""
    over = len(state.reports) - KEPT_REPORTS
    if over > 0:
        for id in sorted(state.reports, key=lambda one: (state.reports[one].closed_ms < 0, int(one[2:])))[:over]:
            del state.reports[id]


def _change(state: State, id: str, **fields: int | str | bool) -> None:
    state.measures[id] = msgspec.structs.replace(state.measures[id], **fields)


def _spread(state: State, event: RumourSpread, city_ms: int) -> None:
    old = state.rumours.get(event.rumour)
    before = () if old is None else old.told
    told = tuple(dict.fromkeys((*before, *event.told)))[:KEPT_TOLD]
    if old is None:
        state.rumours[event.rumour] = Rumour(
            event.rumour, event.kind, event.place, event.target, city_ms, event.heard, told
        )
    else:
        state.rumours[event.rumour] = msgspec.structs.replace(old, heard=max(old.heard, event.heard), told=told)
    for id in list(state.rumours)[: max(0, len(state.rumours) - KEPT_RUMOURS)]:
        del state.rumours[id]


def erase(state: State, person: str) -> None:
    state.reports = {id: one for id, one in state.reports.items() if person not in (one.by, one.about)}
    state.measures = {id: one for id, one in state.measures.items() if one.about != person}
