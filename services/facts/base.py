"""The shapes that every command and event shares."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from twin.core.text import Text


class Actor(msgspec.Struct, frozen=True):
    """Who stands behind a decision: a named person at a post, or a rule with the post that authorised it.

    ``Actor("person", "p-014", "dispatcher")``; ``Actor("rule", "routing/12", "duty_chief")`` reads "rule routing/12
    authorised by the duty chief". ``unit`` is a crew's word, ``resident`` a human twin, ``system`` the clock and the
    stores alone (never a decision about people). ``Actor("colleague", "colleague/dispatcher", "dispatcher", "p-005")``
    is an automatic colleague who fills a post and gives the same commands as a person, always labelled as such.
    ``holder`` is the id of the person who held the post at that time: what software does is attributed to somebody.
    """

    kind: Literal["person", "rule", "colleague", "unit", "resident", "system"]
    id: str
    post: str = ""
    holder: str = ""


SYSTEM = Actor("system", "civitwin")


class Command(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="t"):
    """A person's or process's wish. ``id`` is the client's choice, so that a retry is recognised; ``actor`` is set by
    the server from the sender's token, never believed from the wire. ``posts`` are those that may give it."""

    posts: ClassVar[tuple[str, ...]] = ()  # empty: not a person's command
    id: str
    actor: Actor = SYSTEM


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="t"):
    """Something that happened, past tense. ``cause`` names what led to it (a command id, event id, signal or message
    id); ``reason`` says why in words a person can check, ``why`` says it for every language."""

    actor: Actor = SYSTEM
    cause: str = ""
    reason: str = ""
    why: Text | None = None


class CommandRefused(Event, frozen=True, kw_only=True):
    """The desk that a command concerns will not do it; ``cause`` is the command's id and ``why`` the answer."""

    command: str  # the command's tag
