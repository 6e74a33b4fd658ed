"""A case's scene room 会商: who is in it, its meetings, and their resolutions."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from services.facts.base import Command, Event
from services.facts.collaboration import CENTRE, GOVERNING, HANDLING


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting's decision as somebody's task. ``supervised``: the duty chief watches it 督办."""

    what: str
    department: str
    person: str
    due_minutes: int
    supervised: bool = False


class RoomCommand(Command, frozen=True, kw_only=True):
    """A case's room bears the case's id."""

    posts: ClassVar[tuple[str, ...]] = GOVERNING
    case: str


class OpenRoom(RoomCommand, frozen=True, kw_only=True):
    """Call all parties together."""


class SayInRoom(RoomCommand, frozen=True, kw_only=True):
    words: str


class BeginMeeting(RoomCommand, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = ("duty_chief", "department_head", "subdistrict_head", "leader")
    subject: str


class EndMeeting(RoomCommand, frozen=True, kw_only=True):
    """Minutes 会商纪要: each decision becomes a task with owner and deadline."""

    posts: ClassVar[tuple[str, ...]] = ("duty_chief", "department_head", "subdistrict_head", "leader")
    minutes: str
    decisions: tuple[Resolution, ...] = ()


class AddResolution(RoomCommand, frozen=True, kw_only=True):
    """One decision of the meeting under way (or of the last one): a task for a department."""

    posts: ClassVar[tuple[str, ...]] = ("duty_chief", "department_head", "subdistrict_head", "leader")
    what: str
    department: str
    due_minutes: int
    supervised: bool = True


class FinishResolution(Command, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = (*HANDLING, *CENTRE)
    resolution: str
    result: str


class RoomEvent(Event, frozen=True, kw_only=True):
    case: str


class RoomOpened(RoomEvent, frozen=True, kw_only=True):
    parties: tuple[str, ...]  # departments


class RoomJoined(RoomEvent, frozen=True, kw_only=True):
    department: str


class SaidInRoom(RoomEvent, frozen=True, kw_only=True):
    words: str


class MeetingBegun(RoomEvent, frozen=True, kw_only=True):
    meeting: str
    subject: str


class MeetingEnded(RoomEvent, frozen=True, kw_only=True):
    meeting: str
    minutes: str


class ResolutionMade(RoomEvent, frozen=True, kw_only=True):
    resolution: str
    meeting: str
    what: str
    department: str
    person: str
    due_ms: int
    supervised: bool


class ResolutionDone(RoomEvent, frozen=True, kw_only=True):
    resolution: str
    result: str


class ResolutionOverdue(RoomEvent, frozen=True, kw_only=True):
    resolution: str


class RoomClosed(RoomEvent, frozen=True, kw_only=True):
    """The case ended."""
