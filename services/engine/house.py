"""The engine's own desk: restarts, configuration, erasure, and which faults are known already."""

from __future__ import annotations

from collections.abc import Container, Iterable

import msgspec

from services.engine.desk import Fact, Turn
from services.facts.base import CommandRefused, Event
from services.facts.engine import (
    ConfigReloaded,
    DeskFailed,
    ErasePerson,
    NoteRestart,
    PersonErased,
    ReloadConfig,
    Restarted,
)
from twin.core.text import Text


class _State(msgspec.Struct):
    config: str = ""
    erased: list[str] = []
    failures: dict[str, int] = {}


class HouseDesk:
    """Knows the configuration in force, whose data was erased, and the faults reported since the last restart.
    ``people``: who can be erased; None where there is no register."""

    name = "engine"

    def __init__(self, people: Container[str] | None = None) -> None:
        self._people = people
        self._state = _State()

    @property
    def config(self) -> str:
        """Digest of the last reloaded configuration; empty while it is the one the segment's header names."""
        return self._state.config

    @property
    def failures(self) -> tuple[str, ...]:
        """``desk fact fault`` of every fault since the last restart, first ones first."""
        return tuple(self._state.failures)

    def known(self, failure: DeskFailed) -> bool:
        return _key(failure) in self._state.failures

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case NoteRestart():
                return (
                    Restarted(
                        actor=fact.actor, checkpoint=fact.checkpoint, last_turn=fact.last_turn, down_ms=fact.down_ms
                    ),
                )
            case ReloadConfig():
                return (ConfigReloaded(actor=fact.actor, hash=fact.hash),)
            case ErasePerson() if fact.actor.kind == "resident" and fact.actor.id != fact.person:
                why = Text("Nobody but {person} may ask for this", {"person": fact.person})
                return (CommandRefused(actor=fact.actor, command="ErasePerson", why=why),)
            case ErasePerson() if self._people is not None and fact.person not in self._people:
                why = Text("There is nobody {person} in the register", {"person": fact.person})
                return (CommandRefused(actor=fact.actor, command="ErasePerson", why=why),)
            case ErasePerson() if fact.person not in self._state.erased:
                return (PersonErased(actor=fact.actor, person=fact.person, ground=fact.ground),)
            case _:
                return ()

    def apply(self, event: Event, turn: Turn) -> None:
        match event:
            case Restarted():
                self._state.failures.clear()
            case ConfigReloaded():
                self._state.config = event.hash
            case PersonErased():
                self._state.erased.append(event.person)
            case DeskFailed():
                self._state.failures[_key(event)] = turn.city_ms
            case _:
                pass

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self._state)

    def restore(self, data: bytes) -> None:
        self._state = msgspec.msgpack.decode(data, type=_State)


def _key(failure: DeskFailed) -> str:
    return f"{failure.desk} {failure.fact} {failure.fault}"
