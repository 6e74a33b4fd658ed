"""Virtual places under the same governance as everything else: what their measures raise, clear and prove.

The desk notes when a measure passes from one side of its thresholds to another; the signals desk asks what has lasted
long enough, the verify desk whether it has been calm for long enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, Protocol

import msgspec

from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Tick, Turn
from services.facts.base import SYSTEM, Event
from services.facts.because import because
from services.facts.virtual import VirtualNoticed
from services.governance.scenes import Scene
from services.governance.sensing import Sensing
from twin.city.model import Place
from twin.core.text import Name, Text
from twin.state.conditions import Calm, Crossing, VirtualCondition

Side = Literal["beyond", "between", "calm"]


class Watched(Protocol):
    """A virtual place, as far as governance must know it."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> Name: ...

    @property
    def host(self) -> Place | None: ...


class VirtualPlaces(Protocol):
    """What the desk of virtual places answers."""

    @property
    def places(self) -> Mapping[str, Watched]: ...

    @property
    def provenance(self) -> int: ...

    def measured(self, place: str, quantity: str) -> float: ...


class _Kept(msgspec.Struct, frozen=True):
    state: Side
    since_ms: int
    value: float


class _State(msgspec.Struct):
    sides: dict[str, _Kept] = {}  # "<condition>|<place>"


class VirtualWatchDesk:
    """One row for each condition and place."""

    name = "virtual_watch"

    def __init__(self, scenes: Mapping[str, Scene], virtual: VirtualPlaces) -> None:
        self._virtual = virtual
        self._conditions = {
            entry.condition.id: entry.condition
            for scene in scenes.values()
            for entry in scene.signals
            if isinstance(entry.condition, VirtualCondition)
        }
        self._state = _State()

    def _pairs(self) -> Iterator[tuple[VirtualCondition, Watched]]:
        for condition in self._conditions.values():
            for place in self._virtual.places.values():
                yield condition, place

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        if not isinstance(fact, Tick):
            return
        for condition, place in self._pairs():
            value = self._virtual.measured(place.id, condition.quantity)
            side = _side(condition, value)
            kept = self._state.sides.get(_key(condition.id, place.id))
            if kept is None and side == "calm":
                continue  # it has always been
            if kept is None or kept.state != side:
                yield VirtualNoticed(
                    actor=SYSTEM, cause=place.id, condition=condition.id, place=place.id, state=side, value=value,
                    **because("{place} passed a threshold: {value}", place=place.name, value=value),
                )  # fmt: skip

    def apply(self, event: Event, turn: Turn) -> None:
        if isinstance(event, VirtualNoticed):
            kept = _Kept(event.state, turn.city_ms, event.value)
            self._state.sides[_key(event.condition, event.place)] = kept

    def crossings(self, city_ms: int) -> Iterator[Crossing]:
        """What holds by now, and what has been calm for long enough; the signals desk knows which of it is news."""
        for condition, place in self._pairs():
            kept = self._state.sides.get(_key(condition.id, place.id))
            if kept is None or place.host is None:
                continue
            lasted_s = (city_ms - kept.since_ms) / 1000.0
            raised = kept.state == "beyond" and lasted_s >= condition.dwell_s
            if raised or (kept.state == "calm" and lasted_s >= condition.clear_dwell_s):
                yield Crossing(
                    condition=condition.id, subject=f"place:{place.id}", raised=raised, city_ms=city_ms,
                    observed_ms=kept.since_ms, x_m=place.host.xy[0], y_m=place.host.xy[1], value=kept.value,
                    source="virtual", provenance=self._virtual.provenance, edge=place.host.entrance_edge,
                    ended="" if raised else "calm", message=f"virtual:{place.id}@{kept.since_ms}", channel="virtual",
                )  # fmt: skip

    def knows(self, condition: str) -> bool:
        return condition in self._conditions

    def calm(self, condition: str, subject: str, hold_s: float, city_ms: int) -> Calm:
        """The answer of a closing test."""
        known, place = self._conditions[condition], self._virtual.places.get(subject.partition(":")[2])
        if place is None:
            return Calm(state="undecided", reason=Text("{device} is not watched", {"device": subject}))
        kept = self._state.sides.get(_key(condition, place.id))
        value = self._virtual.measured(place.id, known.quantity)
        if _side(known, value) != "calm" or (kept is not None and kept.state != "calm"):
            args: dict[str, str | int | float | Text | Name] = {"device": place.name, "value": value}
            return Calm(state="not_calm", reason=Text("{device} stands at {value}", args))
        since_ms = 0 if kept is None else kept.since_ms
        held_s = (city_ms - since_ms) // 1000
        told: dict[str, str | int | float | Text | Name] = {
            "device": place.name, "held": held_s, "hold": round(hold_s)
        }  # fmt: skip
        if held_s >= hold_s:
            return Calm(
                state="calm", reason=Text("{device} has been calm for {held} s", told), since_ms=since_ms
            )  # fmt: skip
        return Calm(
            state="holding", reason=Text("{device} has been calm for {held} s of {hold} s", told), since_ms=since_ms
        )  # fmt: skip

    def snapshot(self) -> bytes:
        return canonical(self._state)

    def restore(self, data: bytes) -> None:
        self._state = revive(data, _State)


class NoVirtualPlaces:
    """A city without any."""

    provenance = 0

    @property
    def places(self) -> Mapping[str, Watched]:
        return {}

    def measured(self, place: str, quantity: str) -> float:
        return 0.0


def spots(virtual: VirtualPlaces) -> tuple[Place, ...]:
    """Virtual places as a case names them: by their own name, where they are run."""
    return tuple(
        Place(
            id=place.id, kind="virtual_place", name=place.name, xy=place.host.xy,
            entrance_edge=place.host.entrance_edge, entrance_offset_m=place.host.entrance_offset_m,
        )
        for place in virtual.places.values()
        if place.host is not None
    )  # fmt: skip


class BothWays:
    """Belief, and the watch for conditions on virtual places: one answer to a closing test."""

    def __init__(self, senses: Sensing, watch: VirtualWatchDesk) -> None:
        self._senses, self._watch = senses, watch

    def calm(self, condition_id: str, subject: str, hold_s: float, now_ms: int) -> Calm:
        if self._watch.knows(condition_id):
            return self._watch.calm(condition_id, subject, hold_s, now_ms)
        return self._senses.calm(condition_id, subject, hold_s, now_ms)


def _side(condition: VirtualCondition, value: float) -> Side:
    if value > condition.threshold:
        return "beyond"
    return "calm" if value <= condition.clear else "between"


def _key(condition: str, place: str) -> str:
    return f"{condition}|{place}"
