"""What people may propose about requests, whistles, rooms and shifts: the actions of cards and pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.collaboration.names import Names
from services.collaboration.request import Request, RequestState
from services.collaboration.room import Room, Task
from services.collaboration.settings import Settings
from services.collaboration.whistles import KIND_TEXT, Whistle
from services.facts.collaboration import CENTRE, GOVERNING, HANDLING
from services.facts.meetings import AddResolution, BeginMeeting, EndMeeting
from services.facts.working import AskDepartment, BlowWhistle, SignOffRequest
from twin.core.text import Name, Text
from twin.core.views import Action, Choice

YES_NO = (Choice(True, Text("yes")), Choice(False, Text("no, send it back")))
KINDS = tuple(Choice(kind, text) for kind, text in KIND_TEXT.items())


def about_case(case: str, names: Names, settings: Settings) -> Iterator[Action]:
    """For an open case: ask another department, blow the whistle."""
    yield Action(
        command="AskDepartment",
        label=Text("Ask another department"),
        fixed={"case": case},
        asks={
            "department": Text("Department"),
            "what": Text("What is asked for"),
            "respond_minutes": Text(
                "Minutes for the answer ({minutes})", {"minutes": settings.requests.respond_minutes}
            ),
            "finish_minutes": Text("Minutes for the result ({minutes})", {"minutes": settings.requests.finish_minutes}),
        },
        choices={"department": names.choices},
        numbers=("respond_minutes", "finish_minutes"),
        more=True,
        posts=AskDepartment.posts,
    )


def about_whistles(case: str, whistles: Iterable[Whistle], names: Names) -> Iterator[Action]:
    running = [whistle for whistle in whistles if whistle.ended_ms < 0]
    if not running:
        yield Action(
            command="BlowWhistle",
            label=Text("Blow the whistle"),
            fixed={"case": case},
            asks={"kind": Text("Kind"), "departments": Text("Departments"), "why_whistle": Text("Reason")},
            choices={
                "kind": KINDS,
                "departments": names.choices,
            },
            many=("departments",),
            more=True,
            posts=BlowWhistle.posts,
        )
    for whistle in running:
        fixed: dict[str, str | int | float | bool] = {"whistle": whistle.id}
        if whistle.missing:
            label = Text("Report in to {whistle}", {"whistle": whistle.id})
            yield Action(command="ReportIn", label=label, fixed=fixed, posts=HANDLING)
        yield Action(
            command="EndWhistle",
            label=Text("End whistle {whistle}", {"whistle": whistle.id}),
            fixed=fixed,
            asks={"result": Text("Result")},
            more=True,
            posts=BlowWhistle.posts,
        )


def about_request(request: Request) -> Iterator[Action]:
    fixed: dict[str, str | int | float | bool] = {"request": request.id}
    called: dict[str, str | int | float | Text | Name] = {"request": request.id}
    match request.state:
        case RequestState.SENT:
            yield Action(
                command="AnswerRequest", label=Text("{request}: we do it", called), fixed=fixed,
                asks={"answer": Text("Answer")}, posts=HANDLING,
            )  # fmt: skip
            yield Action(
                command="RefuseRequest", label=Text("{request}: refuse", called), fixed=fixed,
                asks={"why_refused": Text("Reason")}, danger=True, more=True, posts=HANDLING,
            )  # fmt: skip
        case RequestState.ANSWERED:
            yield Action(
                command="FinishRequest", label=Text("{request}: done", called), fixed=fixed,
                asks={"result": Text("Result")}, posts=HANDLING,
            )  # fmt: skip
        case RequestState.FINISHED:
            yield Action(
                command="SignOffRequest", label=Text("{request}: sign off", called), fixed=fixed,
                asks={"accepted": Text("Is it done?"), "note": Text("Note")}, choices={"accepted": YES_NO},
                posts=SignOffRequest.posts,
            )  # fmt: skip
        case _:
            return


def about_room(case: str, room: Room | None, names: Names) -> Iterator[Action]:
    """Open it; within it, meetings and what they decide."""
    fixed: dict[str, str | int | float | bool] = {"case": case}
    if room is None:
        yield Action(command="OpenRoom", label=Text("Open the scene room"), fixed=fixed, more=True, posts=GOVERNING)
        return
    if room.meeting is None and room.open:
        asks = {"subject": Text("Subject")}
        label = Text("Begin a meeting")
        yield Action(command="BeginMeeting", label=label, fixed=fixed, asks=asks, posts=BeginMeeting.posts)
    if room.meeting is not None:
        asks = {"minutes": Text("Minutes of the meeting")}
        label = Text("End the meeting")
        yield Action(command="EndMeeting", label=label, fixed=fixed, asks=asks, posts=EndMeeting.posts)
    if room.meetings:
        yield Action(
            command="AddResolution",
            label=Text("Make a decision somebody's task"),
            fixed=fixed,
            asks={
                "what": Text("Decision"),
                "department": Text("Department"),
                "due_minutes": Text("Minutes until it is due"),
                "supervised": Text("Watched by the duty chief"),
            },
            choices={
                "department": names.choices,
                "supervised": (Choice(True, Text("yes")), Choice(False, Text("no"))),
            },
            numbers=("due_minutes",),
            posts=AddResolution.posts,
        )


def say(case: str) -> Action:
    asks = {"words": Text("Words")}
    return Action(command="SayInRoom", label=Text("Say"), fixed={"case": case}, asks=asks, posts=GOVERNING)


def about_task(task: Task) -> Iterator[Action]:
    if task.open:
        yield Action(
            command="FinishResolution",
            label=Text("{resolution}: done", {"resolution": task.id}),
            fixed={"resolution": task.id},
            asks={"result": Text("Result")},
            posts=(*HANDLING, *CENTRE),
        )
