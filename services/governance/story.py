"""Every step of a case in a sentence, for its history: what happened, in any language."""

from __future__ import annotations

from services.facts.closures import ClosureLifted, ClosureOrdered
from services.facts.governance import (
    CaseAccepted,
    CaseAcknowledged,
    CaseClosed,
    CaseEvent,
    CaseFedBack,
    CaseFiled,
    CaseMerged,
    CaseNotAccepted,
    CaseOpened,
    CaseReturned,
    CaseReworked,
    CaseRouted,
    CaseTakenOver,
    CaseUnrouted,
    CheckFailed,
    CheckOrdered,
    CheckReported,
    ClockOverdue,
    ClosingTestBegun,
    ClosingTestUndecided,
    DispatchFailed,
    EvidenceAdded,
    NoteAdded,
    TaskDone,
    UnitAcknowledged,
    UnitDispatched,
    UnitLost,
    UnitProgressed,
)
from services.governance.claim_story import CLOCK, SOURCE, tell_claim
from services.governance.lookup import Lookup
from twin.core.text import Text
from twin.state.weather import SERVICE

__all__ = ["CLOCK", "FINDING", "LOST", "OUTCOME", "SOURCE", "TASK", "task_text", "tell"]

LOST: dict[str, Text] = {
    "refused": Text("{unit} refused"),
    "unable": Text("{unit} cannot do it"),
    "broken_down": Text("{unit} broke down"),
    "expired": Text("{unit} did not acknowledge in time"),
    "recalled": Text("{unit} was called off"),
}

PROGRESS: dict[str, Text] = {
    "driving": Text("{unit} is on its way"),
    "arrived": Text("{unit} arrived"),
    "working": Text("{unit} is at work"),
}

FINDING: dict[str, Text] = {
    "confirmed": Text("{collector} confirms it"),
    "resolved": Text("{collector} found it resolved"),
    "unresolved": Text("{collector} found it unresolved"),
    "nothing_found": Text("{collector} found nothing"),
}

OUTCOME: dict[str, Text] = {
    "verified": Text("Closed: the sensors prove it"),
    "checked": Text("Closed: a collector checked it"),
    "untested": Text("Closed by force, untested"),
}

TASK: dict[str, Text] = {
    "pump": Text("pump water"),
    "extinguish": Text("put out the fire"),
    "rescue": Text("rescue"),
    "tow": Text("tow away"),
    "repair_lamp": Text("repair lamps"),
    "replace_cover": Text("replace the cover"),
    "empty": Text("empty the bin"),
    "close_valve": Text("close the valve"),
    "repair_pipe": Text("repair the pipe"),
    "suppress_dust": Text("suppress dust"),
    "clear_tree": Text("clear the tree"),
    "guard": Text("guard the spot"),
    "clean": Text("clean up"),
    "inspect": Text("inspect"),
    "clear_rubbish": Text("clear the rubbish"),
    "close_gate": Text("close the flood gate"),
    "direct_traffic": Text("direct traffic"),
    "inspect_gas": Text("find and stop the gas leak"),
    "move_car": Text("have the car moved"),
    "quiet": Text("have the noise stopped"),
    "repair_signal": Text("repair the traffic light"),
    "repair_kiosk": Text("repair the kiosk"),
    "sandbag": Text("lay sandbags"),
    "steward": Text("steward the crowd"),
    "stop_work": Text("have the work stopped"),
    "visit": Text("visit the resident"),
    "moderate": Text("see to the virtual place"),
    "open_rooms": Text("set up more rooms"),
    "restore_service": Text("restore the platform"),
}


def task_text(task: str) -> Text:
    return TASK.get(task, Text("{task}", {"task": task}))


def tell(event: CaseEvent, lookup: Lookup) -> Text | None:
    """The sentence for a step, or None for steps that a history can do without."""
    match event:
        case CaseOpened():
            return Text("Reported by {source}", {"source": SOURCE.get(event.source, SOURCE["sensor"])})
        case EvidenceAdded():
            source = event.evidence.source
            said = SOURCE["weather"] if source == SERVICE else source
            return Text("More evidence from {source}", {"source": said})
        case CaseAcknowledged():
            return Text("Acknowledged")
        case CaseAccepted():
            return Text("Accepted")
        case CaseNotAccepted():
            return Text("Not accepted")
        case CaseFiled():
            return Text("Filed; {person} answers for it", {"person": lookup.person_name(event.by)})
        case CaseRouted():
            return Text("Routed to {department}", {"department": lookup.department_name(event.department)})
        case CaseUnrouted(contenders=(_, *_)):
            return Text("Between two jurisdictions; it lies with {person}", {"person": lookup.person_name(event.owner)})
        case CaseUnrouted():
            return Text("No routing rule matches; it lies with {person}", {"person": lookup.person_name(event.owner)})
        case CaseTakenOver():
            return Text("Taken over by {person}", {"person": lookup.person_name(event.owner)})
        case NoteAdded():
            return Text("Note: {note}", {"note": event.note})
        case CaseMerged():
            return Text("Merged into case {case}", {"case": event.into})
        case CaseClosed():
            return OUTCOME[event.outcome]
        case ClockOverdue():
            return Text("The clock for {clock} is overdue", {"clock": CLOCK[event.clock]})
        case ClosureOrdered():
            return None if event.renewed else Text("Road closed to traffic")
        case ClosureLifted():
            return Text("Road open again")
        case _:
            return tell_claim(event, lookup) or _tell_work(event, lookup)


def _tell_work(event: CaseEvent, lookup: Lookup) -> Text | None:
    match event:
        case UnitDispatched():
            return Text(
                "{unit} sent to {task}, {minutes} min away",
                {
                    "unit": lookup.unit_name(event.unit),
                    "task": task_text(event.task),
                    "minutes": round(event.travel_s / 60, 1),
                },
            )
        case DispatchFailed():
            return Text("No unit can be sent to {task} now", {"task": task_text(event.task)})
        case UnitAcknowledged():
            return Text("{unit} acknowledged", {"unit": lookup.unit_name(event.unit)})
        case UnitProgressed():
            return Text(PROGRESS[event.state].msgid, {"unit": lookup.unit_name(event.unit)})
        case UnitLost():
            return Text(LOST[event.how].msgid, {"unit": lookup.unit_name(event.unit)})
        case TaskDone():
            return Text("{unit} says it is done", {"unit": lookup.unit_name(event.unit)})
        case CaseFedBack():
            return Text("Feedback: all tasks are done")
        case ClosingTestBegun():
            return Text("The sensors are calm already: closing test") if event.early else Text("Closing test begins")
        case ClosingTestUndecided():
            return Text("The readings cannot decide: a collector is to look")
        case CheckOrdered():
            stage = Text("check before filing") if event.stage == "filing" else Text("check before closing")
            return Text("{person} sent: {stage}", {"person": lookup.person_name(event.collector), "stage": stage})
        case CheckFailed():
            return Text("No collector can be sent now")
        case CheckReported():
            return Text(FINDING[event.finding].msgid, {"collector": lookup.person_name(event.collector)})
        case CaseReworked():
            return Text("Rework: the department goes again")
        case CaseReturned():
            return Text("Returned to the dispatcher") if event.to == "dispatcher" else Text("Returned to the acceptor")
        case _:
            return None
