"""The rooms desk: all parties of a case see the same evidence and talk; what a meeting decides becomes a task."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from services.collaboration.answers import refused, serial_of, unsaid
from services.collaboration.authority import Authority
from services.collaboration.canon import canonical, revive
from services.collaboration.meetings import CENTRE, Meetings
from services.collaboration.names import Names
from services.collaboration.ports import Cases, CaseView
from services.collaboration.room import Line, Meeting, Room, Task
from services.collaboration.settings import Settings
from services.collaboration.telling import tell
from services.engine.desk import Fact, Tick, Turn
from services.facts.base import SYSTEM, Actor, Event
from services.facts.because import because
from services.facts.casework import CaseReopened
from services.facts.governance import (
    CaseClosed,
    CaseFiled,
    CaseMerged,
    CaseNotAccepted,
    CaseRouted,
    EvidenceAdded,
)
from services.facts.meetings import (
    AddResolution,
    BeginMeeting,
    EndMeeting,
    FinishResolution,
    MeetingBegun,
    MeetingEnded,
    OpenRoom,
    ResolutionDone,
    ResolutionMade,
    ResolutionOverdue,
    RoomClosed,
    RoomCommand,
    RoomEvent,
    RoomJoined,
    RoomOpened,
    SaidInRoom,
    SayInRoom,
)
from services.facts.working import RequestEvent, RequestSent, WhistleBlown, WhistleEvent
from twin.core.text import Text

KEPT_CLOSED = 100
Called = Callable[[str], tuple[str, ...]]
"""Departments that were called to a case."""


class _State(msgspec.Struct):
    meetings: int = 0
    resolutions: int = 0
    rooms: dict[str, Room] = {}
    tasks: dict[str, Task] = {}


class RoomDesk:
    """Rooms by their case's id; meetings ``M-<serial>``, resolutions ``D-<serial>``."""

    name = "rooms"

    def __init__(
        self, cases: Cases, names: Names, authority: Authority, settings: Settings, called: Sequence[Called]
    ) -> None:
        self._cases, self._names, self._authority, self._settings = cases, names, authority, settings
        self._called = tuple(called)
        self._meetings = Meetings(names, authority, settings)
        self._state = _State()

    def room(self, case: str) -> Room | None:
        return self._state.rooms.get(case)

    def tasks(self, case: str = "") -> tuple[Task, ...]:
        """Of one case or of all, in the order in which they were made."""
        return tuple(task for task in self._state.tasks.values() if not case or task.case == case)

    # --- deciding ---------------------------------------------------------------------------------------------

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case Tick():
                return self._overdue(turn.city_ms)
            case CaseFiled() | EvidenceAdded() | CaseReopened():
                return (*self._by_rule(fact.case, isinstance(fact, CaseReopened), turn),)
            case CaseRouted():
                return self._join(fact.case, (fact.department,), fact.actor)
            case RequestSent():
                return self._join(fact.case, (fact.to_department,), fact.actor)
            case WhistleBlown():
                here = self._authority.department(fact.actor, turn.city_ms)
                return self._join(fact.case, (here, *fact.departments), fact.actor)
            case CaseClosed() | CaseNotAccepted() | CaseMerged():
                return self._close(fact.case)
            case RoomCommand() | FinishResolution():
                why_not = self._authority.refusal(fact, turn.city_ms)
                answer = why_not if why_not is not None else self._answer(fact, turn)
                return (refused(fact, answer),) if isinstance(answer, Text) else answer
            case _:
                return ()

    def _overdue(self, city_ms: int) -> Iterator[Event]:
        for task in self._state.tasks.values():
            if task.open and not task.late and city_ms > task.due_ms:
                yield ResolutionOverdue(
                    actor=SYSTEM, **because("its deadline has passed"), case=task.case, resolution=task.id
                )

    def _by_rule(self, case: str, again: bool, turn: Turn) -> Iterator[Event]:
        """A grave case has its room at once; a reopened one has the room that it had."""
        view, room = self._cases.view(case), self.room(case)
        if view is None or view.ended or (room is not None and (room.open or not again)):
            return
        level = self._settings.room.level(view.scene)
        actor = self._authority.rule("collaboration/room", "duty_chief", turn.city_ms)
        if actor is None or (room is None and view.severity > level):
            return
        reason = because("the case was opened again") if room else because("a case of this severity has a scene room")
        yield RoomOpened(actor=actor, cause=case, **reason, case=case, parties=self._parties(view, actor, turn.city_ms))

    def _parties(self, view: CaseView, opener: Actor, city_ms: int) -> tuple[str, ...]:
        """The centre, the lead, those in support, those called, and whoever opens the room."""
        called = (one for source in self._called for one in source(view.id))
        here = self._authority.department(opener, city_ms)
        room = self.room(view.id)
        before = room.parties if room is not None else ()
        all_ = (CENTRE, *before, view.lead, view.department, *view.support, *called, here)
        return tuple(dict.fromkeys(one for one in all_ if one in self._names.departments))

    def _join(self, case: str, departments: tuple[str, ...], actor: Actor) -> tuple[Event, ...]:
        room = self.room(case)
        if room is None or not room.open:
            return ()
        new = (one for one in dict.fromkeys(departments) if one in self._names.departments and one not in room.parties)
        return tuple(RoomJoined(actor=actor, case=case, department=one) for one in new)

    def _close(self, case: str) -> tuple[Event, ...]:
        room = self.room(case)
        if room is None or not room.open:
            return ()
        return (RoomClosed(actor=SYSTEM, **because("the case ended"), case=case),)

    # --- commands ---------------------------------------------------------------------------------------------

    def _answer(self, command: RoomCommand | FinishResolution, turn: Turn) -> Sequence[Event] | Text:
        if isinstance(command, FinishResolution):
            task = self._state.tasks.get(command.resolution)
            if task is None:
                return Text("there is no resolution {resolution}", {"resolution": command.resolution})
            done = self._meetings.finish(task, command, turn)
            return done if isinstance(done, Text) else (done,)
        room = self.room(command.case)
        if isinstance(command, OpenRoom):
            return self._open(command, room, turn)
        if room is None:
            return Text("case {case} has no scene room", {"case": command.case})
        mine = self._authority.department(command.actor, turn.city_ms)
        if mine not in room.parties:
            return Text("{department} is no party to this case", {"department": self._names.department(mine)})
        match command:
            case SayInRoom():
                return self._say(command, room)
            case BeginMeeting():
                return self._meetings.begin(room, command, self._state.meetings)
            case EndMeeting():
                return self._meetings.end(room, command, self._state.resolutions, turn)
            case AddResolution():
                return self._meetings.add(room, command, self._state.resolutions, turn)
            case _:
                return Text("nobody answers this command")

    def _open(self, command: OpenRoom, room: Room | None, turn: Turn) -> Sequence[Event] | Text:
        view = self._cases.view(command.case)
        if view is None or view.ended:
            return Text("there is no open case {case}", {"case": command.case})
        if room is not None:
            return Text("case {case} has its scene room", {"case": command.case})
        parties = self._parties(view, command.actor, turn.city_ms)
        return (RoomOpened(actor=command.actor, cause=command.id, case=view.id, parties=parties),)

    def _say(self, command: SayInRoom, room: Room) -> Sequence[Event] | Text:
        if not room.open:
            return Text("the room is closed with its case")
        return unsaid(command.words, self._settings.words.longest) or (
            SaidInRoom(actor=command.actor, cause=command.id, case=room.case, words=command.words.strip()),
        )

    # --- state ------------------------------------------------------------------------------------------------

    def apply(self, event: Event, turn: Turn) -> None:
        if isinstance(event, RoomEvent):
            before = self._state.rooms.get(event.case)
            self._note(event, turn.city_ms, self._enter(event, before, turn.city_ms))
        elif isinstance(event, RequestEvent | WhistleEvent):
            room = self._state.rooms.get(event.case)
            if room is not None:
                self._note(event, turn.city_ms, room)

    def _note(self, event: Event, city_ms: int, room: Room) -> None:
        """What was said, or a line about what happened."""
        if isinstance(event, SaidInRoom):
            line = Line(city_ms, event.actor, event.words)
            self._state.rooms[room.case] = room.saying(line)
            return
        what = tell(event, self._names)
        lines = (Line(city_ms, event.actor, what, note=True),) if what is not None else ()
        self._state.rooms[room.case] = room.saying(*lines)

    def _enter(self, event: RoomEvent, before: Room | None, city_ms: int) -> Room:
        """The room after the event, but for its lines; tasks are kept beside it."""
        if isinstance(event, RoomOpened):
            opened = before or Room(case=event.case, opened_ms=city_ms, parties=())
            return msgspec.structs.replace(opened, parties=event.parties, closed_ms=-1)
        room = self._state.rooms[event.case]
        match event:
            case RoomJoined():
                return msgspec.structs.replace(room, parties=(*room.parties, event.department))
            case MeetingBegun():
                self._state.meetings = serial_of(event.meeting)
                meeting = Meeting(id=event.meeting, subject=event.subject, called_by=event.actor, begun_ms=city_ms)
                return msgspec.structs.replace(room, meetings=(*room.meetings, meeting))
            case MeetingEnded():
                ended = msgspec.structs.replace(
                    room.meetings[-1], ended_ms=city_ms, ended_by=event.actor, minutes=event.minutes
                )
                return msgspec.structs.replace(room, meetings=(*room.meetings[:-1], ended))
            case RoomClosed():
                self._forget()
                return msgspec.structs.replace(room, closed_ms=city_ms)
            case _:
                self._task(event, city_ms)
                return room

    def _task(self, event: RoomEvent, city_ms: int) -> None:
        tasks = self._state.tasks
        match event:
            case ResolutionMade():
                self._state.resolutions = serial_of(event.resolution)
                tasks[event.resolution] = Task(
                    id=event.resolution, case=event.case, meeting=event.meeting, what=event.what,
                    department=event.department, person=event.person, made_by=event.actor, made_ms=city_ms,
                    due_ms=event.due_ms, supervised=event.supervised,
                )  # fmt: skip
            case ResolutionDone():
                done = msgspec.structs.replace(tasks[event.resolution], done_ms=city_ms, result=event.result)
                tasks[event.resolution] = done
            case ResolutionOverdue():
                tasks[event.resolution] = msgspec.structs.replace(tasks[event.resolution], late=True)
            case _:
                pass

    def _forget(self) -> None:
        """The oldest closed rooms whose tasks are all done leave the memory, not the journal."""
        busy = {task.case for task in self._state.tasks.values() if task.open}
        rooms = self._state.rooms.values()
        closed = sorted((room.closed_ms, room.case) for room in rooms if not room.open and room.case not in busy)
        for _, case in closed[: max(0, len(closed) - KEPT_CLOSED)]:
            del self._state.rooms[case]
            for task in self.tasks(case):
                del self._state.tasks[task.id]

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)
        self._state.tasks = dict(sorted(self._state.tasks.items(), key=lambda item: serial_of(item[0])))
