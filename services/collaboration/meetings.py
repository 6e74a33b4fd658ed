"""A meeting 会商 in a scene room: begun, ended with minutes 会商纪要, its decisions made somebody's tasks."""

from __future__ import annotations

from collections.abc import Sequence

from services.collaboration.answers import numbered, unsaid
from services.collaboration.authority import Authority
from services.collaboration.names import Names
from services.collaboration.room import Room, Task
from services.collaboration.settings import MINUTE_MS, Settings
from services.engine.desk import Turn
from services.facts.base import Event
from services.facts.collaboration import HANDLING
from services.facts.meetings import (
    AddResolution,
    BeginMeeting,
    EndMeeting,
    FinishResolution,
    MeetingBegun,
    MeetingEnded,
    Resolution,
    ResolutionDone,
    ResolutionMade,
    RoomCommand,
)
from twin.core.text import Text

CENTRE = "operations_centre"
LONGEST_MINUTES = 43_200


class Meetings:
    """What a meeting's commands lead to; the rooms desk keeps what came of it."""

    def __init__(self, names: Names, authority: Authority, settings: Settings) -> None:
        self._names, self._authority, self._words = names, authority, settings.words

    def begin(self, room: Room, command: BeginMeeting, serial: int) -> Sequence[Event] | Text:
        if not room.open:
            return Text("the room is closed with its case")
        if room.meeting is not None:
            return Text("a meeting is under way")
        return unsaid(command.subject, self._words.longest) or (
            MeetingBegun(
                actor=command.actor, cause=command.id, case=room.case, meeting=numbered("M", serial + 1),
                subject=command.subject.strip(),
            ),
        )  # fmt: skip

    def end(self, room: Room, command: EndMeeting, serial: int, turn: Turn) -> Sequence[Event] | Text:
        """Also after the case has ended: the minutes are still to be written."""
        meeting = room.meeting
        if meeting is None:
            return Text("no meeting is under way")
        why_not = unsaid(command.minutes, self._words.minutes)
        if why_not is not None:
            return why_not
        made: list[Event] = []
        for number, decision in enumerate(command.decisions, start=serial + 1):
            event = self.resolve(room, command, meeting.id, decision, number, turn)
            if isinstance(event, Text):
                return event
            made.append(event)
        ended = MeetingEnded(
            actor=command.actor, cause=command.id, case=room.case, meeting=meeting.id, minutes=command.minutes.strip()
        )
        return (ended, *made)

    def add(self, room: Room, command: AddResolution, serial: int, turn: Turn) -> Sequence[Event] | Text:
        """One decision of the meeting under way, or of the last one."""
        if not room.meetings:
            return Text("no meeting has decided it")
        decision = Resolution(
            what=command.what, department=command.department, person="", due_minutes=command.due_minutes,
            supervised=command.supervised,
        )  # fmt: skip
        event = self.resolve(room, command, room.meetings[-1].id, decision, serial + 1, turn)
        return event if isinstance(event, Text) else (event,)

    def resolve(
        self, room: Room, command: RoomCommand, meeting: str, decision: Resolution, serial: int, turn: Turn
    ) -> Event | Text:
        """The decision as a task: of a person named who works there, else of the department's handler on duty."""
        if decision.department not in self._names.departments:
            return Text("there is no department {department}", {"department": decision.department})
        if not 0 < decision.due_minutes <= LONGEST_MINUTES:
            return Text("a decision has a deadline of 1 to {minutes} min", {"minutes": LONGEST_MINUTES})
        person = decision.person or self._handler(decision.department, turn.city_ms)
        known = self._authority.roster.person(person)
        if known is None or not any(duty.department == decision.department for duty in known.duties):
            department = self._names.department(decision.department)
            return Text("{person} does not work for {department}", {"person": person or "–", "department": department})
        return unsaid(decision.what, self._words.longest) or ResolutionMade(
            actor=command.actor,
            cause=command.id,
            case=room.case,
            resolution=numbered("D", serial),
            meeting=meeting,
            what=decision.what.strip(),
            department=decision.department,
            person=person,
            due_ms=turn.city_ms + decision.due_minutes * MINUTE_MS,
            supervised=decision.supervised,
        )

    def finish(self, task: Task, command: FinishResolution, turn: Turn) -> Event | Text:
        """By whoever owns it, or by their department."""
        if not task.open:
            return Text("{resolution} is done already", {"resolution": task.id})
        mine = self._authority.department(command.actor, turn.city_ms)
        if mine != task.department:
            return Text("{department} answers for it", {"department": self._names.department(task.department)})
        return unsaid(command.result, self._words.longest) or ResolutionDone(
            actor=command.actor, cause=command.id, case=task.case, resolution=task.id, result=command.result.strip()
        )

    def _handler(self, department: str, city_ms: int) -> str:
        for post in HANDLING:
            holder = self._authority.roster.holder(post, city_ms, department)
            if holder is not None:
                return holder.id
        return ""
