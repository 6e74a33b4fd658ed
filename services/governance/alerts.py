"""Lines for the alerts panel: what a duty officer should not miss."""

from __future__ import annotations

from services.facts.casework import CaseReopened, CaseSupervised, FollowUpDue, TimeAsked, UrgentLaneTaken
from services.facts.governance import (
    CaseClosed,
    CaseEvent,
    CaseNotAccepted,
    CaseOpened,
    CaseReturned,
    CaseReworked,
    CaseUnrouted,
    CheckFailed,
    ClockOverdue,
    ClosingTestUndecided,
    DispatchFailed,
    UnitLost,
)
from services.governance.case import Case
from services.governance.cases import CaseDesk
from services.governance.story import tell
from services.governance.wording import measured
from twin.core.text import Text
from twin.core.views import Alert

TOLD = (
    CaseNotAccepted,
    CaseReopened,
    CaseReturned,
    CaseReworked,
    CaseSupervised,
    CaseUnrouted,
    CheckFailed,
    ClockOverdue,
    ClosingTestUndecided,
    DispatchFailed,
    FollowUpDue,
    TimeAsked,
    UnitLost,
    UrgentLaneTaken,
    CaseClosed,
)


def alert_of(event: CaseEvent, case: Case, cases: CaseDesk, city_ms: int) -> Alert | None:
    """The line for an event, or None for steps that go as they should."""
    scene = cases.scenes.of(case)
    if isinstance(event, CaseOpened):
        what = measured(scene, case.evidence, case.where)
        return Alert(
            city_ms=city_ms, severity=case.severity, text=Text("{case}: {what}", {"case": case.id, "what": what}),
            card=case.id,
        )  # fmt: skip
    if not isinstance(event, TOLD):
        return None
    step = tell(event, cases.lookup)
    if step is None:
        return None
    quiet = isinstance(event, CaseClosed | CaseNotAccepted)
    return Alert(
        city_ms=city_ms,
        severity=0 if quiet else case.severity,
        text=Text("{case} {scene}: {step}", {"case": case.id, "scene": scene.name, "step": step}),
        card=case.id,
    )
