"""What the desk of virtual places keeps: small, bounded, and never changed in place below its top."""

from __future__ import annotations

import math

import msgspec

from services.facts.virtual import Closing, Conduct, MeasureStep

KEPT_SAID = 40
"""Utterances remembered of a place."""
KEPT_REPORTS = 200
KEPT_MEASURES = 500
KEPT_CONTACTS = 50
KEPT_APPOINTMENTS = 500
KEPT_RUMOURS = 20
KEPT_TOLD = 400
"""Phones that heard a rumour, and are told what is true."""
BUBBLE_MS = 12_000
"""How long others see what somebody says."""


class Avatar(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is in a place. They walk from ``from_xy`` to ``to_xy`` since ``since_ms``; ``spot`` of a ``room`` is
    theirs, -1 where they walk by hand."""

    id: str
    person: str
    pseudonym: str
    nick: str
    number: int
    look: int
    entered_ms: int
    from_xy: tuple[float, float]
    to_xy: tuple[float, float]
    since_ms: int
    room: str = ""
    spot: int = -1
    session: str = ""
    joined_ms: int = -1
    phrase: str = ""
    said_ms: int = -1
    errand: str = ""

    @property
    def serial(self) -> int:
        return int(self.id[2:])

    def at(self, city_ms: int, walk_mps: float) -> tuple[float, float]:
        """Where they are by now."""
        away = math.dist(self.from_xy, self.to_xy)
        share = 1.0 if away == 0.0 else min(1.0, walk_mps * max(0, city_ms - self.since_ms) / 1000.0 / away)
        (x0, y0), (x1, y1) = self.from_xy, self.to_xy
        return round(x0 + (x1 - x0) * share, 3), round(y0 + (y1 - y0) * share, 3)

    def until_ms(self, walk_mps: float) -> int:
        """When they are there."""
        return self.since_ms + round(math.dist(self.from_xy, self.to_xy) / walk_mps * 1000.0)


class Waiting(msgspec.Struct, frozen=True):
    """Somebody before the door, with a number."""

    person: str
    pseudonym: str
    nick: str
    number: int
    since_ms: int
    errand: str = ""


class Said(msgspec.Struct, frozen=True):
    """``sealed`` words are readable with the speaker's key alone, and while they are kept."""

    avatar: str
    person: str
    phrase: str
    sealed: bytes
    city_ms: int


class Talk(msgspec.Struct, frozen=True):
    """Somebody with a host or officer."""

    person: str
    host: str
    began_ms: int
    until_ms: int


class PlaceState(msgspec.Struct):
    avatars: dict[str, Avatar] = {}  # by person
    waiting: list[Waiting] = []
    number: int = 0
    down: bool = False
    closed: Closing | str = ""
    more: bool = False
    said: list[Said] = []
    turns: dict[str, Talk] = {}  # by clerk
    visits: int = 0


class SessionState(msgspec.Struct):
    """``queue`` of who wait for their turn; ``attended`` since when each has attended a class, and for how long before
    they left (ms)."""

    open: bool = False
    host: str = ""
    until_ms: int = -1
    began_ms: int = -1
    queue: list[str] = []
    talks: dict[str, Talk] = {}  # by host
    since: dict[str, int] = {}
    attended: dict[str, int] = {}
    taken: dict[str, int] = {}  # openings by vacancy
    done: int = 0


class Report(msgspec.Struct, frozen=True):
    """Of conduct; ``closed_ms`` -1 while nobody has answered it."""

    id: str
    place: str
    by: str
    about: str
    avatar: str
    conduct: Conduct
    made_ms: int
    closed_ms: int = -1
    measure: str = ""
    unfounded: str = ""


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """``ended_ms`` -1 while it is in force; ``until_ms`` -1 for a notice or removal, which is over at once."""

    id: str
    place: str
    about: str
    avatar: str
    step: MeasureStep
    ground: Conduct
    taken_ms: int
    until_ms: int
    moderator: str
    ended_ms: int = -1
    how: str = ""
    appealed_ms: int = -1
    decide_by_ms: int = -1
    upheld: bool | None = None

    @property
    def lasts(self) -> bool:
        return self.step in ("mute", "ban")

    @property
    def in_force(self) -> bool:
        return self.ended_ms < 0 and self.lasts

    @property
    def undecided(self) -> bool:
        return self.appealed_ms >= 0 and self.upheld is None and not self.how


class Appointment(msgspec.Struct, frozen=True):
    id: str
    person: str
    session: str
    vacancy: str
    at_ms: int
    by: str


class Rumour(msgspec.Struct, frozen=True):
    """``told`` are pseudonyms of the phones that heard it."""

    id: str
    kind: str
    place: str
    target: str
    begun_ms: int
    heard: int
    told: tuple[str, ...]
    clarified_ms: int = -1
    by: str = ""


class State(msgspec.Struct):
    places: dict[str, PlaceState] = {}
    sessions: dict[str, SessionState] = {}
    reports: dict[str, Report] = {}
    measures: dict[str, Measure] = {}
    contacts: dict[str, dict[str, int]] = {}
    appointments: dict[str, Appointment] = {}
    rumours: dict[str, Rumour] = {}
    avatars: int = 0
    reported: int = 0
    measured: int = 0
    credentials: int = 0
    appointed: int = 0
    erased: set[str] = set()
