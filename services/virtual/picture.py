"""The picture of a virtual place: floor, furniture and figures, as a console draws them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from services.collaboration.roster import Roster
from services.virtual.book import Book
from services.virtual.conduct import muted
from services.virtual.state import BUBBLE_MS, Avatar, Said
from services.virtual.words import CLOSING_TEXT
from twin.city.virtual import SessionPlan, VirtualPlace
from twin.core.text import Name, Text
from twin.core.views import Room, RoomFigure, RoomLabel, RoomShape

_UNDER = ("business", "campus", "oldtown", "square", "park", "water", "wood")
_WALL_M = 2.9
_LABELLED = ("queue", "seats", "groups")

Errand = Callable[[str], Text | None]
"""What somebody's errand in the hall waits for, short; None without one."""


Heard = Callable[[str, Said], str]
"""Somebody's own words in a place, readable while they are said; empty where they cannot be read."""


def _nothing(_place: str, _said: Said) -> str:
    return ""


def _no_errand(_person: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Pictures:
    """Reads the book and the roster alone: never the register."""

    book: Book
    roster: Roster
    errand: Errand = _no_errand
    heard: Heard = _nothing
    shapes: dict[str, tuple[RoomShape, ...]] = field(default_factory=dict)

    def room(self, id: str, city_ms: int, own: str = "") -> Room:
        """``own`` is the person whose figure the viewer walks."""
        place = self.book.places[id]
        west, south, east, north = place.floor
        if id not in self.shapes:
            self.shapes[id] = tuple(_shapes(place))
        figures = (*self._hosts(place, city_ms), *self._visitors(place, city_ms, own))
        return Room(
            title=Text("From above, now"), place=id, wide_m=round(east - west, 2), high_m=round(north - south, 2),
            shapes=self.shapes[id], labels=tuple(_labels(place)), figures=figures,
            waiting=len(self.book.state.places[id].waiting), veil=self._veil(id),
            walk="MoveAvatar" if any(figure.own for figure in figures) else "",
        )  # fmt: skip

    def _veil(self, id: str) -> Text | None:
        state = self.book.state.places[id]
        if state.down:
            return Text("Out of order: the platform is not heard")
        if state.closed:
            return Text("Closed: {ground}", {"ground": CLOSING_TEXT[state.closed]})  # type: ignore[index]
        return None

    # --- figures ----------------------------------------------------------------------------------------------------

    def _visitors(self, place: VirtualPlace, city_ms: int, own: str) -> Iterator[RoomFigure]:
        for avatar in self.book.inside(place.id):
            room = place.room(avatar.room) if avatar.room else None
            spots = place.spots[avatar.room] if avatar.room else ()
            facing = spots[avatar.spot].facing if 0 <= avatar.spot < len(spots) else 0.0
            sits = room is not None and room.kind == "seats" and avatar.spot >= 0
            speaks = avatar.said_ms >= 0 and city_ms - avatar.said_ms < BUBBLE_MS
            talks = speaks or (room is not None and room.kind == "groups" and avatar.spot >= 0)
            yield RoomFigure(
                id=avatar.id, name=self.name(place, avatar), look=avatar.look, from_xy=avatar.from_xy,
                to_xy=avatar.to_xy, since_ms=avatar.since_ms, until_ms=avatar.until_ms(place.plan.walk_mps),
                facing=facing, pose="sit" if sits else "talk" if talks else "stand",
                bubble=self._bubble(place, avatar, city_ms), own=avatar.person == own and bool(own),
                muted=muted(self.book.state, place.id, avatar.person, city_ms) is not None,
            )  # fmt: skip

    def _bubble(self, place: VirtualPlace, avatar: Avatar, city_ms: int) -> Text | Name | str | None:
        """What they say, else the errand they are here for."""
        if avatar.said_ms >= 0 and city_ms - avatar.said_ms < BUBBLE_MS:
            spoken = next((one.name for one in place.plan.phrases if one.id == avatar.phrase), None)
            rumour = next((one.name for one in place.plan.rumours if one.id == avatar.phrase), None)
            return spoken or (Text("(a rumour)") if rumour is not None else self._own_words(place, avatar))
        return self.errand(avatar.person) if place.plan.serves_errands else None

    def _own_words(self, place: VirtualPlace, avatar: Avatar) -> str:
        said = (one for one in reversed(self.book.state.places[place.id].said) if one.avatar == avatar.id)
        last = next(said, None)
        return (self.heard(place.id, last) if last is not None and last.sealed else "") or "…"

    @staticmethod
    def name(place: VirtualPlace, avatar: Avatar) -> Name:
        """What others call them: a name of the list with a number, never the register's."""
        nick = next((one for one in place.plan.nicks if one.id == avatar.nick), None)
        if nick is None:
            return Name(f"Guest {avatar.number}", f"访客{avatar.number}")
        return Name(f"{nick.en} {avatar.number}", f"{nick.zh}{avatar.number}")

    def _hosts(self, place: VirtualPlace, city_ms: int) -> Iterator[RoomFigure]:
        """Officers and hosts are there by name while they are on duty."""
        if place.plan.serves_errands:
            clerks = self.roster.on_duty("clerk", city_ms, place.plan.operator)
            yield from self._standing(place, place.plan.officer_room, [(one.id, one.name) for one in clerks], "officer")
        for plan in place.plan.sessions:
            if plan.post:
                hosts = self._on_duty(plan, city_ms)
                yield from self._standing(place, plan.desk, hosts, "host")

    def _on_duty(self, plan: SessionPlan, city_ms: int) -> list[tuple[str, Name]]:
        state = self.book.state.sessions[plan.id]
        if not state.open:
            return []
        found = self.roster.on_duty(plan.post, city_ms, plan.department)  # type: ignore[arg-type]
        return [(one.id, one.name) for one in found]

    def _standing(
        self, place: VirtualPlace, room: str, people: list[tuple[str, Name]], role: str
    ) -> Iterator[RoomFigure]:  # fmt: skip
        outline = place.city.place(room)
        for number, (id, name) in enumerate(people[: len(place.spots[room])]):
            at = place.spots[room][number]
            north = outline.shape.bounds[3] if outline.shape is not None else at.y_m  # type: ignore[attr-defined]
            spot = (at.x_m, round(float(north) - 0.3, 2))
            yield RoomFigure(
                id=id, name=name, look=sum(map(ord, id)) * 7919, from_xy=spot, to_xy=spot, since_ms=0, until_ms=0,
                facing=(at.facing + 180.0) % 360.0, role="officer" if role == "officer" else "host", pose="talk",
            )  # fmt: skip


def _shapes(place: VirtualPlace) -> Iterator[RoomShape]:
    """Floor first, what stands on it last."""
    floors = [area for area in place.city.areas if area.kind in _UNDER]
    for area in sorted(floors, key=lambda one: (one.id != "floor", _UNDER.index(one.kind))):
        for ring in _rings(area.shape):
            yield RoomShape(kind=area.kind, ring=ring)
    for shape, high in zip(place.city.buildings.shape, place.city.buildings.height_m, strict=True):
        for ring in _rings(shape):
            yield RoomShape(kind="wall" if high >= _WALL_M else "thing", ring=ring, high_m=round(float(high), 2))


def _rings(shape: Any) -> Iterator[tuple[tuple[float, float], ...]]:
    parts = getattr(shape, "geoms", (shape,))
    for part in parts:
        yield tuple((round(x, 2), round(y, 2)) for x, y in part.exterior.coords[:-1])


def _labels(place: VirtualPlace) -> Iterator[RoomLabel]:
    sessions = {plan.room: plan for plan in place.plan.sessions}
    for room in place.plan.rooms:
        if room.kind not in _LABELLED:
            continue
        spot = place.city.place(room.place)
        plan = sessions.get(room.place)
        low = spot.shape.bounds[1] if spot.shape is not None else spot.xy[1]  # type: ignore[attr-defined]
        yield RoomLabel(
            x_m=round(spot.xy[0], 2), y_m=round(float(low) - 0.4, 2), name=plan.name.name if plan else spot.name
        )
