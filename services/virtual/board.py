"""What a console is told of virtual places: a page for each, the list of all, and alerts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.collaboration.canon import canonical
from services.collaboration.roster import Roster
from services.engine.desk import Fact, Turn
from services.facts.base import Event
from services.facts.virtual import (
    ConductReported,
    MeasureAppealed,
    PlaceCameBack,
    PlaceClosed,
    PlaceWentDown,
    RumourClarified,
    RumourSpread,
)
from services.virtual.board_actions import actions
from services.virtual.board_tables import Tables
from services.virtual.desk import VirtualDesk
from services.virtual.picture import Pictures
from services.virtual.words import CLOSING_TEXT, CONDUCT_TEXT
from twin.city.virtual import VirtualPlace
from twin.core.text import Name, Text
from twin.core.views import Alert, Card, Facts, Mark, Meter, Meters, Section, Table

_GRAVE, _PLAIN = 3, 4


class VirtualBoardDesk:
    """Decides nothing; everything shown is made from the desk, the roster and the errands' book."""

    name = "virtual_board"

    def __init__(
        self, desk: VirtualDesk, roster: Roster, departments: Mapping[str, Name], pictures: Pictures
    ) -> None:  # fmt: skip
        self._desk, self._roster, self._departments, self._pictures = desk, roster, departments, pictures
        self._tables = Tables(desk, roster)
        self._alerts: list[Alert] = []

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        return ()

    def apply(self, event: Event, turn: Turn) -> None:
        words, severity = self._told(event, turn), _PLAIN
        if words is not None:
            severity = _GRAVE if isinstance(event, PlaceWentDown | RumourSpread) else _PLAIN
            self._alerts.append(Alert(city_ms=turn.city_ms, severity=severity, text=words))

    def _told(self, event: Event, turn: Turn) -> Text | None:
        places = self._desk.places
        match event:
            case PlaceWentDown() if event.place in places:
                return Text("{place} is out of order", {"place": places[event.place].name})
            case PlaceCameBack() if event.place in places:
                return Text("{place} is back", {"place": places[event.place].name})
            case PlaceClosed() if event.place in places:
                ground = CLOSING_TEXT[event.ground]
                return Text("{place} was closed: {ground}", {"place": places[event.place].name, "ground": ground})
            case ConductReported() if event.place in places:
                conduct = CONDUCT_TEXT[event.conduct]
                return Text("Reported in {place}: {conduct}", {"place": places[event.place].name, "conduct": conduct})
            case MeasureAppealed():
                return Text("Measure {measure} was appealed", {"measure": event.measure})
            case RumourSpread():
                rumour = self._desk.book.state.rumours.get(event.rumour)
                if rumour is None or rumour.begun_ms != turn.city_ms:  # not its first hearing
                    return None
                return Text("A rumour goes round: {words}", {"words": self._desk.rumours.words(rumour)})
            case RumourClarified():
                rumour = self._desk.book.state.rumours.get(event.rumour)
                return None if rumour is None else Text("{truth}", {"truth": self._desk.rumours.truth(rumour)})
            case _:
                return None

    # --- pages ------------------------------------------------------------------------------------------------------

    def page(self, kind: str, id: str, city_ms: int) -> Card | None:
        """``virtual``: one place, ``<place>/<avatar>`` as its own visitor sees it; ``virtual_places``: all."""
        if kind == "virtual_places":
            return self._all(city_ms)
        place, _, avatar = id.partition("/")
        if kind != "virtual" or place not in self._desk.places:
            return None
        return self._place(self._desk.places[place], id, avatar, city_ms)

    def _all(self, city_ms: int) -> Card:
        rows, links = [], []
        for place in self._desk.places.values():
            state = self._desk.book.state.places[place.id]
            moderator = self._moderator(place, city_ms)
            rows.append(
                (
                    place.name, self._state(place), len(state.avatars), self._desk.book.capacity(place.id),
                    len(state.waiting), self._tables.open_reports(place.id), moderator,
                )
            )  # fmt: skip
            links.append(("virtual", place.id))
        columns = ("place", "state", "inside", "capacity", "waiting", "open reports", "moderator")
        table = Table(
            title=Text("Virtual places"), columns=tuple(Text(title) for title in columns), rows=tuple(rows),
            links=tuple(links),
        )  # fmt: skip
        pages = tuple(("virtual", place.id, place.name) for place in self._desk.places.values())
        return Card(
            kind="virtual_places", id="", rev=0, title=Text("Virtual places"), icon="square", sections=(table,),
            pages=pages,
        )  # fmt: skip

    def _place(self, place: VirtualPlace, id: str, avatar: str, city_ms: int) -> Card:
        known = self._desk.book.avatar(place.id, avatar) if avatar else None
        room = self._pictures.room(place.id, city_ms, known.person if known is not None else "")
        sections: tuple[Section | None, ...] = (
            room, self._meters(place), self._facts(place, city_ms), self._tables.sessions(place, city_ms),
            self._tables.rumours(place), self._tables.reports(place), self._tables.measures(place),
            _code(place),
        )  # fmt: skip
        others = tuple(("virtual", other.id, other.name) for other in self._desk.places.values())
        return Card(
            kind="virtual", id=id, rev=0, title=place.name, subtitle=place.plan.about.name, state=self._state(place),
            icon=place.plan.icon, owner=self._moderator(place, city_ms),
            sections=tuple(section for section in sections if section is not None),
            actions=actions(self._desk, place), pages=(*others, ("virtual_places", "", Text("All of them"))),
        )  # fmt: skip

    def _state(self, place: VirtualPlace) -> Text:
        state = self._desk.book.state.places[place.id]
        if state.down:
            return Text("out of order")
        if state.closed:
            return Text("closed")
        full = len(state.avatars) >= self._desk.book.capacity(place.id)
        return Text("full") if full else Text("open to visitors")

    def _moderator(self, place: VirtualPlace, city_ms: int) -> Name | str:
        holder = self._roster.holder("moderator", city_ms, place.plan.operator)
        return holder.name if holder is not None else "–"

    def _meters(self, place: VirtualPlace) -> Meters:
        state, capacity = self._desk.book.state.places[place.id], self._desk.book.capacity(place.id)
        inside, waiting = len(state.avatars), len(state.waiting)
        return Meters(
            title=Text("Capacity"),
            meters=(
                Meter(
                    name=Text("Inside"), share=inside / capacity, shown=f"{inside}",
                    of=Text("of {capacity} that it holds now", {"capacity": capacity}),
                    good=False if inside >= capacity else None,
                ),
                Meter(
                    name=Text("Before the door"), share=waiting / place.plan.waiting, shown=f"{waiting}",
                    of=Text("of {most} with a number", {"most": place.plan.waiting}), good=False if waiting else None,
                ),
            ),
        )  # fmt: skip

    def _facts(self, place: VirtualPlace, city_ms: int) -> Facts:
        state = self._desk.book.state.places[place.id]
        operator = self._departments.get(place.plan.operator, Name(place.plan.operator, place.plan.operator))
        return Facts(
            title=Text("Who answers for it"),
            rows=(
                (Text("Run by"), operator),
                (Text("Stands in the city at"), place.host.name if place.host is not None else "–"),
                (Text("Moderator on duty"), self._moderator(place, city_ms)),
                (Text("Appeals are decided by"), Text("the head of {department}", {"department": operator})),
                (Text("Visits so far"), f"{state.visits}"),
                (Text("Second copy of the rooms"), Text("open") if state.more else Text("not needed")),
            ),
        )

    def cards(self) -> Iterable[Card]:
        return ()

    def marks(self) -> Iterable[Mark]:
        return ()

    def alerts(self) -> Iterable[Alert]:
        alerts, self._alerts = self._alerts, []
        return alerts

    def snapshot(self) -> bytes:
        return canonical(None)

    def restore(self, data: bytes) -> None:
        """Nothing is kept."""
        self._alerts.clear()


def _code(place: VirtualPlace) -> Table:
    """The published code of conduct, as everybody reads it before the door."""
    rows = tuple((float(number), rule.name) for number, rule in enumerate(place.plan.code, 1))
    title = Text("Code of conduct, version {version}", {"version": place.plan.code_version})
    return Table(
        title=title, columns=(Text("rule"), Text("in this place")), rows=tuple((int(n), name) for n, name in rows)
    )
