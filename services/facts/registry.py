"""Every command and event by its tag, so that journals and proposals can be read back as what they were."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from types import ModuleType

import msgspec

from services.facts import (
    assets,
    base,
    casework,
    clock,
    closures,
    collaboration,
    duty,
    embodiment,
    engine,
    evidence,
    exercise,
    governance,
    hall,
    ledger,
    meetings,
    money,
    of_item,
    opening,
    resident,
    response,
    rights,
    units,
    virtual,
    working,
)
from services.facts.base import Actor, Command, Event
from twin.core.errors import CivitwinError
from twin.formats.refusal import UNDECODABLE

MODULES: tuple[ModuleType, ...] = (
    base, clock, engine, collaboration, evidence, governance, closures, casework, working, meetings, duty, units,
    ledger, response, of_item, hall, rights, money, assets, resident, embodiment, opening, exercise, virtual,
)  # fmt: skip


class UnreadableError(CivitwinError):
    """A fact that is of no known kind or that does not fit its kind."""


class UnwritableError(CivitwinError):
    """A fact whose canonical form would not read back as the same fact (a NaN, a wrong type)."""


class Registry:
    """Encodes facts canonically (JSON, dictionaries in key order, fields in declared order) and decodes them."""

    def __init__(self, classes: Iterable[type[Command | Event]]) -> None:
        self.classes = tuple(dict.fromkeys(classes))
        self.by_tag: dict[str, type[Command | Event]] = {}
        for cls in self.classes:
            if self.by_tag.setdefault(cls.__name__, cls) is not cls:
                raise UnreadableError(f"two facts are named {cls.__name__}: rename one")
        commands = tuple(cls for cls in self.classes if issubclass(cls, Command))
        self._encoder = msgspec.json.Encoder(order="deterministic")
        self._facts: msgspec.json.Decoder[Command | Event] = msgspec.json.Decoder(reduce(or_, self.classes))
        self._commands: msgspec.json.Decoder[Command] = msgspec.json.Decoder(reduce(or_, commands))

    @classmethod
    def of(cls, modules: Iterable[ModuleType]) -> Registry:
        """All commands and events that these modules define, in the order of definition."""
        return cls(
            fact
            for module in modules
            for fact in vars(module).values()
            if isinstance(fact, type) and issubclass(fact, Command | Event) and fact.__module__ == module.__name__
        )

    def encode(self, fact: Command | Event) -> bytes:
        return self._encoder.encode(fact)

    def written(self, fact: Command | Event) -> bytes:
        """The canonical form, proved to read back as the same fact. Raises :class:`UnwritableError`."""
        try:
            body = self._encoder.encode(fact)
            same = self._facts.decode(body) == fact
        except (TypeError, msgspec.ValidationError) as fault:
            raise UnwritableError(f"{type(fact).__name__} would not read back: {fault}") from fault
        if not same:
            raise UnwritableError(f"{type(fact).__name__} would read back as another value")
        return body

    def decode(self, body: bytes) -> Command | Event:
        """Raises :class:`UnreadableError`."""
        try:
            return self._facts.decode(body)
        except UNDECODABLE as fault:
            raise UnreadableError(f"not a fact of this version: {fault}") from fault

    def proposed(self, body: bytes | msgspec.Raw, id: str, actor: Actor) -> Command:
        """A command off the wire, under the sender's own id and with the actor that the server knows; whatever
        ``actor`` the wire named is thrown away. Raises :class:`UnreadableError`."""
        try:
            fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
            fields["id"] = msgspec.Raw(msgspec.json.encode(id))
            fields["actor"] = msgspec.Raw(msgspec.json.encode(actor))
            return self._commands.decode(msgspec.json.encode(fields))
        except UNDECODABLE as fault:
            raise UnreadableError(f"not a command: {fault}") from fault


def all_facts() -> Registry:
    """The registry of everything that this version knows."""
    return Registry.of(MODULES)
