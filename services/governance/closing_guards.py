"""When a case may be tested and closed: three truths, a named check, or the duty chief in person."""

from __future__ import annotations

from services.facts.governance import CaseClosed, CaseEvent, ClosingTestBegun
from services.governance.case import Case
from services.governance.guards import FOUNDLESS, reasoned
from services.governance.truths import blocking, checked_done
from twin.core.text import Text


def early_only(case: Case, event: CaseEvent) -> Text | None:
    """Before the feedback only calm sensors begin the closing test; never again once a resident said that it was not
    solved."""
    if not isinstance(event, ClosingTestBegun) or not event.early:
        return Text("the crew has not reported yet")
    if case.reopened:
        return Text("it was closed too early before: the department has to report first")
    return None


def forced(case: Case, event: CaseEvent) -> Text | None:
    """Without a passed test: the duty chief in person, with a reason; no rule and no automatic colleague."""
    if not isinstance(event, CaseClosed) or event.outcome != "untested":
        return Text("the closing test has not been passed")
    if event.actor.kind != "person" or event.actor.post != "duty_chief" or not event.actor.id:
        return Text("only the duty chief, by name, closes without a test")
    return reasoned(case, event)


def proved(case: Case, event: CaseEvent) -> Text | None:
    """Verified by calm readings, checked by the named collector who was ordered, or forced."""
    if not isinstance(event, CaseClosed):
        return Text("this closes nothing")
    if event.outcome == "untested":
        return forced(case, event)
    if case.urgent and not case.filed_by:
        return Text("the papers are missing: it was acted on first and is filed before it is closed")
    against = blocking(case, event.readings)
    if against is not None:
        return against
    if event.outcome == "verified":
        calm = bool(event.readings) and all(proof.state == "calm" for proof in event.readings)
        return None if calm else Text("the closing test has not been passed")
    check = case.check
    if (
        check is not None
        and check.stage == "closing"
        and check.finding in FOUNDLESS
        and checked_done(case)
        and event.checked_by
        and event.checked_by == check.collector
    ):
        return None
    return Text("no collector has found it resolved")
