"""The steering desk: what the resident at a console wants of their twin's body, passed on to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Turn
from services.facts.base import Command, CommandRefused, Event
from services.facts.because import because
from services.facts.embodiment import SteerTwin, TwinSteered
from services.facts.engine import PersonErased
from services.facts.records import Outgoing
from services.facts.resident import LetTwinAct
from services.hall.ports import Registered, Sealer
from twin.core.text import Text
from twin.formats.civic import Steer, encode

_LONGEST: Final = 1_024
"""Bytes of a sealed word to a body: more is none."""


def steering_context(person: str) -> bytes:
    """In what context a word to a body is sealed."""
    return f"steer/{person}".encode()


class _State(msgspec.Struct):
    seq: dict[str, int] = {}  # by person, the last word passed on
    held: set[str] = set()


class SteeringDesk:
    """Knows whose body obeys a console, and hears nobody but the person about it."""

    name = "steering"

    def __init__(self, residents: Mapping[str, Registered], vault: Sealer) -> None:
        self._residents, self._vault = residents, vault
        self._state = _State()

    def held(self, person: str) -> bool:
        """Whether somebody is in this twin's shoes."""
        return person in self._state.held

    def seq(self, person: str) -> int:
        """The last word passed on; -1 where there was none."""
        return self._state.seq.get(person, -1)

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case SteerTwin():
                return (self._steered(fact),)
            case LetTwinAct():
                return (self._let(fact),)
            case _:
                return ()

    def _steered(self, fact: SteerTwin) -> Event:
        known = self._residents.get(fact.actor.id)
        if known is None or fact.actor.kind != "resident":
            return _no(fact, Text("only the resident steers their own twin"))
        if fact.seq <= self.seq(known.id):
            return _no(fact, Text("a later word was heard already"))
        if not fact.sealed or len(fact.sealed) > _LONGEST:
            return _no(fact, Text("where somebody walks is not said openly"))
        return TwinSteered(
            actor=fact.actor, cause=fact.id, **because("the resident walks"), person=known.id,
            pseudonym=known.pseudonym, seq=fact.seq, held=True, sealed=fact.sealed,
        )  # fmt: skip

    def _let(self, fact: LetTwinAct) -> Event:
        known = self._residents.get(fact.actor.id)
        if known is None or fact.actor.kind != "resident":
            return _no(fact, Text("only the resident steers their own twin"))
        reason = because("the twin acts by itself again") if fact.on else because("the resident takes over")
        return TwinSteered(
            actor=fact.actor, cause=fact.id, **reason, person=known.id, pseudonym=known.pseudonym,
            seq=self.seq(known.id) + 1, held=not fact.on,
        )  # fmt: skip

    def apply(self, event: Event, turn: Turn) -> None:
        match event:
            case TwinSteered():
                self._state.seq[event.person] = event.seq
                (self._state.held.add if event.held else self._state.held.discard)(event.person)
            case PersonErased():
                self._state.seq.pop(event.person, None)
                self._state.held.discard(event.person)
            case _:
                pass

    def outgoing(self, event: Event) -> Iterable[Outgoing]:
        """Once: a word that comes late would move the body to where nobody wants it any more."""
        if not isinstance(event, TwinSteered):
            return
        body = encode(Steer(seq=event.seq, held=event.held))
        if event.sealed:
            body = self._vault.open(event.person, event.sealed, steering_context(event.person))
        yield Outgoing(f"person/{event.pseudonym}/steer", body)

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)


def _no(command: Command, why: Text) -> CommandRefused:
    return CommandRefused(actor=command.actor, command=type(command).__name__, cause=command.id, why=why)
