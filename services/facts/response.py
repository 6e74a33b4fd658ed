"""Weather warnings, response levels 应急响应, public notices, and what the twin says to vehicles."""

from __future__ import annotations

from typing import ClassVar

from services.facts.base import Command, Event
from services.facts.governance import CaseEvent
from twin.core.text import Name
from twin.formats.civic import WarningKind


class DeclareResponse(Command, frozen=True, kw_only=True):
    """An emergency response at level 1 (Ⅰ) to 4 (Ⅳ)."""

    posts: ClassVar[tuple[str, ...]] = ("duty_chief",)
    hazard: WarningKind
    level: int
    why_declared: str


class EndResponse(Command, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = ("duty_chief",)
    hazard: WarningKind
    why_ended: str


class ResponseDeclared(Event, frozen=True, kw_only=True):
    hazard: WarningKind
    level: int


class ResponseEnded(Event, frozen=True, kw_only=True):
    hazard: WarningKind


class WarningNoted(Event, frozen=True, kw_only=True):
    """The weather service has issued or changed a warning: level 1 (red, Ⅰ) to 4 (blue, Ⅳ)."""

    hazard: WarningKind
    level: int
    warning: str
    issued_ms: int
    until_ms: int
    text: str = ""


class WarningLifted(Event, frozen=True, kw_only=True):
    """Taken back, or run out."""

    hazard: WarningKind
    warning: str


class SceneArmed(Event, frozen=True, kw_only=True):
    """From here on the scene notices: its hours have come, or a warning or response opened it."""

    scene: str


class SceneRested(Event, frozen=True, kw_only=True):
    """From here on the scene notices nothing; what is open stays open."""

    scene: str


class NoticeIssued(CaseEvent, frozen=True, kw_only=True):
    """A public notice as CAP 1.2; ``cap`` is the whole document, ``updates`` the identifier that it replaces."""

    notice: str
    headline: Name
    expires_ms: int
    cap: str
    updates: str = ""


class NoticeCancelled(CaseEvent, frozen=True, kw_only=True):
    notice: str
    cap: str


class VehiclesWarned(CaseEvent, frozen=True, kw_only=True):
    """A DENM of the twin's own, repeated until ``until_ms`` or withdrawn."""

    denm: str
    cause_code: int
    subcause_code: int
    longitude: float
    latitude: float
    until_ms: int


class WarningWithdrawn(CaseEvent, frozen=True, kw_only=True):
    denm: str
    longitude: float = 0.0
    latitude: float = 0.0
    detected_ms: int = 0
    withdrawn_ms: int = 0


class PriorityDecided(CaseEvent, frozen=True, kw_only=True):
    """A unit's SREM answered: the light order if granted, and always an SSEM."""

    unit: str
    intersection: str
    request: int
    granted: bool
    group: int
    until_ms: int
    number: int = 0  # the intersection's on the wire
    station: int = 0  # the requestor's, and the number of its message
    sequence: int = 0
    decided_ms: int = 0
