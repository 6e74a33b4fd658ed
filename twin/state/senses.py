"""Intake, belief and signals as one: all that the twin knows of the field, and how it came to know it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twin.city.kinds import DeviceKind
from twin.city.locate import Locator
from twin.city.model import City
from twin.core import codec
from twin.core.bus import Message
from twin.state.applier import Applier
from twin.state.batch import Batch, GatewaySaid
from twin.state.beliefs import DeviceBelief, MoverBelief
from twin.state.closing import ClosingTests
from twin.state.conditions import Calm, Condition, Crossing
from twin.state.counts import Counts, Refusal
from twin.state.heard import Heard, heard
from twin.state.intake import Intake
from twin.state.lights import LightTable
from twin.state.movers import MoverTable
from twin.state.people import Enrolled, Phones
from twin.state.sensors import SensorTable
from twin.state.signals import Signals
from twin.state.sources import Router, Source
from twin.state.speeds import EdgeSpeeds
from twin.state.terminals import Terminals

_PARTS: Final = ("counts", "sensors", "movers", "lights", "speeds", "phones", "terminals", "signals")


class Senses:
    """Belief and signal memory behind one door.

    ``take`` and ``advance`` change state and set ``crossings`` (and ``refusals``) of that call; everything else reads.
    Nothing here asks for the time: city time comes with every call, and wall stamps, which are for latency alone and no
    part of the state, are handed in.
    """

    def __init__(
        self,
        city: City,
        kinds: Mapping[str, DeviceKind],
        conditions: Sequence[Condition],
        sources: Sequence[Source],
        register: Sequence[Enrolled] = (),
        *,
        units: Mapping[str, int] | None = None,
        locator: Locator | None = None,
        verified: bool = True,
        platforms: Collection[str] = (),
    ) -> None:
        """``units`` maps the ids of the crews that exist to their department's index. Phones' signatures are taken on
        trust unless ``verified``: only where nobody but their own field can speak. ``platforms`` are gateways that
        serve no device: virtual places'."""
        self.city = city
        self.sources = tuple(sources)
        self.locator = locator if locator is not None else Locator(city)
        self.counts = Counts()
        self.sensors = SensorTable(city, kinds)
        self.sensors.platforms = frozenset(platforms)
        self.movers = MoverTable()
        self.lights = LightTable(city)
        self.speeds = EdgeSpeeds(city)
        self.phones = Phones(register, verified)
        self.terminals = Terminals(city.devices, register)
        self.signals = Signals(city, self.sensors, self.movers, self.speeds, conditions)
        self._tests = ClosingTests(city, self.sensors, self.signals)
        router = Router(city, self.sensors, self.sources, self.counts)
        self._intake = Intake(
            city, router, self.sensors, self.movers, self.lights, self.phones, self.terminals, self.signals.warnings,
            units or {},
        )  # fmt: skip
        self._applier = Applier(self._intake, self.sensors, self.movers, self.signals, self.sources, self.counts)
        self.city_ms = 0
        self.crossings: tuple[Crossing, ...] = ()
        self.refusals: tuple[Refusal, ...] = ()
        self.overheard: Callable[[Batch], None] = lambda _batch: None  # by whoever only shows what was said

    @property
    def filters(self) -> tuple[str, ...]:
        """All topic filters to subscribe to."""
        return tuple(name for source in self.sources for name in source.filters)

    # What changes state.

    def take(self, messages: Sequence[Message], received_ms: int, wall_ms: float | None = None) -> Batch:
        """Decode, validate and believe one turn's messages. Refuses, counts, and never raises for what is in them."""
        self.city_ms = max(self.city_ms, received_ms)
        batch = self._intake.decode(messages, received_ms, wall_ms)
        crossings: list[Crossing] = []
        for notice in batch.notices:
            if isinstance(notice, GatewaySaid):
                self.sensors.hear_gateway(notice.state.gateway, notice.state.state == "offline", received_ms)
        readings = self._applier.readings(batch, crossings)
        positions = self._applier.positions(batch)
        lights = self._intake.lights(batch)
        self.lights.apply(lights, received_ms)
        crossings += self.signals.hear(batch.notices, received_ms)
        self.refusals = self._applier.close_books(batch)
        self.crossings = self.signals.settled(crossings, received_ms)
        whole = Batch(received_ms, readings, positions, lights, tuple(batch.notices))
        self.overheard(whole)
        return whole

    def advance(self, city_ms: int) -> None:
        """City time moves: freshness, dwell, silence, standing vehicles, forgotten movers, the live network."""
        self.city_ms = city_ms
        self.refusals = ()
        self.movers.release_silent(city_ms)
        matched = self.movers.match(self.locator)
        self.speeds.hear(self.movers, matched, city_ms)
        self.speeds.picture(city_ms)
        freshness = self.sensors.freshness(city_ms)
        self.crossings = self.signals.settled(self.signals.advance(city_ms, freshness), city_ms)

    def resume(self, city_ms: int, down_ms: int) -> None:
        """The twin was away for ``down_ms`` of city time, which counts for no dwell, and what was sent meanwhile for
        no loss on the way."""
        self.city_ms = city_ms
        self.counts.forget_tallies()
        self.signals.shift(down_ms)

    def set_closed(self, edges: Iterable[int]) -> None:
        """The edges believed closed from now on, and no others."""
        self.speeds.set_closed(edges)

    def rest(self, scenes: Iterable[str]) -> None:
        """The scenes that notice nothing from now on, and no others."""
        self.signals.rest(scenes)

    def grant(self, person: str, purposes: Iterable[str]) -> None:
        """Replace a person's consents. What is no longer covered is forgotten."""
        self.phones.grant(person, purposes)
        slot = self.movers.slot_of.get(f"person:{person}")
        if slot is not None and "position" not in tuple(purposes):
            self.movers.release(slot)
        if "presence" not in tuple(purposes):
            self.signals.crowds.forget(person)

    # What desks ask.

    def calm(self, condition_id: str, subject: str | Sequence[str], hold_s: float, now_ms: int) -> Calm:
        """Whether a signal has been calm for ``hold_s`` by fresh, undoubted data; the worst over several subjects."""
        return self._tests.calm(condition_id, subject, hold_s, now_ms)

    def device(self, id: str) -> DeviceBelief:
        """What is believed of a device as of the last turn; KeyError names one that the city does not have."""
        index = self.sensors.device_of[id]
        readings = self._tests.evidence(index, self.city_ms)
        battery = float(self.sensors.battery_percent[index])
        gateway = int(self.sensors.gateway[index])
        return DeviceBelief(
            device=id,
            kind=self.city.devices[index].kind,
            freshness=max(reading.freshness for reading in readings),
            readings=readings,
            battery_percent=None if np.isnan(battery) else battery,
            gateway=self.city.devices[index].gateway,
            gateway_silent=bool(self.sensors.gateway_silent[gateway]),
            skewed_ms=int(self.sensors.clocks.offset_ms[index]),
            conditions=self.signals.holding(id),
        )

    def silent(self) -> tuple[str, ...]:
        """Devices that cannot be heard, by their gateway's word; in the city's order."""
        rows = np.flatnonzero(self.sensors.gateway_silent[self.sensors.gateway])
        return tuple(self.city.devices[int(row)].id for row in rows)

    def present(self) -> dict[str, int]:
        """How many people's phones said that they are in each place; those alone who agreed to tell it."""
        return dict(Counter(self.signals.crowds.present.values()))

    def mover(self, id: int) -> MoverBelief | None:
        """The tenant of a Frame id, None where it is gone."""
        slot = id >> 16
        if not 0 <= slot < len(self.movers) or not self.movers.alive[slot] or self.movers.id_of(slot) != id:
            return None
        return self._mover(slot)

    def unit_position(self, unit: str) -> MoverBelief | None:
        """Where a crew was last heard, however long ago; None where it never was."""
        slot = self.movers.slot_of.get(f"unit:{unit}")
        return None if slot is None else self._mover(slot)

    def person_position(self, person: str) -> MoverBelief | None:
        slot = self.movers.slot_of.get(f"person:{person}")
        return None if slot is None else self._mover(slot)

    def obeyed(self, person: str) -> int:
        """The last steering word that a person's body said it obeyed; -1 where it said of none."""
        return self.phones.obeyed.get(person, -1)

    def heard(self) -> Heard:
        """Everyone believed to be somewhere now, crews left out."""
        return heard(self.movers)

    def edge_times(self, now_ms: int | None = None) -> NDArray[np.float64]:
        """(E,) believed seconds to drive each edge; free flow where nothing was heard, infinite where closed."""
        return self.speeds.times(self.city_ms if now_ms is None else now_ms)

    def trip_times(self) -> NDArray[np.float64]:
        """(E,) the same as of the last city minute, so that ways found by it stay found; closures count at once."""
        return self.speeds.trips()

    def _mover(self, slot: int) -> MoverBelief:
        movers = self.movers
        return MoverBelief(
            id=movers.id_of(slot),
            sender=movers.key[slot],
            kind=int(movers.kind[slot]),
            x_m=float(movers.x_m[slot]),
            y_m=float(movers.y_m[slot]),
            heading_deg=float(movers.heading_deg[slot]),
            speed_mps=float(movers.speed_mps[slot]),
            observed_ms=int(movers.observed_ms[slot]),
            freshness=int(movers.freshness(self.city_ms)[slot]),
            doubt=int(movers.doubt[slot]),
            provenance=int(movers.provenance[slot]),
            edge=int(movers.edge[slot]),
            offset_m=float(movers.offset_m[slot]),
        )

    # Kept for later.

    def snapshot(self) -> bytes:
        """Everything, ages and signal memory included, canonical: equal states give equal bytes."""
        return codec.encode([self.city_ms, {name: getattr(self, name).state() for name in _PARTS}])

    def restore(self, data: bytes) -> None:
        """The inverse of :meth:`snapshot`. A condition that has changed since begins anew, as does one that is new."""
        self.city_ms, parts = codec.decode(data, list[Any])
        for name in _PARTS:
            getattr(self, name).load(parts[name])

    def digest(self) -> str:
        """SHA-256 of the snapshot."""
        return hashlib.sha256(self.snapshot()).hexdigest()
