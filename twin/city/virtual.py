"""Virtual places as data: ``config/virtual/<id>.toml`` beside a city folder of the same name, in its own metres.

Where a place stands in the real city is where its operator and its machines are: a place of a kind, by number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from twin.city.load import load
from twin.city.model import City, Place
from twin.core.errors import ConfigError
from twin.core.text import Name

SessionKind = Literal["clinic", "class", "fair", "meeting"]
RoomKind = Literal["queue", "seats", "groups", "desk", "gate"]
Point = tuple[float, float]
Positive = Annotated[float, msgspec.Meta(gt=0.0)]
Count = Annotated[int, msgspec.Meta(ge=1, le=2_000)]
Hours = tuple[float, float]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table whose unknown keys are mistakes."""


class Words(_Strict, frozen=True, kw_only=True):
    en: str
    zh: str

    @property
    def name(self) -> Name:
        return Name(self.en, self.zh)


class Said(Words, frozen=True, kw_only=True):
    """Words with an id: a rule of the code, a phrase, a name to be picked."""

    id: str


class RoomPlan(_Strict, frozen=True, kw_only=True):
    """``place`` of the folder, filled as its kind says; ``spacing_m`` between two spots of a row, ``row_m`` between
    rows (0: the same), ``facing`` degrees from north."""

    place: str
    kind: RoomKind
    spacing_m: Positive = 1.2
    row_m: Annotated[float, msgspec.Meta(ge=0.0)] = 0.0
    facing: float = 0.0


class Vacancy(Said, frozen=True, kw_only=True):
    """``employer`` takes so many for an interview."""

    employer: Words
    openings: Count


class SessionPlan(_Strict, frozen=True, kw_only=True):
    """What a visitor can join. ``talk_s``: the shortest and longest turn with the host; ``starts`` (hours of the local
    day) and ``minutes`` of one that all attend together, of whom it takes ``share`` to have attended; ``meet_s``: how
    long two must be together to have met."""

    id: str
    kind: SessionKind
    name: Words
    about: Words
    room: str
    desk: str = ""
    post: str = ""
    department: str = ""
    hours: Hours = (0.0, 24.0)
    talk_s: tuple[Positive, Positive] = (240.0, 480.0)
    starts: tuple[float, ...] = ()
    minutes: Positive = 40.0
    share: Annotated[float, msgspec.Meta(gt=0.0, le=1.0)] = 0.8
    meet_s: Positive = 180.0
    vacancies: tuple[Vacancy, ...] = ()
    refer_share: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] = 0.0
    invite_share: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] = 0.0


class Moderation(_Strict, frozen=True, kw_only=True):
    """``grave`` conduct may be answered by removal or a ban at once; else each step needs the one before within
    ``memory_h``. ``needless_s`` is how long a report waits for an answer before it is the moderator's overdue task."""

    post: Literal["moderator"] = "moderator"
    grave: tuple[str, ...] = ()
    mute_max_minutes: Count = 60
    ban_max_days: Annotated[int, msgspec.Meta(ge=1, le=30)] = 30
    memory_h: Positive = 168.0
    appeal_h: Positive = 168.0
    decide_h: Positive = 72.0
    reports_at_once: Count = 5


class RumourPlan(Said, frozen=True, kw_only=True):
    """What is said, what is true, and the kind of place of the real city that it sends people to."""

    truth: Words
    target_kind: str
    lasts_s: Positive = 3600.0


class Building(_Strict, frozen=True, kw_only=True):
    """Where the operator and the machines are: the ``number``-th place of a kind, from 1."""

    kind: str = "service_hall"
    number: Count = 1


class PlacePlan(_Strict, frozen=True, kw_only=True):
    """One file. ``more`` is how many a second copy of the rooms adds; ``stay_s`` after which one makes room."""

    name: Words
    about: Words
    icon: str
    operator: str
    building: Building
    capacity: Count
    more: Count
    waiting: Count
    stay_s: Positive
    walk_mps: Positive
    gate: str
    first_room: str
    serves_errands: bool = False
    queue_room: str = ""  # where applicants wait for the officer
    officer_room: str = ""
    serve_s: tuple[Positive, Positive] = (60.0, 150.0)
    rooms: tuple[RoomPlan, ...]
    code_version: str
    code: tuple[Said, ...]
    moderation: Moderation
    nicks: tuple[Said, ...]
    phrases: tuple[Said, ...]
    sessions: tuple[SessionPlan, ...] = ()
    rumours: tuple[RumourPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class Spot:
    """Where somebody stands or sits, and which way they look, degrees from north."""

    x_m: float
    y_m: float
    facing: float


@dataclass(frozen=True, slots=True)
class VirtualPlace:
    """A plan with its folder; ``host`` is the real place where it is run, absent in a city that has none such."""

    id: str
    plan: PlacePlan
    city: City
    spots: Mapping[str, tuple[Spot, ...]]
    host: Place | None

    @property
    def name(self) -> Name:
        return self.plan.name.name

    @property
    def gateway(self) -> str:
        """What its platform calls itself on the wire."""
        return gateway_of(self.id)

    @property
    def floor(self) -> tuple[float, float, float, float]:
        """What can be walked on: the area called ``floor``, in metres (west, south, east, north)."""
        bounds = next(area.shape.bounds for area in self.city.areas if area.id == "floor")  # type: ignore[attr-defined]
        return (float(bounds[0]), float(bounds[1]), float(bounds[2]), float(bounds[3]))

    def room(self, id: str) -> RoomPlan:
        return next(room for room in self.plan.rooms if room.place == id)

    def session(self, id: str) -> SessionPlan | None:
        return next((session for session in self.plan.sessions if session.id == id), None)


def gateway_of(place: str) -> str:
    return f"platform-{place}"


def plans_in(folder: Path) -> dict[str, PlacePlan]:
    """The files of ``config/virtual`` by id; none where there is no such folder. Raises :class:`ConfigError`."""
    plans: dict[str, PlacePlan] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            plans[path.stem] = msgspec.toml.decode(path.read_bytes(), type=PlacePlan)
        except (OSError, msgspec.DecodeError) as fault:
            raise ConfigError(path, str(fault)) from fault
    return plans


def load_virtual(folder: Path, cities: Path, real: City) -> dict[str, VirtualPlace]:
    """Every virtual place of a configuration; ``cities`` holds their folders. Raises :class:`ConfigError` naming file
    and key."""
    made: dict[str, VirtualPlace] = {}
    sessions: set[str] = set()
    for id, plan in plans_in(folder).items():
        city, path = load(cities / id), folder / f"{id}.toml"
        for key, why in (*_faults(plan, city), *_twice(plan, sessions)):
            raise ConfigError(f"{path}: {key}", why)
        sessions |= {session.id for session in plan.sessions}
        spots = {room.place: _spots(room, city.place(room.place)) for room in plan.rooms}
        made[id] = VirtualPlace(id, plan, city, spots, host_of(plan, real))
    return made


def host_of(plan: PlacePlan, real: City) -> Place | None:
    """The real place where a virtual one is run; the last of its kind where there are fewer."""
    places = real.of_kind(plan.building.kind)
    return places[min(plan.building.number, len(places)) - 1] if places else None


def _twice(plan: PlacePlan, others: set[str]) -> Iterator[tuple[str, str]]:
    for session in plan.sessions:
        if session.id in others:
            yield f"sessions.{session.id}", "another place has a session of this id"


def _faults(plan: PlacePlan, city: City) -> Iterator[tuple[str, str]]:
    places, rooms = {place.id for place in city.places}, {room.place for room in plan.rooms}
    for room in plan.rooms:
        if room.place not in places:
            yield f"rooms.{room.place}", "its folder has no such place"
    if not any(area.id == "floor" for area in city.areas):
        yield "areas", "its folder has no area called floor"
    for key, room_id in _doors(plan):
        if room_id not in rooms:
            yield key, f"{room_id!r} is no room"
    for name, ids in (
        ("code", [rule.id for rule in plan.code]), ("nicks", [nick.id for nick in plan.nicks]),
        ("phrases", [phrase.id for phrase in plan.phrases]), ("sessions", [one.id for one in plan.sessions]),
        ("rumours", [one.id for one in plan.rumours]),
    ):  # fmt: skip
        if len(set(ids)) != len(ids):
            yield name, "an id is there twice"
    if not plan.code or not plan.nicks:
        yield "code", "a place has a code of conduct, and names to be picked"
    for session in plan.sessions:
        yield from _session_faults(session, rooms)


def _doors(plan: PlacePlan) -> Iterator[tuple[str, str]]:
    yield from (("gate", plan.gate), ("first_room", plan.first_room))
    if plan.serves_errands:
        yield from (("queue_room", plan.queue_room), ("officer_room", plan.officer_room))


def _session_faults(session: SessionPlan, rooms: set[str]) -> Iterator[tuple[str, str]]:
    key = f"sessions.{session.id}"
    if session.room not in rooms or (session.desk and session.desk not in rooms):
        yield key, "room and desk are rooms of this place"
    if session.kind != "meeting" and not (session.post and session.department and session.desk):
        yield key, "somebody of a department hosts it, at a desk"
    if session.kind == "class" and not session.starts:
        yield key, "a class begins at some hour: name its starts"
    if session.talk_s[0] > session.talk_s[1] or not 0.0 <= session.hours[0] < session.hours[1] <= 24.0:
        yield key, "talk_s and hours rise"
    if session.kind == "fair" and not session.vacancies:
        yield key, "a fair has vacancies"


def _spots(room: RoomPlan, place: Place) -> tuple[Spot, ...]:
    """A grid over the place's outline: rows from the north (a queue's from the counter, in serpentine), tables of five
    for groups."""
    if place.shape is None:
        return (Spot(place.xy[0], place.xy[1], room.facing),)
    west, south, east, north = place.shape.bounds  # type: ignore[attr-defined]
    step, deep = room.spacing_m, room.row_m or room.spacing_m
    columns, rows = max(1, int((east - west) / step + 0.5)), max(1, int((north - south) / deep + 0.5))
    wide, high = (east - west) / columns, (north - south) / rows
    middle = [(west + wide * (c + 0.5), north - high * (r + 0.5), c, r) for r in range(rows) for c in range(columns)]
    if room.kind == "groups":
        return tuple(spot for x, y, _, _ in middle for spot in _circle(x, y, min(1.1, step / 4.0)))
    if room.kind == "queue":
        middle.sort(key=lambda one: (one[3], one[2] if one[3] % 2 == 0 else -one[2]))
    return tuple(Spot(round(x, 2), round(y, 2), room.facing) for x, y, _, _ in middle)


def _circle(x: float, y: float, radius: float) -> tuple[Spot, ...]:
    """Five who look at each other."""
    ring = ((0.0, 1.0), (0.951, 0.309), (0.588, -0.809), (-0.588, -0.809), (-0.951, 0.309))
    facing = (180.0, 252.0, 324.0, 36.0, 108.0)
    return tuple(
        Spot(round(x + east * radius, 2), round(y + north * radius, 2), look)
        for (east, north), look in zip(ring, facing, strict=True)
    )
