"""Virtual places as a resident's own console sees them: the rooms, one's own figure, and what one may do there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from services.facts.virtual import (
    AppealMeasure,
    EnterPlace,
    JoinSession,
    LeavePlace,
    QuitSession,
    ReportConduct,
    SayInPlace,
)
from services.virtual.board_tables import stands
from services.virtual.desk import VirtualDesk
from services.virtual.words import CONDUCT_TEXT, STEP_TEXT
from twin.city.virtual import VirtualPlace
from twin.core.text import Text
from twin.core.views import Action, Card, Choice, Moment, Room, RoomFigure, Section, Table

_PUBLIC: Final = ("Sessions", "Code of conduct, version {version}")
"""Tables for everybody; reports, measures and rumours are the moderators' work."""
_A_RUMOUR: Final = Text("(a rumour)")

Made = Callable[[str, str], Card | None]


class OwnRooms:
    """``made`` gives the page that the desk has; nothing of it that is the moderators' alone is passed on."""

    def __init__(self, desk: VirtualDesk, made: Made) -> None:
        self._desk, self._made = desk, made

    def all(self) -> Card | None:
        made = self._made("virtual_places", "")
        return None if made is None else msgspec.structs.replace(made, actions=())

    def page(self, person: str, id: str) -> Card | None:
        """Whatever ``id`` names, the figure that the viewer walks is their own."""
        place = self._desk.places.get(id.partition("/")[0])
        if place is None:
            return None
        here = self._desk.book.state.places[place.id].avatars.get(person)
        made = self._made("virtual", place.id if here is None else f"{place.id}/{here.id}")
        if made is None:
            return None
        sections = tuple(shown for section in made.sections if (shown := _shown(section)) is not None)
        mine = self._measures(place, person)
        sections = sections if mine is None else (*sections[:1], mine, *sections[1:])
        acts = (*self._actions(place, person, inside=here is not None), *self._appeals(place, person))
        return msgspec.structs.replace(made, id=place.id, sections=sections, actions=acts)

    def _measures(self, place: VirtualPlace, person: str) -> Table | None:
        """What was taken against the viewer there, by whom, on what ground, until when."""
        own = self._desk.moderation.against(person, place.id)
        rows = tuple(
            (
                one.id, STEP_TEXT[one.step], CONDUCT_TEXT[one.ground], self._desk.moderation.taker(one),
                Moment(one.until_ms, due=True) if one.in_force else "–", stands(one),
            )
            for one in own
        )  # fmt: skip
        columns = ("measure", "step", "ground", "taken by", "ends", "state")
        titles = tuple(Text(title) for title in columns)
        return Table(title=Text("Measures about you"), columns=titles, rows=rows) if rows else None

    def _appeals(self, place: VirtualPlace, person: str) -> Iterator[Action]:
        """Each may be appealed once, also from before the door."""
        for one in self._desk.moderation.against(person, place.id):
            if one.appealed_ms < 0 and not one.how:
                yield Action(
                    command=AppealMeasure.__name__, label=Text("Appeal {measure}", {"measure": one.id}),
                    fixed={"measure": one.id}, posts=AppealMeasure.posts,
                )  # fmt: skip

    def _actions(self, place: VirtualPlace, person: str, *, inside: bool) -> Iterator[Action]:
        if not inside:
            yield _act(EnterPlace, Text("Go in"), {"place": place.id})
            return
        book = self._desk.book
        for plan in place.plan.sessions:
            joined = person in book.state.sessions[plan.id].queue
            label = Text("Leave: {session}") if joined else Text("Join: {session}")
            yield _act(
                QuitSession if joined else JoinSession, Text(label.msgid, {"session": plan.name.name}),
                {"session": plan.id},
            )  # fmt: skip
        phrases = tuple(Choice(phrase.id, phrase.name) for phrase in place.plan.phrases)
        yield Action(
            command=SayInPlace.__name__, label=Text("Say something"), fixed={"place": place.id},
            asks={"phrase": Text("Words")}, choices={"phrase": phrases}, posts=SayInPlace.posts,
        )  # fmt: skip
        yield Action(
            command=SayInPlace.__name__, label=Text("Say it in your own words"), fixed={"place": place.id},
            asks={"text": Text("Words")}, more=True, posts=SayInPlace.posts,
        )  # fmt: skip
        others = tuple(
            Choice(one.id, self._name(place, one.id)) for one in book.inside(place.id) if one.person != person
        )
        if others:
            conducts = tuple(Choice(code, text) for code, text in CONDUCT_TEXT.items())
            yield Action(
                command=ReportConduct.__name__, label=Text("Report somebody's conduct"), fixed={"place": place.id},
                asks={"about": Text("Whom"), "conduct": Text("What for")},
                choices={"about": others, "conduct": conducts}, more=True, posts=ReportConduct.posts,
            )  # fmt: skip
        yield _act(LeavePlace, Text("Go out"), {"place": place.id})

    def _name(self, place: VirtualPlace, avatar: str) -> Text | str:
        made = self._made("virtual", place.id)
        rooms = (section for section in made.sections if isinstance(section, Room)) if made is not None else ()
        for room in rooms:
            for figure in room.figures:
                if figure.id == avatar:
                    return Text("{name}", {"name": figure.name})
        return avatar


def _act(
    command: type[EnterPlace | LeavePlace | JoinSession | QuitSession], label: Text, fixed: dict[str, str | int | float]
) -> Action:
    return Action(command=command.__name__, label=label, fixed={**fixed}, posts=command.posts)


def _shown(section: Section) -> Section | None:
    if isinstance(section, Room):
        return msgspec.structs.replace(section, figures=tuple(_figure(one) for one in section.figures))
    if isinstance(section, Table):
        title = section.title.msgid if isinstance(section.title, Text) else ""
        return section if title in _PUBLIC else None
    return section


def _figure(figure: RoomFigure) -> RoomFigure:
    """What others came for is theirs; what they say is heard by all."""
    theirs = figure.role == "visitor" and not figure.own
    quiet = theirs and isinstance(figure.bubble, Text) and figure.bubble != _A_RUMOUR
    return msgspec.structs.replace(figure, bubble=None) if quiet else figure
