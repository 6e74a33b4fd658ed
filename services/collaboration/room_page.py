"""The page of a scene room: the same evidence for all, what was asked and decided, and the talk."""

from __future__ import annotations

import msgspec

from services.collaboration import asking
from services.collaboration.names import Names
from services.collaboration.ports import Cases, CaseView
from services.collaboration.requests import RequestDesk
from services.collaboration.room import Line, Room
from services.collaboration.rooms import RoomDesk
from services.collaboration.tables import of_requests, of_tasks, of_whistle
from services.collaboration.whistles import WhistleDesk
from twin.core.text import Name, Text
from twin.core.views import Action, Card, Facts, Moment, Section, Table, Thread, Utterance


class RoomPage:
    """Worked out when it is asked for."""

    def __init__(
        self, cases: Cases, requests: RequestDesk, whistles: WhistleDesk, rooms: RoomDesk, names: Names
    ) -> None:
        self._cases, self._requests, self._whistles, self._rooms = cases, requests, whistles, rooms
        self._names = names

    def card(self, case: str) -> Card | None:
        """None for a case that is not known. A room that nobody opened yet has its evidence and the way to open it;
        one that is closed stays readable."""
        room, view = self._rooms.room(case), self._cases.view(case)
        if room is None:
            return None if view is None else self._unopened(view)
        return Card(
            kind="room",
            id=case,
            rev=0,
            title=Text("Scene room: {scene}", {"scene": view.title if view else case}),
            subtitle=view.where if view else None,
            state=Text("open") if room.open else Text("closed; to be read only"),
            severity=view.severity if view else 0,
            department=self._names.department(view.department or view.lead) if view else None,
            opened_ms=room.opened_ms,
            due_ms=view.due_ms if view else -1,
            closed_ms=room.closed_ms,
            owner=self._names.person(view.owner) if view and view.owner else "",
            icon="room",
            mark=case,
            sections=self._sections(room, case),
            actions=self._actions(room, case),
            pages=(("case", case, Text("Case {case}", {"case": case})),
                   *(("department", one, self._names.department(one)) for one in room.parties)),
        )  # fmt: skip

    def _unopened(self, view: CaseView) -> Card:
        offered = () if view.ended else asking.about_room(view.id, None, self._names)
        open_it = tuple(msgspec.structs.replace(action, more=False) for action in offered)
        return Card(
            kind="room", id=view.id, rev=0, title=Text("Scene room: {scene}", {"scene": view.title}),
            subtitle=view.where, state=Text("not opened"), severity=view.severity, icon="room", mark=view.id,
            sections=self._cases.evidence(view.id), actions=open_it,
            pages=(("case", view.id, Text("Case {case}", {"case": view.id})),),
        )  # fmt: skip

    def _sections(self, room: Room, case: str) -> tuple[Section, ...]:
        names = self._names
        requests, tasks = self._requests.of(case), self._rooms.tasks(case)
        sections: list[Section] = [self._parties(room, case), self._thread(room)]
        sections += self._cases.evidence(case)
        if requests:
            sections.append(of_requests(requests, names, Text("Requests")))
        sections += [of_whistle(whistle, names) for whistle in self._whistles.of(case)]
        sections += self._meetings(room)
        if tasks:
            sections.append(of_tasks(tasks, names))
        return tuple(sections)

    def _parties(self, room: Room, case: str) -> Table:
        """Who is in it, and what each is here for."""
        view = self._cases.view(case)
        asked, called = self._requests.asked(case), self._whistles.called(case)
        rows: list[tuple[Text | Name, ...]] = []
        for one in room.parties:
            roles = [
                (view is not None and one == (view.department or view.lead), Text("lead")),
                (view is not None and one in view.support, Text("supporting")),
                (one in asked, Text("asked")),
                (one in called, Text("whistled")),
                (True, Text("party")),
            ]
            rows.append((self._names.department(one), next(role for holds, role in roles if holds)))
        return Table(title=Text("Parties"), columns=(Text("Department"), Text("Here as")), rows=tuple(rows))

    def _meetings(self, room: Room) -> list[Section]:
        found: list[Section] = []
        for meeting in room.meetings:
            rows: list[tuple[Text | Name, Text | Name | Moment | str | float]] = [
                (Text("Subject"), meeting.subject),
                (Text("Called by"), self._names.speaker(meeting.called_by)),
                (Text("Begun"), Moment(meeting.begun_ms)),
            ]
            if meeting.ended_by is not None:
                rows += [
                    (Text("Ended"), Moment(meeting.ended_ms)),
                    (Text("Minutes signed by"), self._names.speaker(meeting.ended_by)),
                    (Text("Minutes of the meeting"), meeting.minutes),
                ]
            found.append(Facts(title=Text("Meeting {meeting}", {"meeting": meeting.id}), rows=tuple(rows)))
        return found

    def _thread(self, room: Room) -> Thread:
        entries = tuple(self._utterance(line) for line in room.lines)
        return Thread(title=Text("Talk"), entries=entries, say=asking.say(room.case) if room.open else None)

    def _utterance(self, line: Line) -> Utterance:
        actor = line.actor
        department = self._names.authority.department(actor, line.city_ms)
        return Utterance(
            city_ms=line.city_ms,
            who=self._names.speaker(actor),
            words=line.words,
            post=self._names.post(actor.post) if actor.post else None,
            colour=self._names.colour(department),
            note=line.note,
        )

    def _actions(self, room: Room, case: str) -> tuple[Action, ...]:
        view = self._cases.view(case)
        found = [*asking.about_room(case, room, self._names)]
        for request in self._requests.of(case):
            found += asking.about_request(request)
        if view is not None and not view.ended:
            found += asking.about_whistles(case, self._whistles.of(case), self._names)
        for task in self._rooms.tasks(case):
            found += asking.about_task(task)
        return tuple(found)
