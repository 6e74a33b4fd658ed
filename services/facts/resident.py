"""What a resident at a console does as their own twin: applies, answers, agrees, takes a number.

A form is personal: it reaches the engine sealed with the person's key (``sealed``), and never in the clear, since what
a command says stays in the journal for ever. Grounds are codes.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec

from services.facts.base import Command

Code = Annotated[str, msgspec.Meta(max_length=128, pattern="^[A-Za-z0-9_./:-]*$")]
"""No words: what is said here stays in the journal."""
Codes = Annotated[tuple[Code, ...], msgspec.Meta(max_length=64)]
Form = Annotated[dict[Code, Annotated[str, msgspec.Meta(max_length=2_000)]], msgspec.Meta(max_length=64)]


class ApplyForService(Command, frozen=True, kw_only=True):
    """The one form of a service. ``form`` is what a console sends; the server puts it in ``sealed`` before anything is
    recorded. ``on_behalf``: pseudonym of the ward, or of the principal of ``mandate``."""

    posts: ClassVar[tuple[str, ...]] = ("resident",)
    service: Code
    form: Form = msgspec.field(default_factory=dict)
    materials: Codes = ()
    unwanted: Codes = ()
    channel: Literal["online", "counter", "kiosk", "phone", "virtual"] = "online"
    on_behalf: Code = ""
    mandate: Code = ""
    sealed: bytes = b""


class SayErrandWord(Command, frozen=True, kw_only=True):
    """Brings what was asked for, appeals (``ground`` from the list), lets an item go, or withdraws the whole."""

    posts: ClassVar[tuple[str, ...]] = ("resident",)
    errand: Code
    word: Literal["supply", "appeal", "let_go", "withdraw"]
    item: Code = ""
    materials: Codes = ()
    ground: Code = ""


class SetConsent(Command, frozen=True, kw_only=True):
    """Gives or withdraws consent to a purpose and everything below it, as the phone's word does; ``on_behalf``: a
    ward's pseudonym."""

    posts: ClassVar[tuple[str, ...]] = ("resident",)
    purpose: Code
    given: bool
    department: Code = ""
    until_ms: int = -1
    on_behalf: Code = ""


class TakeNumber(Command, frozen=True, kw_only=True):
    """At a hall, for whatever one has to do there."""

    posts: ClassVar[tuple[str, ...]] = ("resident",)
    place: Code


class LetTwinAct(Command, frozen=True, kw_only=True):
    """The twin acts by itself again, or no longer."""

    posts: ClassVar[tuple[str, ...]] = ("resident",)
    on: bool
