"""The twin's figures about itself: health for the consoles, a summary for ``status`` and for a demo's report."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np

from services.app.composition import Twin
from services.app.timekeeper import wall_ms
from services.app.wires import Wires
from services.facts.base import Event
from services.facts.governance import CaseClosed, CaseOpened
from services.facts.hall import ErrandBegun, ErrandCompleted, ErrandStepped
from services.facts.opening import HallOpened
from services.facts.records import Entry
from twin.core.text import Text
from twin.core.views import FeedState, Status
from twin.core.words import Freshness, StationType

_SAMPLES: Final = 20_000
_WINDOW_S: Final = 5.0
_DRY_MM_H: Final = 0.2
_FEWEST: Final = 3
"""Of fewer people in a place nothing is said: one of them would be somebody."""


class Figures:
    """Counts what was decided since the run began; reads the rest from belief."""

    def __init__(self, twin: Twin, journal: Iterable[Entry]) -> None:
        """``journal``: what was decided before this start."""
        self._twin = twin
        self._opened: Counter[str] = Counter()
        self._closed: Counter[str] = Counter()
        self._errands: Counter[str] = Counter()
        self._completed: Counter[str] = Counter()
        self._backlog: dict[str, int] = {}
        self._to_case_ms: deque[float] = deque(maxlen=_SAMPLES)
        self._rates: dict[str, deque[tuple[float, int]]] = {}
        self._seen: dict[str, int] = {"vehicles": 0, "residents": 0}
        for entry in journal:
            if isinstance(entry.fact, Event):
                self._count(entry.fact)

    def saw(self, events: Sequence[Event], pace: float, city_ms: int) -> None:
        """Count what a turn decided; the latency from the last evidence to its case is wall time, by the pace."""
        for event in events:
            self._count(event)
            if isinstance(event, CaseOpened):
                last = max((evidence.observed_ms for evidence in event.evidence), default=city_ms)
                self._to_case_ms.append(max(0.0, (city_ms - last) / pace))

    def _count(self, event: Event) -> None:
        match event:
            case CaseOpened():
                self._opened[event.scene] += 1
            case CaseClosed():
                self._closed[event.outcome] += 1
            case ErrandBegun():
                self._errands["begun"] += 1
            case ErrandStepped(state="completed"):
                self._errands["completed"] += 1
            case ErrandCompleted():
                self._completed[event.service] += 1
            case HallOpened():
                self._backlog = {"received": event.received, "completed": sum(event.completed.values()),
                                 "open": event.open}  # fmt: skip
            case _:
                pass

    def status(self, wires: Wires) -> Status:
        """The state of health that consoles are told once a second."""
        twin = self._twin
        counts = self._counts()
        latency = _percentiles(twin.senses.counts.latency_ms)
        rain = self._rain()
        return Status(
            connected=wires.connected,
            feeds=tuple(self._feed(name, provenance) for name, provenance in twin.world.source_names),
            counts=counts,
            lost=twin.senses.counts.lost,
            latency_p99_ms=latency["p99"] or 0.0,
            tempo=twin.world.tempo,
            rain_mm_h=rain,
            weather=Text("rain {rain} mm/h", {"rain": round(rain)}) if rain > _DRY_MM_H else Text("dry"),
            publishing=wires.publishing,
            present={place: people for place, people in twin.senses.present().items() if people >= _FEWEST},
        )

    def summary(self, wires: Wires) -> dict[str, object]:
        """The shape of ``run.py demo --json``, and the health beside it."""
        twin, counts = self._twin, self._counts()
        to_case = _percentiles(self._to_case_ms)
        return {
            "vehicles": self._seen["vehicles"],
            "residents": len(twin.world.residents),
            "devices": counts["devices"],
            "device_kinds": len({device.kind for device in twin.world.city.devices}),
            "messages": {
                "accepted": twin.senses.counts.accepted,
                "rejected": dict(sorted(twin.senses.counts.rejected.items())),
                "lost": twin.senses.counts.lost,
            },
            "cases": {
                "opened": self._opened.total(),
                "verified_closed": self._closed["verified"],
                "checked_closed": self._closed["checked"],
                "closed_untested": self._closed["untested"],
                "by_scene": dict(sorted(self._opened.items())),
            },
            "errands": {
                "begun": self._errands["begun"],
                "completed": self._errands["completed"],
                "by_service": dict(sorted(self._completed.items())),
                "backlog": self._backlog,
            },
            "latency_ms": {
                "publish_to_belief": _percentiles(twin.senses.counts.latency_ms),
                "publish_to_case": to_case,
            },
            "city_ms": twin.engine.city_ms,
            "connected": wires.connected,
            "counts": counts,
            "faults": list(twin.house.failures),
        }

    def _counts(self) -> dict[str, int]:
        senses = self._twin.senses
        movers = senses.movers
        kinds = movers.kind[: len(movers)][movers.alive[: len(movers)]]
        freshness = senses.sensors.freshness(senses.city_ms)
        first = freshness[senses.sensors.first_slot]
        people = int(np.isin(kinds, (StationType.PEDESTRIAN, StationType.CYCLIST)).sum())
        crews = int((kinds == StationType.SPECIAL).sum())
        vehicles = len(kinds) - people - crews
        self._seen["vehicles"] = max(self._seen["vehicles"], vehicles)
        self._seen["residents"] = max(self._seen["residents"], people)
        return {
            "vehicles": vehicles,
            "residents": people,
            "crews": crews,
            "devices": len(self._twin.world.city.devices),
            "fresh": int((first == Freshness.FRESH).sum()),
            "stale": int((first == Freshness.STALE).sum()),
            "silent": int((first == Freshness.SILENT).sum()),
            "unknown": int((first == Freshness.UNKNOWN).sum()),
            "cases_open": self._opened.total() - self._closed.total(),
        }

    def _feed(self, name: str, provenance: int) -> FeedState:
        counts = self._twin.senses.counts
        accepted = counts.accepted_of(name)
        kept = self._rates.setdefault(name, deque())
        now = wall_ms() / 1000.0
        kept.append((now, accepted))
        while len(kept) > 1 and now - kept[0][0] > _WINDOW_S:
            kept.popleft()
        passed = now - kept[0][0]
        return FeedState(
            name=name,
            provenance=provenance,
            last_ms=counts.source_last_ms.get(name, -1),
            per_second=round((accepted - kept[0][1]) / passed, 1) if passed > 0 else 0.0,
            accepted=accepted,
            rejected=counts.source_rejected.get(name, 0),
        )

    def _rain(self) -> float:
        """The believed rain: the median of the fresh gauges, mm/h."""
        senses = self._twin.senses
        slots = self._twin.rain_slots
        fresh = senses.sensors.freshness(senses.city_ms)[slots] == Freshness.FRESH
        values = senses.sensors.value[slots][fresh]
        return float(np.median(values)) if len(values) else 0.0


def _percentiles(samples: Sequence[float] | deque[float]) -> dict[str, Any]:
    """p50 and p99, None while there is no sample."""
    if not samples:
        return {"p50": None, "p99": None, "samples": 0}
    p50, p99 = np.percentile(np.fromiter(samples, np.float64), (50, 99))
    return {"p50": round(float(p50), 2), "p99": round(float(p99), 2), "samples": len(samples)}
