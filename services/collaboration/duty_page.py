"""The duty page: who holds each post, the hand-over as it would be signed now, and the duty log."""

from __future__ import annotations

from collections.abc import Iterator

from services.collaboration.duty import DutyDesk, Handover, Stand
from services.collaboration.names import Names
from services.collaboration.noteworthy import HAZARD, LEVEL
from services.collaboration.rooms import RoomDesk
from services.collaboration.tables import Cell, of_tasks
from services.facts.collaboration import CENTRE, GOVERNING, Post
from services.facts.duty import Sentence
from services.facts.response import DeclareResponse, EndResponse
from twin.core.text import Name, Text
from twin.core.views import Action, Card, Choice, Facts, Happening, Moment, Section, Table, Timeline
from twin.formats.civic import WarningKind

STATIONS: tuple[Post, ...] = (*CENTRE, "leader", "assessor")
HANDOVERS_SHOWN = 6


class DutyPage:
    """Worked out when it is asked for."""

    def __init__(self, duty: DutyDesk, rooms: RoomDesk, names: Names) -> None:
        self._duty, self._rooms, self._names = duty, rooms, names
        self._roster = names.authority.roster

    def card(self, city_ms: int) -> Card:
        sections: list[Section] = [self._posts(city_ms)]
        if self._duty.responses or self._duty.warnings:
            sections.append(self._weather())
        draft = Text("Hand-over as it stands now")
        sections.append(self._sentences(draft, self._duty.draft(city_ms)))
        watched = [task for task in self._rooms.tasks() if task.open and task.supervised]
        if watched:
            sections.append(of_tasks(watched, self._names))
        for handover in reversed(self._duty.handovers[-HANDOVERS_SHOWN:]):
            sections.append(self._handover(handover))
        sections.append(self._log())
        return Card(
            kind="duty",
            id="",
            rev=0,
            title=Text("Duty log and shifts"),
            icon="duty",
            sections=tuple(sections),
            actions=self._actions(city_ms),
            pages=(("departments", "", Text("Departments")),),
        )

    def _posts(self, city_ms: int) -> Table:
        rows: list[tuple[Cell, ...]] = []
        for post in STATIONS:
            stand = self._stand(post, city_ms)
            ends_ms = self._roster.shift_end(stand.person, post, city_ms) if stand else -1
            following = self._following(post, stand, city_ms)
            rows.append(
                (
                    self._names.desk(post, "operations_centre"),
                    self._names.person(stand.person) if stand else Text("nobody"),
                    Moment(stand.since_ms) if stand and post in CENTRE else None,
                    Moment(ends_ms) if ends_ms >= 0 else None,
                    self._names.person(following) if following else None,
                    self._state(post, stand, city_ms),
                )
            )
        columns = (Text("Post"), Text("Held by"), Text("Since"), Text("Until"), Text("Next"), Text("State"))
        return Table(title=Text("Posts now"), columns=columns, rows=tuple(rows))

    def _stand(self, post: Post, city_ms: int) -> Stand | None:
        if post in CENTRE:
            return self._duty.stand(post, city_ms)
        holder = self._roster.holder(post, city_ms)
        return Stand(person=holder.id, since_ms=city_ms) if holder else None

    def _following(self, post: Post, stand: Stand | None, city_ms: int) -> str:
        """Who is to come: whoever the roster has there by now, else the next on it."""
        now, later = self._roster.holder(post, city_ms), self._roster.next_holder(post, city_ms)
        if now is None or stand is None or now.id == stand.person:
            return later.id if later else ""
        gone = self._roster.duty(stand.person, post, city_ms) is None
        return now.id if gone else later.id if later else ""

    def _state(self, post: Post, stand: Stand | None, city_ms: int) -> Text:
        if stand is None:
            return Text("vacant")
        given = self._duty.given(post)
        if given is not None:
            return Text("handed over, not yet taken over")
        if post in CENTRE and self._duty.over(stand, post, city_ms):
            return Text("shift over, not handed over")
        return Text("on duty")

    def _weather(self) -> Facts:
        rows: list[tuple[Text | Name, Text | Name | Moment | str | float]] = []
        for hazard, level in sorted(self._duty.responses.items()):
            name = Text("Emergency response: {hazard}", {"hazard": HAZARD[hazard]})
            rows.append((name, LEVEL.get(level, str(level))))
        for hazard, level in sorted(self._duty.warnings.items()):
            name = Text("Weather warning: {hazard}", {"hazard": HAZARD[hazard]})
            rows.append((name, LEVEL.get(level, str(level))))
        return Facts(title=Text("In force"), rows=tuple(rows))

    @staticmethod
    def _sentences(title: Text, sentences: tuple[Sentence, ...]) -> Table:
        rows = tuple((one.text, ", ".join(one.evidence)) for one in sentences)
        return Table(title=title, columns=(Text("What"), Text("Rests on")), rows=rows)

    def _handover(self, handover: Handover) -> Table:
        """Who gave what to whom at which time."""
        names = self._names
        taken = names.person(handover.taken_by) if handover.taken_by else Text("nobody yet")
        rows: list[tuple[Cell, ...]] = [
            (Text("Handed over by"), names.person(handover.outgoing), Moment(handover.given_ms)),
            (Text("Taken over by"), taken, Moment(handover.taken_ms) if handover.taken_ms >= 0 else None),
        ]
        if handover.remarks:
            rows.append((Text("Remarks"), handover.remarks, None))
        rows += [(Text("Handed over"), one.text, ", ".join(one.evidence)) for one in handover.sentences]
        title = Text("Hand-over {handover}: {post}", {"handover": handover.id, "post": names.post(handover.post)})
        return Table(title=title, columns=(Text("What"), Text("Who"), Text("When, rests on")), rows=tuple(rows))

    def _log(self) -> Timeline:
        return Timeline(
            title=Text("Duty log"),
            entries=tuple(
                Happening(
                    city_ms=line.city_ms,
                    what=line.words if isinstance(line.words, Text) else Text("{words}", {"words": line.words}),
                    who=self._names.speaker(line.actor),
                    why=Text("rests on {evidence}", {"evidence": line.evidence}) if line.evidence else None,
                )
                for line in reversed(self._duty.lines)
            ),
        )

    def _actions(self, city_ms: int) -> tuple[Action, ...]:
        found = [
            Action(
                command="WriteDutyLog", label=Text("Write in the duty log"), asks={"words": Text("Words")},
                posts=GOVERNING,
            ),
            Action(
                command="HandOverShift", label=Text("Hand over my shift"), asks={"remarks": Text("Remarks")},
                posts=CENTRE,
            ),
        ]  # fmt: skip
        for post in CENTRE:
            given, stand = self._duty.given(post), self._duty.stand(post, city_ms)
            label = Text("Take over: {post}", {"post": self._names.post(post)})
            if given is not None:
                fixed: dict[str, str | int | float | bool] = {"handover": given.id}
                found.append(Action(command="TakeOverShift", label=label, fixed=fixed, posts=(post,)))
            elif stand is not None and self._duty.over(stand, post, city_ms):
                found.append(Action(command="TakeOverShift", label=label, fixed={"handover": ""}, posts=(post,)))
        return (*found, *self._responses())

    def _foreseen(self) -> tuple[list[WarningKind], list[int]]:
        """Hazards and levels, those of the gravest warning in force first; without any the mildest level."""
        warnings = self._duty.warnings
        gravest = min(warnings, key=lambda hazard: (warnings[hazard], hazard), default=None)
        level = max(LEVEL) if gravest is None else warnings[gravest]
        return sorted(HAZARD, key=lambda one: one != gravest), sorted(LEVEL, key=lambda one: (one != level, one))

    def _responses(self) -> Iterator[Action]:
        """Emergency responses: to declare one or another level, and to end what is in force. What the weather service
        warns of most gravely stands first, so that a hasty hand declares no more than that."""
        hazards, levels = self._foreseen()
        yield Action(
            command="DeclareResponse",
            label=Text("Declare an emergency response"),
            asks={"hazard": Text("Hazard"), "level": Text("Level"), "why_declared": Text("Reason")},
            choices={
                "hazard": tuple(Choice(hazard, HAZARD[hazard]) for hazard in hazards),
                "level": tuple(Choice(level, LEVEL[level]) for level in levels),
            },
            danger=True,
            posts=DeclareResponse.posts,
        )
        for hazard in sorted(self._duty.responses):
            yield Action(
                command="EndResponse",
                label=Text("End the response: {hazard}", {"hazard": HAZARD[hazard]}),
                fixed={"hazard": hazard},
                asks={"why_ended": Text("Reason")},
                posts=EndResponse.posts,
            )
