"""What departments did with each other, each in a sentence: for rooms, the duty log and alerts."""

from __future__ import annotations

from services.collaboration.names import Names
from services.collaboration.whistles import KIND_TEXT
from services.facts.base import Event
from services.facts.duty import ShiftHandedOver, ShiftOverdue, ShiftTakenOver
from services.facts.meetings import (
    MeetingBegun,
    MeetingEnded,
    ResolutionDone,
    ResolutionMade,
    ResolutionOverdue,
    RoomClosed,
    RoomJoined,
    RoomOpened,
)
from services.facts.working import (
    DepartmentReportedIn,
    Escalated,
    RequestAnswered,
    RequestFinished,
    RequestLapsed,
    RequestOverdue,
    RequestRefused,
    RequestSent,
    RequestSignedOff,
    WhistleBlown,
    WhistleEnded,
    WhistleOverdue,
)
from twin.core.text import Name, Text

ESCALATED: dict[str, Text] = {
    "case": Text("the clock of {subject}"),
    "request_answer": Text("the answer to {subject}"),
    "request_result": Text("the result of {subject}"),
    "report_in": Text("reporting in to {subject}"),
    "resolution": Text("resolution {subject}"),
    "shift": Text("the hand-over of a shift"),
}


def tell(event: Event, names: Names) -> Text | None:
    """The sentence, or None for what needs none."""
    return _of_request(event, names) or _of_whistle(event, names) or _of_room(event, names) or _of_duty(event, names)


def listed(departments: tuple[str, ...], names: Names) -> Name:
    """Several departments in one name."""
    all_ = [names.department(one) for one in departments]
    return Name(", ".join(one.en for one in all_), "、".join(one.zh for one in all_))


def _of_request(event: Event, names: Names) -> Text | None:
    match event:
        case RequestSent():
            return Text(
                "{request}: {asker} asks {department}: {what}",
                {
                    "request": event.request,
                    "asker": names.department(event.from_department),
                    "department": names.department(event.to_department),
                    "what": event.what,
                },
            )
        case RequestAnswered():
            return Text("{request} is taken on: {answer}", {"request": event.request, "answer": event.answer})
        case RequestRefused():
            return Text("{request} is refused: {reason}", {"request": event.request, "reason": event.reason})
        case RequestFinished():
            return Text("{request} is done: {result}", {"request": event.request, "result": event.result})
        case RequestSignedOff(accepted=True):
            return Text("{request} is signed off", {"request": event.request})
        case RequestSignedOff():
            return Text("{request} is sent back: {reason}", {"request": event.request, "reason": event.reason})
        case RequestOverdue(clock="respond"):
            return Text("{request} was not answered in time", {"request": event.request})
        case RequestOverdue():
            return Text("{request} was not done in time", {"request": event.request})
        case RequestLapsed():
            return Text("{request} lapses: the case has ended", {"request": event.request})
        case _:
            return None


def _of_whistle(event: Event, names: Names) -> Text | None:
    match event:
        case WhistleBlown():
            return Text(
                "{kind} {whistle}: {departments} must report in",
                {
                    "kind": KIND_TEXT[event.kind],
                    "whistle": event.whistle,
                    "departments": listed(event.departments, names),
                },
            )
        case DepartmentReportedIn():
            return Text("{department} has reported in", {"department": names.department(event.department)})
        case WhistleOverdue():
            missing = listed(event.departments, names)
            return Text("{departments} did not report in within the limit", {"departments": missing})
        case WhistleEnded():
            return Text("whistle {whistle} is over: {result}", {"whistle": event.whistle, "result": event.result})
        case _:
            return None


def _of_room(event: Event, names: Names) -> Text | None:
    match event:
        case RoomOpened():
            return Text("the scene room is open: {departments}", {"departments": listed(event.parties, names)})
        case RoomJoined():
            return Text("{department} joins", {"department": names.department(event.department)})
        case RoomClosed():
            return Text("the scene room closes with the case")
        case MeetingBegun():
            return Text("meeting {meeting} begins: {subject}", {"meeting": event.meeting, "subject": event.subject})
        case MeetingEnded():
            return Text("meeting {meeting} ends with minutes", {"meeting": event.meeting})
        case ResolutionMade():
            return Text(
                "{resolution} for {department}, {person}: {what}",
                {
                    "resolution": event.resolution,
                    "department": names.department(event.department),
                    "person": names.person(event.person),
                    "what": event.what,
                },
            )
        case ResolutionDone():
            return Text("{resolution} is done: {result}", {"resolution": event.resolution, "result": event.result})
        case ResolutionOverdue():
            return Text("{resolution} is past its deadline", {"resolution": event.resolution})
        case _:
            return None


def _of_duty(event: Event, names: Names) -> Text | None:
    match event:
        case Escalated():
            kind = event.what.partition("/")[0]
            late = ESCALATED.get(kind, Text("{subject}"))
            return Text(
                "{late} is late: {post} {person} is told (step {step})",
                {
                    "late": Text(late.msgid, {"subject": event.subject}),
                    "post": names.post(event.to_post),
                    "person": names.person(event.person),
                    "step": event.step,
                },
            )
        case ShiftHandedOver():
            return Text(
                "{post}: {outgoing} hands over to {incoming}",
                {
                    "post": names.post(event.post),
                    "outgoing": names.person(event.outgoing),
                    "incoming": names.person(event.incoming),
                },
            )
        case ShiftTakenOver():
            return Text(
                "{post}: {person} has taken over",
                {"post": names.post(event.post), "person": names.person(event.person)},
            )
        case ShiftOverdue():
            return Text(
                "{post}: nobody has taken over from {person}",
                {"post": names.post(event.post), "person": names.person(event.outgoing)},
            )
        case _:
            return None
