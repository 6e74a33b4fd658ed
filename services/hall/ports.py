"""What the hall needs of others: belief's whereabouts of people, the register, the vault, working time, incidents."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal, Protocol

from services.facts.hall import ClosingGround
from twin.core.text import Name
from twin.state.beliefs import MoverBelief


class Whereabouts(Protocol):
    """Belief as the hall reads it."""

    def person_position(self, person: str) -> MoverBelief | None:
        """Where a person who agreed to it was last heard; its ``id`` is the Frame's."""

    def grant(self, person: str, purposes: Iterable[str]) -> None:
        """What their phone is heard on from now on, and nothing else. KeyError for nobody of the register."""


class Registered(Protocol):
    """A resident as the register has them."""

    @property
    def id(self) -> str: ...

    @property
    def pseudonym(self) -> str: ...

    @property
    def name(self) -> Name: ...

    @property
    def home_xy(self) -> tuple[float, float]: ...

    @property
    def consents(self) -> Collection[str]: ...

    @property
    def birth_year(self) -> int: ...

    @property
    def household(self) -> str: ...

    @property
    def relation(self) -> str: ...

    @property
    def disability(self) -> str: ...


class Described(Registered, Protocol):
    """All that the register has of a resident; only emergency access reads it."""

    @property
    def address(self) -> Name: ...

    @property
    def school(self) -> str: ...

    @property
    def vehicles(self) -> tuple[str, ...]: ...

    @property
    def care_alarm(self) -> str: ...


class WorkingTime(Protocol):
    """The calendar's clocks; no pace compresses them."""

    def add(self, kind: Literal["working_day", "working_hour"], start_ms: int, amount: float) -> int:
        """The earliest moment by which so many days or hours of working time have passed."""


class Closures(Protocol):
    """What goes on around a hall."""

    def closing(self, place: str) -> tuple[ClosingGround, str] | None:
        """Why nobody can be served at a hall now, and the incident behind it; None where people can."""


class NoClosures:
    """A city in which nothing happens to halls."""

    def closing(self, place: str) -> tuple[ClosingGround, str] | None:
        return None


class Sealer(Protocol):
    """Ciphertext under a person's key; deterministic for one person, context and text. Both raise a
    ``CivitwinError`` once the person was erased."""

    def seal(self, person: str, data: bytes, context: bytes) -> bytes: ...

    def open(self, person: str, sealed: bytes, context: bytes) -> bytes: ...
