"""A city of one kind of gauge and one kind of case, small enough to be sure of, for the engine's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
import numpy as np

from services.engine.clock import ClockDesk
from services.engine.desk import Desk, Fact, Tick, Turn
from services.engine.engine import Engine
from services.engine.house import HouseDesk
from services.engine.recover import recover
from services.facts import base, clock, engine
from services.facts.base import Command, CommandRefused, Event
from services.facts.records import Outgoing
from services.facts.registry import Registry
from services.storage.recorder import Identity, Limits
from services.storage.stores import Stores
from services.storage.vault import Vault, seeded_keys
from twin.core.bus import Message
from twin.core.chance import fraction
from twin.core.columns import empty_positions, empty_readings
from twin.core.text import Text
from twin.formats.civic import Report
from twin.state.batch import Batch, LightStates, UnitSaid

THRESHOLD = 10
DWELL_MS = 1_000


class CloseCase(Command, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = ("dispatcher",)
    case: str


class AlarmRaised(Event, frozen=True, kw_only=True):
    gauge: str
    value: int


class CaseMade(Event, frozen=True, kw_only=True):
    case: str
    gauge: str
    luck: float


class CaseDone(Event, frozen=True, kw_only=True):
    case: str


class LetterTaken(Event, frozen=True, kw_only=True):
    person: str
    sealed: bytes


FACTS = Registry(
    [
        *Registry.of((base, clock, engine)).classes,
        CloseCase,
        AlarmRaised,
        CaseMade,
        CaseDone,
        LetterTaken,
    ]
)


class _Belief(msgspec.Struct):
    values: dict[str, int] = {}
    above_since: dict[str, int] = {}
    raised: list[str] = []
    city_ms: int = 0
    taken: int = 0


class FakeSenses:
    """``gauge/<id>`` carries an integer; above the threshold for a second it crosses. ``units/<id>/report`` names an
    order, ``person/<id>/report`` carries a letter."""

    def __init__(self) -> None:
        self._belief = _Belief()
        self.crossings: tuple[tuple[str, int], ...] = ()
        self.letters: tuple[tuple[str, bytes], ...] = ()
        self.down_ms: list[int] = []

    @property
    def taken(self) -> int:
        return self._belief.taken

    def take(self, messages: Sequence[Message], received_ms: int, wall_ms: float | None = None) -> Batch:
        notices, letters = [], []
        for message in messages:
            kind, id, *_ = message.topic.split("/")
            if kind == "gauge":
                self._hear(id, int(message.payload), received_ms)
            elif kind == "units":
                order = message.payload.decode()
                report = Report(
                    report_id="r",
                    unit=id,
                    state="acknowledged",
                    time_ms=0,
                    latitude=0.0,
                    longitude=0.0,
                    order_id=order,
                )
                notices.append(UnitSaid(report=report, x_m=0.0, y_m=0.0, provenance=1))
            else:
                letters.append((message.topic.split("/")[2], message.payload))
        self._belief.taken += len(messages)
        self.letters = tuple(letters)
        self._cross(received_ms)
        lights = LightStates(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.uint8), np.zeros(0, np.int64))
        return Batch(received_ms, empty_readings(), empty_positions(), lights, tuple(notices))

    def _hear(self, gauge: str, value: int, received_ms: int) -> None:
        self._belief.values[gauge] = value
        if value > THRESHOLD:
            self._belief.above_since.setdefault(gauge, received_ms)
        else:
            self._belief.above_since.pop(gauge, None)
            if gauge in self._belief.raised:
                self._belief.raised.remove(gauge)

    def _cross(self, now_ms: int) -> None:
        crossed = [
            gauge
            for gauge, since in sorted(self._belief.above_since.items())
            if now_ms - since >= DWELL_MS and gauge not in self._belief.raised
        ]
        self._belief.raised.extend(crossed)
        self.crossings = tuple((gauge, self._belief.values[gauge]) for gauge in crossed)

    def advance(self, city_ms: int) -> None:
        self._belief.city_ms = city_ms
        self.letters = ()
        self._cross(city_ms)

    def resume(self, city_ms: int, down_ms: int) -> None:
        self.down_ms.append(down_ms)
        self._belief.city_ms = city_ms
        for gauge in self._belief.above_since:
            self._belief.above_since[gauge] += down_ms
        self.crossings, self.letters = (), ()

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self._belief, order="sorted")

    def restore(self, data: bytes) -> None:
        self._belief = msgspec.msgpack.decode(data, type=_Belief)


class AlarmDesk:
    name = "alarms"

    def __init__(self, senses: FakeSenses, vault: Vault | None = None) -> None:
        self._senses = senses
        self._vault = vault
        self.raised: list[str] = []
        self.letters: list[tuple[str, bytes]] = []

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        if not isinstance(fact, Tick | Batch):
            return
        for gauge, value in self._senses.crossings:
            yield AlarmRaised(gauge=gauge, value=value)
        if isinstance(fact, Batch) and self._vault is not None:
            for person, text in self._senses.letters:
                yield LetterTaken(
                    person=person, sealed=self._vault.seal(person, text, f"letter/{turn.number}".encode())
                )

    def apply(self, event: Event, turn: Turn) -> None:
        if isinstance(event, AlarmRaised):
            self.raised.append(event.gauge)
        if isinstance(event, LetterTaken):
            self.letters.append((event.person, event.sealed))

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode((self.raised, self.letters))

    def restore(self, data: bytes) -> None:
        self.raised, self.letters = msgspec.msgpack.decode(data, type=tuple[list[str], list[tuple[str, bytes]]])


class CaseDesk:
    """Makes a case of every alarm, orders a unit by a keyed message, closes on command."""

    name = "cases"

    def __init__(self) -> None:
        self.open: dict[str, str] = {}
        self.made = 0

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        if isinstance(fact, AlarmRaised):
            number = self.made + 1
            return (CaseMade(case=f"C{number}", gauge=fact.gauge, luck=fraction(turn.seed, self.name, number)),)
        if isinstance(fact, CloseCase):
            if fact.case in self.open:
                return (CaseDone(actor=fact.actor, case=fact.case),)
            why = Text("{case} is not open", {"case": fact.case})
            return (CommandRefused(actor=fact.actor, command="CloseCase", why=why),)
        return ()

    def apply(self, event: Event, turn: Turn) -> None:
        if isinstance(event, CaseMade):
            self.open[event.case] = event.gauge
            self.made += 1
        if isinstance(event, CaseDone):
            del self.open[event.case]

    def outgoing(self, event: Event) -> Iterable[Outgoing]:
        if isinstance(event, CaseMade):
            return (Outgoing("units/u/order", event.case.encode(), key=f"order/{event.case}"),)
        return ()

    def settled(self, event: Event) -> Iterable[str]:
        return (f"order/{event.case}",) if isinstance(event, CaseDone) else ()

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode((self.open, self.made), order="sorted")

    def restore(self, data: bytes) -> None:
        self.open, self.made = msgspec.msgpack.decode(data, type=tuple[dict[str, str], int])


def desks_of(senses: FakeSenses, vault: Vault | None = None) -> list[Desk]:
    return [ClockDesk(), HouseDesk(), AlarmDesk(senses, vault), CaseDesk()]


SEED = 11


class City:
    """Stores and an engine over one data directory; :meth:`kill` is ``kill -9`` as files see it."""

    def __init__(
        self,
        directory: Path,
        limits: Limits | None = None,
        wrap: Callable[[Stores], None] | None = None,
    ) -> None:
        self.stores = Stores(
            directory,
            identify=lambda objects: Identity(SEED, "code", objects.put(b"city"), objects.put(b"config")),
            wall_ms=lambda: 1_000,
            facts=FACTS,
            limits=limits,
            new_key=seeded_keys(SEED),
        )
        if wrap is not None:
            wrap(self.stores)
        self.senses = FakeSenses()
        self.desks = desks_of(self.senses, self.stores.vault)
        position = recover(self.senses, self.desks, self.stores.archive, FACTS, SEED)
        self.engine = Engine(
            self.senses,
            self.desks,
            SEED,
            self.stores.journal,
            self.stores.recorder,
            self.stores.outbox,
            facts=FACTS,
            position=position,
        )

    @property
    def cases(self) -> CaseDesk:
        desk = self.desks[3]
        assert isinstance(desk, CaseDesk)
        return desk

    def kill(self) -> None:
        """What the operating system does for a killed process: files and locks are let go of, nothing is said."""
        self.stores.close()


def build(vault: Vault) -> Callable[[object], tuple[FakeSenses, list[Desk]]]:
    def fresh(_: object) -> tuple[FakeSenses, list[Desk]]:
        senses = FakeSenses()
        return senses, desks_of(senses, vault)

    return fresh


def gauge(id: str, value: int) -> Message:
    return Message(f"gauge/{id}", str(value).encode())


def letter(person: str, text: str) -> Message:
    return Message(f"sim/person/{person}/report", text.encode())
