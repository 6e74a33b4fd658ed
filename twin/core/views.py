"""View models: what a console is told. The server builds them, the renderer draws them; neither reads the other.

Transport: zmq PUB, multipart ``[topic, codec.encode(struct)]`` with the topics of :data:`TOPICS`; ROUTER answers a
console's :class:`Hello` with a :class:`Snapshot`. ``rev`` rises by one with every published message; on a gap the
console asks for a snapshot again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import msgspec
import numpy as np
from numpy.typing import NDArray

from twin.core.clock import CityClock
from twin.core.text import Name, Text

TOPICS = ("frame", "devices", "lights", "card", "gone", "mark", "status", "alert", "clock", "own")


@dataclass(frozen=True, slots=True)
class Frame:
    """Ten times a second: every mover believed to exist. One row a mover, columns of equal length M.

    ``id`` is ``slot << 16 | generation``, stable while the mover is known. The console interpolates between the last
    two frames, along the edge when ``edge`` ≥ 0 on both. Provenance and freshness are the words' integer values.
    """

    rev: int
    city_ms: int
    id: NDArray[np.int64]
    kind: NDArray[np.uint8]  # StationType
    x_m: NDArray[np.float32]
    y_m: NDArray[np.float32]
    heading_deg: NDArray[np.float32]
    speed_mps: NDArray[np.float32]
    edge: NDArray[np.int32]  # matched road edge or -1
    offset_m: NDArray[np.float32]
    observed_ms: NDArray[np.int64]
    freshness: NDArray[np.uint8]
    provenance: NDArray[np.uint8]
    department: NDArray[np.int8]  # index into Snapshot.departments for crews, else -1
    look: NDArray[np.uint8] | None = None  # of people: see ``twin.core.looks``; None where nobody's is told


@dataclass(frozen=True, slots=True)
class OwnTwin:
    """A resident's console alone: their own twin's body as last believed. ``mover`` is its Frame id (-1: the phone has
    not told a place), ``seq`` the last steering word that it obeyed, ``held`` whether it obeys the console at all, and
    ``place`` the place that it is in."""

    rev: int
    mover: int
    x_m: float
    y_m: float
    heading_deg: float
    speed_mps: float
    observed_ms: int
    seq: int
    held: bool
    place: str


@dataclass(frozen=True, slots=True)
class DeviceStates:
    """Devices whose picture changed (all of them in a snapshot): rows are device indices of the city's order."""

    rev: int
    device: NDArray[np.int32]
    value: NDArray[np.float32]  # its first quantity; NaN when never heard
    observed_ms: NDArray[np.int64]
    freshness: NDArray[np.uint8]
    alarm: NDArray[np.uint8]  # 0 none, else the Severity of the worst active signal
    doubt: NDArray[np.uint8]
    provenance: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Lights:
    """Traffic light groups that changed: (intersection index, group number) → LightState."""

    rev: int
    intersection: NDArray[np.int32]
    group: NDArray[np.int32]
    state: NDArray[np.uint8]
    freshness: NDArray[np.uint8]


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Something on the map that wants attention: an incident (with its case), a closure, an errand's bubble."""

    id: str
    kind: Literal["incident", "closure", "errand", "unplaced"]
    x_m: float
    y_m: float
    icon: str  # the scene's or service's icon name
    title: Text | Name
    severity: int = 0  # Severity; 0 where none applies
    acknowledged: bool = True
    state: Text | Name | None = None
    card: str = ""  # id of the card a click opens
    edges: tuple[int, ...] = ()  # for a closure
    follows: int = -1  # Frame id that the mark moves with (an errand's bubble)
    posture: Literal["", "queueing", "served"] = ""  # of an errand's applicant in the hall ``place``
    place: str = ""
    number: int = 0  # in the queue, by which figures stand in a row
    look: int = 0  # of the applicant's figure
    provenance: int = 1
    radius_m: float = 0.0
    attention: float = 0.0  # where the unattended camera should look first; 0 never
    caption: Text | None = None  # why the camera goes there


class Facts(msgspec.Struct, frozen=True, kw_only=True, tag="facts"):
    """Label and value pairs. A value's ``at_ms`` is shown as city time with its age."""

    title: Text | Name
    rows: tuple[tuple[Text | Name, Text | Name | Moment | str | float], ...]


class Table(msgspec.Struct, frozen=True, kw_only=True, tag="table"):
    """Columns' titles and rows; numbers are right-aligned, ``Moment`` cells shown as time with age. Where they are
    given, ``links`` has for each row the page (kind, id) that its first cell leads to, and ``acts`` what one click on
    the row's button proposes (an action that asks nothing)."""

    title: Text | Name
    columns: tuple[Text | Name, ...]
    rows: tuple[tuple[Text | Name | Moment | str | float | int | None, ...], ...]
    links: tuple[tuple[str, str] | None, ...] = ()
    acts: tuple[Action | None, ...] = ()


class Moment(msgspec.Struct, frozen=True, tag="moment"):
    """A city time; shown as HH:MM:SS and its age. ``due`` makes it a clock that may be overdue."""

    city_ms: int
    due: bool = False


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a timeline: who did what, why."""

    city_ms: int
    what: Text
    who: Text | Name | str
    why: Text | None = None


class Timeline(msgspec.Struct, frozen=True, kw_only=True, tag="timeline"):
    title: Text | Name
    entries: tuple[Happening, ...]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A node of a service graph or lifecycle."""

    id: str
    name: Text | Name
    state: Literal["waiting", "active", "done", "failed"]
    after: tuple[str, ...] = ()
    owner: Text | Name | None = None


class Graph(msgspec.Struct, frozen=True, kw_only=True, tag="graph"):
    title: Text | Name
    steps: tuple[Step, ...]


class Utterance(msgspec.Struct, frozen=True, kw_only=True):
    """One contribution to a thread. ``note`` marks what no person said (joined, meeting begun, minutes)."""

    city_ms: int
    who: Text | Name | str
    words: Text | str
    post: Text | None = None
    colour: str = ""  # of the speaker's department, "#rrggbb"
    note: bool = False


class Thread(msgspec.Struct, frozen=True, kw_only=True, tag="thread"):
    """Talk in a scene room. ``say`` is what sends a line: its one ask is the words."""

    title: Text | Name
    entries: tuple[Utterance, ...]
    say: Action | None = None


class Meter(msgspec.Struct, frozen=True, kw_only=True):
    """One measure as a bar: ``share`` 0–1 (None: nothing to measure yet), and the fraction behind it."""

    name: Text | Name
    share: float | None
    shown: str  # "97.4 %", "3.2 min"
    of: Text | None = None  # "37 of 38"
    target: float | None = None
    good: bool | None = None


class Meters(msgspec.Struct, frozen=True, kw_only=True, tag="meters"):
    title: Text | Name
    meters: tuple[Meter, ...]


class Choice(msgspec.Struct, frozen=True):
    """One of several values that an ask admits."""

    value: str | int | bool
    label: Text | Name | str


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """A command the viewer may propose from this card. ``command`` is the tag of a struct in ``services.facts``;
    ``fixed`` its given fields, ``asks`` those that the person fills (name → label). An ask named in ``choices`` is
    picked from a list, one in ``numbers`` is a whole number, others are words; what is in ``many`` is a list of
    choices. ``more`` puts it behind "More"; ``posts`` are those that may give it."""

    command: str
    label: Text
    fixed: dict[str, str | int | float | bool] = {}
    asks: dict[str, Text] = {}
    choices: dict[str, tuple[Choice, ...]] = {}
    numbers: tuple[str, ...] = ()
    many: tuple[str, ...] = ()
    danger: bool = False
    more: bool = False
    posts: tuple[str, ...] = ()


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One question of the one form. ``kind`` says what an answer looks like (see ``twin.core.answers``), ``value`` what
    is known already and ``known`` from where."""

    id: str
    label: Text | Name
    kind: str = "text"
    value: str = ""
    known: Text | None = None
    choices: tuple[Choice, ...] = ()


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A material. ``there`` names what is there already in its place; None: it is to be put in."""

    id: str
    label: Text | Name
    there: Text | None = None


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One department's item of a service. ``in_person`` says what cannot be done online."""

    id: str
    label: Text | Name
    department: Text | Name
    optional: bool = False
    promised: Text | None = None
    in_person: Text | Name | None = None
    fee_cents: int = 0
    after: tuple[str, ...] = ()


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """A consent, asked for in plain words. ``give`` and ``refuse`` look alike; None: nothing changes by it."""

    words: Text
    given: bool
    give: Action | None = None
    refuse: Action | None = None


class Application(msgspec.Struct, frozen=True, kw_only=True, tag="application"):
    """The one form of a service, to be filled in. ``ward``: on whose behalf (a person id; empty: one's own), of
    ``behalf`` whoever else one may act for, each with the page to ask for. ``barred`` says why nothing can be sent."""

    title: Text | Name
    service: str
    ward: str = ""
    behalf: tuple[tuple[str, Text | Name], ...] = ()
    questions: tuple[Question, ...] = ()
    papers: tuple[Paper, ...] = ()
    parts: tuple[Part, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    submit: Action | None = None
    barred: Text | None = None


class RoomShape(msgspec.Struct, frozen=True, kw_only=True):
    """Something of a room's floor or furniture; ``ring`` in the room's metres, x east, y north. ``kind`` is an area's
    (square, park, water, wood, business, campus, oldtown), *wall* or *thing*; ``high_m`` of what stands there."""

    kind: str
    ring: tuple[tuple[float, float], ...]
    high_m: float = 0.0


class RoomLabel(msgspec.Struct, frozen=True, kw_only=True):
    x_m: float
    y_m: float
    name: Text | Name


class RoomFigure(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in a room. They walk from ``from_xy`` (since ``since_ms``) to ``to_xy`` (until ``until_ms``); ``facing``
    degrees from north once they are there. ``look`` seeds colours and idle movement. ``role``: visitor, officer or
    host; ``bubble`` is what they say or wait for."""

    id: str
    name: Text | Name
    look: int
    from_xy: tuple[float, float]
    to_xy: tuple[float, float]
    since_ms: int
    until_ms: int
    facing: float = 0.0
    role: Literal["visitor", "officer", "host"] = "visitor"
    pose: Literal["stand", "sit", "talk"] = "stand"
    bubble: Text | Name | str | None = None
    muted: bool = False
    own: bool = False


class Room(msgspec.Struct, frozen=True, kw_only=True, tag="room"):
    """A virtual place from above, in its own metres, ``wide_m`` by ``high_m``; ``veil`` lies over it when it is out of
    order or closed. ``walk`` is the command by which the viewer's own figure goes to a clicked point (empty: none)."""

    title: Text | Name
    place: str
    wide_m: float
    high_m: float
    shapes: tuple[RoomShape, ...]
    labels: tuple[RoomLabel, ...] = ()
    figures: tuple[RoomFigure, ...] = ()
    waiting: int = 0
    veil: Text | None = None
    walk: str = ""


Section = Facts | Table | Timeline | Graph | Thread | Meters | Application | Room


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One thing's whole page. ``kind`` case, errand, unit, resident; device and vehicle pages are asked for, and so are
    those that are looked at as a whole: a case's ``room``, a ``department``'s board, the ``duty`` log, the
    ``measures``, the ``scenes`` and one ``scene``, a ``report``, the ``virtual_places`` and one of them (``virtual``).
    ``pages`` are related ones: (kind, id, label)."""

    kind: Literal[
        "case", "errand", "unit", "resident", "device", "vehicle", "intersection",
        "room", "department", "departments", "hall_work", "duty", "measures", "scene", "scenes", "report",
        "exercise", "life", "service", "services", "hall", "virtual", "virtual_places",
    ]  # fmt: skip
    id: str
    rev: int
    title: Text | Name
    subtitle: Text | Name | None = None
    state: Text | None = None
    severity: int = 0
    department: Name | None = None
    opened_ms: int = -1
    due_ms: int = -1
    closed_ms: int = -1
    owner: Name | str = ""  # the named person in charge now
    provenance: int = 1
    icon: str = ""
    mark: str = ""  # mark id, so that the map can go there
    mover: int = -1  # Frame id of the body that the page is about
    sections: tuple[Section, ...] = ()
    actions: tuple[Action, ...] = ()
    pages: tuple[tuple[str, str, Text | Name], ...] = ()


class Gone(msgspec.Struct, frozen=True):
    """A mark or card that is no more."""

    rev: int
    kind: Literal["card", "mark"]
    id: str


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """A line for the alerts panel and the caption."""

    city_ms: int
    severity: int
    text: Text
    card: str = ""
    page: str = ""  # the kind of a whole page that opens by itself, where the viewer has none open


class FeedState(msgspec.Struct, frozen=True, kw_only=True):
    """One source of messages: when last heard (city ms, -1 never), its rate, what it refused."""

    name: str
    provenance: int
    last_ms: int
    per_second: float
    accepted: int
    rejected: int


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Once a second: the health of the twin itself, and counts by name (vehicles, residents, devices, stale …)."""

    connected: bool  # to the broker
    feeds: tuple[FeedState, ...]
    counts: dict[str, int]
    lost: int
    latency_p99_ms: float
    tempo: str  # "real" or "demo", always shown
    rain_mm_h: float
    weather: Text | None = None
    publishing: bool = True
    present: dict[str, int] = {}  # people whose phones said that they entered a place and did not leave, by place


class DepartmentView(msgspec.Struct, frozen=True):
    id: str
    name: Name
    colour: str  # "#rrggbb"


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag="hello"):
    """A console asks for everything. ``token`` is a roster person's."""

    token: str
    language: str = "en"


class Ask(msgspec.Struct, frozen=True, kw_only=True, tag="ask"):
    """Ask for one page: a device by id, a vehicle by Frame id, a case by id …"""

    token: str
    kind: str
    id: str


class Propose(msgspec.Struct, frozen=True, kw_only=True, tag="propose"):
    """Propose a command (JSON object with its tag ``t`` and fields); ``id`` makes retries idempotent."""

    token: str
    id: str
    command: bytes


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to :class:`Ask` and :class:`Propose`; ``id`` is the asked id or the proposal's. ``accepted`` false
    always gives a reason. A proposal's ``card`` is for whoever proposed it, once. ``data`` is JSON, for
    ``Ask(kind="summary")``."""

    id: str
    accepted: bool
    reason: Text | None = None
    card: Card | None = None
    data: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a console needs to begin."""

    rev: int
    city_directory: str
    city_digest: str
    person: str  # who the token belongs to
    role: str
    clock: CityClock
    departments: tuple[DepartmentView, ...]
    frame: Frame
    devices: DeviceStates
    lights: Lights
    marks: tuple[Mark, ...]
    cards: tuple[Card, ...]
    alerts: tuple[Alert, ...]
    status: Status
    posts: tuple[str, ...] = ()  # that the person may hold


@runtime_checkable
class Leaps(Protocol):
    """A source that lets days pass at a word, where one practises alone."""

    @property
    def leaping(self) -> bool:
        """Whether they are passing now."""

    def leap(self) -> None:
        """Let them pass until something is wanted of one, or is over; again: stop."""


class ViewSource(Protocol):
    """Where a console's views come from (zmq in ``twin.link``, a script in tests)."""

    @property
    def connected(self) -> bool:
        """False while the server has not been heard for three seconds of wall time."""

    def poll(self) -> list[View]:
        """What arrived since the last call, in order; never blocks. The first is always a :class:`Snapshot`, and a
        new Snapshot follows every gap or reconnection."""

    def ask(self, kind: str, id: str) -> None:
        """Ask for one page; a :class:`Reply` with its card will follow."""

    def propose(self, command: dict[str, object]) -> str:
        """Propose a command (tag ``t`` and fields); returns its id, by which a :class:`Reply` will follow."""


View = Snapshot | Frame | OwnTwin | DeviceStates | Lights | Card | Gone | Mark | Status | Alert | CityClock | Reply
