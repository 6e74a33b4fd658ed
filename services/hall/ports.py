"""What the hall needs of others: belief's whereabouts of people, the register, the vault."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

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


class Sealer(Protocol):
    """Ciphertext under a person's key; deterministic for one person, context and text. Both raise a
    ``CivitwinError`` once the person was erased."""

    def seal(self, person: str, data: bytes, context: bytes) -> bytes: ...

    def open(self, person: str, sealed: bytes, context: bytes) -> bytes: ...
