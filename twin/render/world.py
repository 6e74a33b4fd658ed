"""The console's own copy of what it was told: nothing here is believed beyond its age, nothing is decided."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from twin.city.model import City
from twin.core.clock import CityClock
from twin.core.views import (
    Alert,
    Card,
    DepartmentView,
    DeviceStates,
    Frame,
    Gone,
    Lights,
    Mark,
    OwnTwin,
    Reply,
    Snapshot,
    Status,
    View,
)
from twin.core.words import Freshness, LightState, Provenance
from twin.render.motion import Motion, Movers

ALERTS_KEPT = 200
PAGES_KEPT = 40
PATIENCE_S = 20.0
"""A console that was just opened waits so long for its server before it calls that a fault."""
SILENT_S = 5.0
"""Wall seconds without a message from any source before the console says that nobody speaks."""
LATE_S = 2.0
"""Frames come ten times a second; this long without one and the map says so."""


class Devices:
    """What was last told of every device, by the city's order. Before that: unknown."""

    def __init__(self, count: int) -> None:
        self.value = np.full(count, np.nan, np.float32)
        self.observed_ms = np.full(count, -1, np.int64)
        self.freshness = np.full(count, Freshness.UNKNOWN, np.uint8)
        self.alarm = np.zeros(count, np.uint8)
        self.doubt = np.zeros(count, np.uint8)
        self.provenance = np.full(count, Provenance.SIMULATED, np.uint8)

    def take(self, states: DeviceStates) -> None:
        known = states.device < len(self.value)
        rows = states.device[known]
        for name in ("value", "observed_ms", "freshness", "alarm", "doubt", "provenance"):
            getattr(self, name)[rows] = getattr(states, name)[known]


class LightBoard:
    """All light groups of the city as rows: ``intersection`` and ``group`` name them, ``state`` is what was told."""

    def __init__(self, city: City) -> None:
        names = [(index, group.number) for index, lit in enumerate(city.intersections) for group in lit.groups]
        self._row = {name: row for row, name in enumerate(names)}
        self.intersection = np.array([name[0] for name in names], np.int32)
        self.group = np.array([name[1] for name in names], np.int32)
        self.state: NDArray[np.uint8] = np.full(len(names), LightState.UNAVAILABLE, np.uint8)
        self.freshness: NDArray[np.uint8] = np.full(len(names), Freshness.UNKNOWN, np.uint8)

    def take(self, lights: Lights) -> None:
        for one, group, state, fresh in zip(
            lights.intersection.tolist(),
            lights.group.tolist(),
            lights.state.tolist(),
            lights.freshness.tolist(),
            strict=True,
        ):
            row = self._row.get((one, group))
            if row is not None:
                self.state[row], self.freshness[row] = state, fresh


WHOLE = frozenset(
    {
        "room",
        "department",
        "departments",
        "hall_work",
        "duty",
        "measures",
        "scene",
        "scenes",
        "report",
        "exercise",
        "service",
        "services",
        "virtual",
        "virtual_places",
    }
)
"""Kinds of page that are drawn over the map."""


def page_name(kind: str, id: str) -> str:
    """By what a page on the right is kept: a person has several."""
    return f"{kind}/{id}" if kind in ("life", "hall") else id


class World:
    """Takes views in order; everything drawn is read from here. Times: ``wall_ms`` the console's own clock, ``now_s``
    the same in seconds."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.motion = Motion(city.roads)
        self.devices = Devices(len(city.devices))
        self.lights = LightBoard(city)
        self.marks: dict[str, Mark] = {}
        self.cards: dict[str, Card] = {}
        self.pages: dict[str, Card] = {}
        self.whole: dict[tuple[str, str], Card] = {}  # pages that are looked at as a whole, by kind and id
        self.alerts: deque[Alert] = deque(maxlen=ALERTS_KEPT)
        self.opens = ""  # the kind of a page that the server wants opened
        self.departments: tuple[DepartmentView, ...] = ()
        self.clock: CityClock | None = None
        self.status: Status | None = None
        self.status_wall_ms = -1
        self.frame_wall_ms = -1
        self.opened_wall_ms = -1
        self.person, self.role = "", ""
        self.own: OwnTwin | None = None  # a resident's console: their own body
        self.posts: tuple[str, ...] = ()
        self.replies: deque[Reply] = deque(maxlen=32)
        self.arrivals: deque[str] = deque(maxlen=64)  # ids of cards that are new or changed, newest last

    def take(self, views: Iterable[View], wall_ms: int) -> None:
        """Everything that arrived since the last frame."""
        if self.opened_wall_ms < 0:
            self.opened_wall_ms = wall_ms
        for view in views:
            if isinstance(view, Frame):
                self.motion.push(view, wall_ms / 1000)
                self.frame_wall_ms = wall_ms
            else:
                self._take(view, wall_ms)

    def _take(self, view: View, wall_ms: int) -> None:
        match view:
            case DeviceStates():
                self.devices.take(view)
            case Lights():
                self.lights.take(view)
            case Mark():
                self.marks[view.id] = view
            case Card():
                self.cards[view.id] = view
                self.arrivals.append(view.id)
            case Gone():
                (self.cards if view.kind == "card" else self.marks).pop(view.id, None)
            case OwnTwin():
                self.own = view
            case Alert():
                self.alerts.append(view)
                self.opens = view.page or self.opens
            case Status():
                self.status, self.status_wall_ms = view, wall_ms
            case CityClock():
                self.clock = view
            case Reply():
                self.replies.append(view)
                if view.card is not None and view.card.kind in WHOLE:
                    self.whole[view.card.kind, view.id] = view.card
                elif view.card is not None:
                    name = page_name(view.card.kind, view.id)
                    self.pages.pop(name, None)
                    self.pages[name] = view.card
                    if len(self.pages) > PAGES_KEPT:
                        del self.pages[next(iter(self.pages))]
            case Snapshot():
                self._restart(view, wall_ms)

    def _restart(self, snapshot: Snapshot, wall_ms: int) -> None:
        self.departments = snapshot.departments
        self.clock, self.status = snapshot.clock, snapshot.status
        self.person, self.role, self.posts = snapshot.person, snapshot.role, snapshot.posts
        self.devices = Devices(len(self.city.devices))
        self.devices.take(snapshot.devices)
        self.lights = LightBoard(self.city)
        self.lights.take(snapshot.lights)
        self.marks = {mark.id: mark for mark in snapshot.marks}
        self.cards = {card.id: card for card in snapshot.cards}
        self.alerts = deque(snapshot.alerts, maxlen=ALERTS_KEPT)
        self.motion.clear()
        self.motion.push(snapshot.frame, wall_ms / 1000)
        self.frame_wall_ms = self.status_wall_ms = wall_ms

    @property
    def in_shoes(self) -> bool:
        """Whether this is a resident's own console."""
        return self.role == "resident"

    def city_ms(self, wall_ms: int) -> int:
        """City time now, as the server's clock says; 0 before it spoke."""
        return self.clock.at(wall_ms) if self.clock else 0

    @property
    def ended(self) -> frozenset[str]:
        """Ids of the marks whose case or errand is over."""
        return frozenset(card.mark for card in self.cards.values() if card.closed_ms >= 0 and card.mark)

    @property
    def pace_asked(self) -> float:
        """The pace that somebody chose; the city may run slower where the machine cannot hold it."""
        if self.clock is None:
            return 1.0
        return self.clock.asked or self.clock.pace

    def late_s(self, wall_ms: int) -> float:
        """Seconds since the last frame beyond what is usual; 0 while frames flow, infinite before the first."""
        if self.frame_wall_ms < 0:
            return float("inf")
        waited = (wall_ms - self.frame_wall_ms) / 1000
        return waited if waited > LATE_S else 0.0

    def silent_s(self, wall_ms: int) -> float:
        """City seconds since the last message of any source, once that is no mere pause between two; else 0."""
        heard = max((feed.last_ms for feed in self.status.feeds), default=-1) if self.status else -1
        if heard < 0 or self.clock is None or not self.clock.running:
            return 0.0
        gap_s = (self.city_ms(wall_ms) - heard) / 1000
        return gap_s if gap_s / max(self.clock.pace, 0.1) > SILENT_S else 0.0

    def waits(self, wall_ms: int) -> bool:
        """Nothing was heard yet, and it is too early to call that a fault."""
        return self.frame_wall_ms < 0 and wall_ms - self.opened_wall_ms < PATIENCE_S * 1000

    def movers(self, wall_ms: int) -> Movers | None:
        return self.motion.at(wall_ms / 1000)

    @property
    def exercise(self) -> bool:
        """Whether anything here is said by an exercise."""
        return self.status is not None and any(feed.provenance == Provenance.EXERCISE for feed in self.status.feeds)

    def provenances(self) -> tuple[Provenance, ...]:
        """Every provenance that now stands on the map, for the badge that is always shown."""
        seen: set[int] = {feed.provenance for feed in self.status.feeds if feed.last_ms >= 0} if self.status else set()
        frame = self.motion.frame
        if frame is not None:
            seen |= set(np.unique(frame.provenance).tolist())
        heard = self.devices.freshness == Freshness.FRESH
        seen |= set(np.unique(self.devices.provenance[heard]).tolist())
        return tuple(Provenance(value) for value in sorted(seen))
