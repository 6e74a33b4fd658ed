"""``run.py bench scenes``: noticing over 100,000 sensors and 20 scenes, tick by tick; and assignment and routing."""

from __future__ import annotations

import importlib
import importlib.util
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from services.app.installation import city_directory
from services.governance.scene_load import load_scenes
from services.governance.scenes import conditions
from twin.city.catalogue import config_directory, load_catalogue
from twin.city.kinds import DeviceKind
from twin.city.load import load
from twin.city.model import City, Device, Place
from twin.core.words import Provenance
from twin.state.conditions import Condition, SensorCondition
from twin.state.senses import Senses
from twin.state.sources import Source

START_MS = 1_790_000_000_000
TICK_MS = 100
"""City time between two ticks at pace 1; at pace 20 twenty times as much."""
SCENES = 20


def bench_scenes(
    out: Console | None = None, sensors: int = 100_000, ticks: int = 300, warm: int = 60
) -> dict[str, float | str]:
    """A tick is 100 ms of city time: the readings that arrive in it are believed and held against every condition of
    their kind (each device reports once in its kind's period, spread evenly), then time moves: freshness of all slots,
    dwell, silence, and what the other conditions look at. Decoding of frames is measured by ``bench intake``, and the
    few facts that cross go on to the desks. Milliseconds are CPU time of this process, the median of the ticks, with
    wall time beside it."""
    config = config_directory()
    catalogue = load_catalogue(config)
    scenes = dict(list(load_scenes(config / "scenes", catalogue).items())[:SCENES])
    watched = conditions(scenes)
    city = _wired(load(city_directory(None)), catalogue.kinds, watched, sensors)
    source = Source(name="bench", namespace="bench", provenance=Provenance.SIMULATED)
    senses = Senses(city, catalogue.kinds, watched, (source,))
    pairs = len(senses.signals.thresholds)
    if out is not None:
        out.print(f"{len(city.devices)} devices, {len(senses.sensors)} slots, {len(scenes)} scenes, {pairs} pairs")
    field = _Field(senses, catalogue.kinds)
    took, wall = np.array([field.tick(TICK_MS) for _ in range(ticks + warm)])[warm:].T * 1000
    readings = field.readings / (ticks + warm)
    fast, _ = np.array([field.tick(20 * TICK_MS) for _ in range(warm)]).T * 1000
    result: dict[str, float | str] = {
        "tick_ms": round(float(np.median(took)), 3),
        "tick_p95_ms": round(float(np.percentile(took, 95)), 3),
        "tick_best_ms": round(float(took.min()), 3),
        "tick_wall_ms": round(float(np.median(wall)), 3),
        "tick_at_pace_20_ms": round(float(np.median(fast)), 3),
        "sensors": float(len(city.devices)),
        "slots": float(len(senses.sensors)),
        "scenes": float(len(scenes)),
        "conditions": float(len(watched)),
        "threshold_pairs": float(pairs),
        "readings_a_tick": round(readings, 1),
        "crossings": float(field.crossings),
        "a_tick_is": "100 ms of city time: due readings believed and judged, freshness, dwell and silence of all",
    }
    return result | _dispatching(out)


def _dispatching(out: Console | None) -> dict[str, float | str]:
    """Assignment and routing, measured by their own part where it is there."""
    if importlib.util.find_spec("services.app.bench_dispatch") is None:
        return {}
    module = importlib.import_module("services.app.bench_dispatch")
    found: dict[str, float | str] = {}
    for name in ("bench_assignment", "bench_routing"):
        measure: Callable[..., dict[str, float | str]] | None = getattr(module, name, None)
        if measure is not None:
            found |= {key: float(value) for key, value in measure().items()}
    return found


def _wired(city: City, kinds: dict[str, DeviceKind], watched: Sequence[Condition], sensors: int) -> City:
    """The city with so many devices, of the kinds that conditions watch, at places that the conditions look at."""
    wanted = list(dict.fromkeys(item.device_kind for item in watched if isinstance(item, SensorCondition)))
    places: dict[str, list[Place]] = {kind: [] for kind in wanted}
    for item in watched:
        if isinstance(item, SensorCondition) and item.place_kinds:
            places[item.device_kind] += [place for place in city.places if place.kind in item.place_kinds]
    low_x, low_y, high_x, high_y = city.extent
    devices: list[Device] = []
    for number in range(sensors):
        kind, nth = wanted[number % len(wanted)], number // len(wanted)
        at = places[kind]
        xy = (low_x + (number * 7919 % 10_007) / 10_007 * (high_x - low_x), low_y + nth * 13.7 % (high_y - low_y))
        place = at[nth % len(at)].id if at else ""
        devices.append(Device(f"b{number:06d}", kind, xy, f"g{number % 500}", place=place, circuit=f"c{nth % 2000}"))
    return replace(city, devices=tuple(devices))


class _Field:
    """Readings as arrays, as intake hands them over: every device in turn, its value near calm, one in 500 beyond."""

    def __init__(self, senses: Senses, kinds: dict[str, DeviceKind]) -> None:
        self._senses = senses
        table = senses.sensors
        first = table.first_slot
        period = np.array([kinds[device.kind].period_s * 1000 for device in senses.city.devices], np.int64)
        self._phase = (np.arange(len(first)) * 997) % period
        self._period = period
        counts = np.diff(np.append(first, len(table)))
        self._first, self._counts = first.astype(np.int64), counts
        low, high = np.nan_to_num(table.low, neginf=0.0), np.nan_to_num(table.high, posinf=100.0)
        self._calm = np.clip(low + (high - low) * 0.01, table.low, table.high)
        self._beyond = np.clip(low + (high - low) * 0.9, table.low, table.high)
        self.readings = self.crossings = 0
        self._now_ms = START_MS

    def tick(self, tick_ms: int) -> tuple[float, float]:
        """CPU and wall seconds of one tick; what a real batch would carry is prepared outside the measurement."""
        self._now_ms += tick_ms
        now_ms, number = self._now_ms, (self._now_ms - START_MS) // TICK_MS
        due = np.flatnonzero((now_ms - self._phase) % self._period < tick_ms)
        slot = np.repeat(self._first[due], self._counts[due]) + _within(self._counts[due])
        value = np.where((slot * 31 + number // 40) % 500 == 0, self._beyond[slot], self._calm[slot])
        value = value + (slot % 7) * 1e-6 + number * 1e-9
        self.readings += len(slot)
        slots = slot.astype(np.int32)
        began, began_wall = time.process_time(), time.perf_counter()
        self._believe(slots, value, now_ms)
        self._senses.advance(now_ms)
        took = time.process_time() - began, time.perf_counter() - began_wall
        self.crossings += len(self._senses.crossings)
        return took

    def _believe(self, slot: NDArray[np.int32], value: NDArray[np.float64], now_ms: int) -> None:
        if not len(slot):
            return
        table, count = self._senses.sensors, len(slot)
        now = np.full(count, now_ms, np.int64)
        none, flags = np.zeros(count, np.int64), np.zeros(count, np.uint8)
        source, provenance = np.zeros(count, np.int16), np.ones(count, np.uint8)
        done = table.apply_round(
            slot, value, now, flags, flags, np.zeros(count, np.bool_), source, provenance, none,
            np.full(count, 60_000, np.int64), now_ms,
        )  # fmt: skip
        fresh = table.freshness(now_ms, slot[done.rows]) == 0
        found = self._senses.signals.thresholds.apply_round(slot[done.rows], done.gap, fresh, now_ms)
        self.crossings += len(self._senses.signals.settled(found, now_ms))


def _within(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, … within each group."""
    total = int(counts.sum())
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    return np.arange(total) - starts
