"""A scene room: who is in it, what was said, its meetings 会商 and what they decided."""

from __future__ import annotations

import msgspec

from services.facts.base import Actor
from twin.core.text import Text

KEPT_LINES = 500
"""Lines of a room kept in memory; older ones are in the journal."""


class Line(msgspec.Struct, frozen=True):
    """``note``: what no person said."""

    city_ms: int
    actor: Actor
    words: Text | str
    note: bool = False


class Meeting(msgspec.Struct, frozen=True, kw_only=True):
    """``ended_ms`` is -1 while it goes on."""

    id: str
    subject: str
    called_by: Actor
    begun_ms: int
    ended_ms: int = -1
    ended_by: Actor | None = None
    minutes: str = ""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A resolution: a meeting's decision that somebody answers for. ``late`` once noticed, for good."""

    id: str
    case: str
    meeting: str
    what: str
    department: str
    person: str
    made_by: Actor
    made_ms: int
    due_ms: int
    supervised: bool
    late: bool = False
    done_ms: int = -1
    result: str = ""

    @property
    def open(self) -> bool:
        return self.done_ms < 0


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """Bears its case's id. ``parties`` are departments, the centre first."""

    case: str
    opened_ms: int
    parties: tuple[str, ...]
    lines: tuple[Line, ...] = ()
    meetings: tuple[Meeting, ...] = ()
    closed_ms: int = -1

    @property
    def open(self) -> bool:
        return self.closed_ms < 0

    @property
    def meeting(self) -> Meeting | None:
        """The meeting under way."""
        return self.meetings[-1] if self.meetings and self.meetings[-1].ended_ms < 0 else None

    def saying(self, *lines: Line) -> Room:
        return msgspec.structs.replace(self, lines=(*self.lines, *lines)[-KEPT_LINES:])
