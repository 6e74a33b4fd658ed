"""What the engine and its stores have to say of themselves, on the record."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec

from services.facts.base import Command, Event

Whole = Annotated[int, msgspec.Meta(ge=-1, le=1 << 53)]
"""A number that every store can hold."""
ErasureGround = Literal["request", "consent_withdrawn", "purpose_met", "unlawful"]


class NoteRestart(Command, frozen=True, kw_only=True):
    """The server is back. ``last_turn`` is the last turn that took effect: recorded ones past it were not committed.
    ``down_ms`` is the city time that passed meanwhile, which never counts as dwell."""

    posts: ClassVar[tuple[str, ...]] = ("system",)
    checkpoint: Whole
    last_turn: Whole
    down_ms: Whole


class ReloadConfig(Command, frozen=True, kw_only=True):
    """The server took in another configuration, at a start or while it runs, which lies in the object store under
    ``hash``: from here on new incidents are judged by it; open cases keep the version of their scene under which they
    were filed. ``settings``: what else was recorded of the run from then on, where it changed while the server ran."""

    posts: ClassVar[tuple[str, ...]] = ("system",)
    hash: str
    settings: str = ""


class ErasePerson(Command, frozen=True, kw_only=True):
    """Destroy the key of a person's data; ``ground`` says on what right it rests (Personal Information Protection Law,
    art. 47)."""

    posts: ClassVar[tuple[str, ...]] = ("duty_chief", "clerk", "resident")
    person: str
    ground: ErasureGround


class Restarted(Event, frozen=True, kw_only=True):
    checkpoint: int
    last_turn: int
    down_ms: int


class ConfigReloaded(Event, frozen=True, kw_only=True):
    hash: str


class PersonErased(Event, frozen=True, kw_only=True):
    person: str
    ground: ErasureGround


class DeskFailed(Event, frozen=True, kw_only=True):
    """A desk raised while deciding about a fact; it decided nothing about it, the other desks did. Journalled once
    for each (desk, kind of fact, place in the code)."""

    desk: str
    fact: str
    fault: str  # "module.py:line ErrorClass"


class TurnAbandoned(Event, frozen=True, kw_only=True):
    """A desk raised while applying an event, or the desks would not come to an end. All that the turn had decided
    was dropped and the desks were rebuilt as they had been before it."""

    desk: str
    fact: str
    fault: str
    dropped: int  # events
