"""What belongs in the duty log: grave cases, roads, what is late, force, warnings and responses."""

from __future__ import annotations

from services.collaboration.names import Names
from services.collaboration.ports import Cases, CaseView
from services.collaboration.telling import tell
from services.facts.base import Event
from services.facts.casework import AutomationSet, CaseReopened, CaseSupervised, TierMoved, TimeGranted, UrgentLaneTaken
from services.facts.closures import ClosureLifted, ClosureOrdered
from services.facts.duty import ShiftHandedOver, ShiftOverdue, ShiftTakenOver
from services.facts.governance import (
    CaseClosed,
    CaseEvent,
    CaseOpened,
    CaseReworked,
    CaseUnrouted,
    ClockOverdue,
    DispatchFailed,
)
from services.facts.meetings import MeetingEnded, ResolutionMade, ResolutionOverdue, RoomOpened
from services.facts.response import (
    NoticeCancelled,
    NoticeIssued,
    ResponseDeclared,
    ResponseEnded,
    WarningLifted,
    WarningNoted,
)
from services.facts.working import Escalated, RequestOverdue, RequestRefused, WhistleBlown, WhistleEnded, WhistleOverdue
from twin.core.text import Text
from twin.formats.civic import WarningKind

GRAVE = 2
LEVEL = {1: "Ⅰ", 2: "Ⅱ", 3: "Ⅲ", 4: "Ⅳ"}
BETWEEN_DEPARTMENTS = (
    Escalated,
    MeetingEnded,
    RequestOverdue,
    RequestRefused,
    ResolutionMade,
    ResolutionOverdue,
    RoomOpened,
    ShiftHandedOver,
    ShiftOverdue,
    ShiftTakenOver,
    WhistleBlown,
    WhistleEnded,
    WhistleOverdue,
)
HAZARD: dict[WarningKind, Text] = {
    "rainstorm": Text("rainstorm"),
    "gale": Text("gale"),
    "heat": Text("heat"),
    "fog": Text("fog"),
    "snow": Text("snow"),
    "typhoon": Text("typhoon"),
    "thunder": Text("thunder"),
}
STEPS: dict[type[CaseEvent], Text] = {
    CaseReworked: Text("rework"),
    CaseUnrouted: Text("no routing rule matches"),
    DispatchFailed: Text("no unit can be sent"),
    ClosureLifted: Text("the road is open again"),
    CaseReopened: Text("opened again"),
    CaseSupervised: Text("under supervision"),
    NoticeCancelled: Text("the public notice is withdrawn"),
    UrgentLaneTaken: Text("urgent lane: act first, file later"),
}
OF_A_CASE: tuple[type[CaseEvent], ...] = (
    *STEPS,
    CaseOpened,
    ClosureOrdered,
    ClockOverdue,
    CaseClosed,
    TimeGranted,
    TierMoved,
    NoticeIssued,
)
GRAVE_ONLY = (CaseReworked, DispatchFailed)
"""Not worth a line for lighter cases."""


def noteworthy(event: Event, cases: Cases, names: Names) -> Text | None:
    """The line of the duty log, or None for what goes as it should."""
    if isinstance(event, BETWEEN_DEPARTMENTS):
        return _placed(event, tell(event, names), cases)
    match event:
        case ResponseDeclared():
            level = LEVEL.get(event.level, str(event.level))
            return Text(
                "emergency response to {hazard} at level {level}", {"hazard": HAZARD[event.hazard], "level": level}
            )
        case ResponseEnded():
            return Text("emergency response to {hazard} ended", {"hazard": HAZARD[event.hazard]})
        case WarningNoted():
            level = LEVEL.get(event.level, str(event.level))
            return Text("weather warning: {hazard} at level {level}", {"hazard": HAZARD[event.hazard], "level": level})
        case WarningLifted():
            return Text("weather warning lifted: {hazard}", {"hazard": HAZARD[event.hazard]})
        case AutomationSet():
            return Text("automation of {scene} set to {level}", {"scene": event.scene, "level": event.level})
        case CaseEvent() if isinstance(event, OF_A_CASE):
            view = cases.view(event.case)
            return None if view is None else _placed(event, _of_case(event, view), cases)
        case _:
            return None


def _of_case(event: CaseEvent, view: CaseView) -> Text | None:
    grave = view.severity <= GRAVE
    if type(event) in STEPS:
        return STEPS[type(event)] if grave or not isinstance(event, GRAVE_ONLY) else None
    match event:
        case CaseOpened() if grave:
            return Text("reported, severity {level}", {"level": LEVEL[view.severity]})
        case ClosureOrdered(renewed=False):
            return Text("the road is closed to traffic")
        case ClockOverdue():
            return Text("a clock has run out")
        case CaseClosed(outcome="untested"):
            return Text("closed by force: {reason}", {"reason": event.reason})
        case CaseClosed() if grave:
            return Text("closed")
        case TimeGranted(kind="suspension"):
            return Text("its clock is suspended")
        case TimeGranted():
            return Text("more time is granted: {minutes} min", {"minutes": event.minutes})
        case TierMoved():
            return Text("moved to another tier")
        case NoticeIssued():
            return Text("public notice: {headline}", {"headline": event.headline})
        case _:
            return None


def _placed(event: Event, what: Text | None, cases: Cases) -> Text | None:
    """With the case and its place before it, where there is one."""
    case: str = getattr(event, "case", "")
    view = cases.view(case) if what is not None and case else None
    if what is None or view is None:
        return what
    return Text(
        "{case} {scene}, {where}: {what}", {"case": case, "scene": view.title, "where": view.where, "what": what}
    )
