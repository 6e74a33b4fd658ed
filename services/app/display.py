"""What consoles are told: frames ten times a second, and cards, marks and alerts as soon as they change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from services.engine.desk import Viewed
from twin.core.clock import CityClock
from twin.core.views import Alert, Card, DepartmentView, Frame, Gone, Lights, Mark, Snapshot, Status
from twin.core.words import Provenance
from twin.link.views import ViewServer
from twin.state.pictures import Pictures

T = TypeVar("T")
S = TypeVar("S", Card, Mark)
_ALERTS_KEPT = 200


class Display:
    """Remembers what was published last and publishes only what differs."""

    def __init__(
        self,
        server: ViewServer,
        pictures: Pictures,
        desks: Iterable[object],
        departments: tuple[DepartmentView, ...],
        city: tuple[str, str],
        provenance: Provenance = Provenance.SIMULATED,
    ) -> None:
        """``provenance`` is that of the simulated field: desks leave it at *simulated*."""
        self._server, self._city, self._provenance = server, city, provenance
        self._show(pictures, desks, departments)
        self._cards: dict[str, tuple[bytes, Card]] = {}
        self._marks: dict[str, tuple[bytes, Mark]] = {}
        self._alerts: list[Alert] = []
        self.status: Status | None = None

    def _show(self, pictures: Pictures, desks: Iterable[object], departments: tuple[DepartmentView, ...]) -> None:
        self._pictures, self._departments = pictures, departments
        self._desks: tuple[Viewed, ...] = tuple(desk for desk in desks if isinstance(desk, Viewed))

    def rewire(self, pictures: Pictures, desks: Iterable[object], departments: tuple[DepartmentView, ...]) -> None:
        """Show other desks and departments from now on: every console is led to ask for everything anew."""
        self._show(pictures, desks, departments)
        self._server.rev += 1  # a gap

    def alarm(self, alert: Alert) -> None:
        """Tell all consoles a line that comes from no desk."""
        self._alerts.append(alert)
        self._server.publish(alert)

    def frame(self, city_ms: int) -> Frame:
        """Publish where everything is."""
        frame = self._pictures.frame(city_ms, self._server.rev + 1)
        self._server.publish(frame)
        return frame

    def states(self, city_ms: int) -> Lights | None:
        """Publish the devices and lights whose picture changed; the latter are given back."""
        devices = self._pictures.changed_devices(city_ms, self._server.rev + 1)
        if len(devices.device):
            self._server.publish(devices)
        lights = self._pictures.changed_lights(city_ms, self._server.rev + 1)
        if not len(lights.group):
            return None
        self._server.publish(lights)
        return lights

    @property
    def marks(self) -> tuple[Mark, ...]:
        """As they were published last."""
        return _values(self._marks.values())

    def changes(self) -> tuple[Alert, ...]:
        """Publish the cards, marks and alerts that changed; call after every turn that decided something. Gives the
        alerts."""
        cards = {card.id: self.marked(card) for desk in self._desks for card in desk.cards()}
        marks = {mark.id: self.marked(mark) for desk in self._desks for mark in desk.marks()}
        for id in [id for id in self._cards if id not in cards]:
            del self._cards[id]
            self._server.publish(Gone(self._server.rev + 1, "card", id))
        for id in [id for id in self._marks if id not in marks]:
            del self._marks[id]
            self._server.publish(Gone(self._server.rev + 1, "mark", id))
        for card in cards.values():
            body = msgspec.msgpack.encode(card)
            if card.id not in self._cards or self._cards[card.id][0] != body:
                fresh = msgspec.structs.replace(card, rev=self._server.rev + 1)
                self._cards[card.id] = (body, fresh)
                self._server.publish(fresh)
        for mark in marks.values():
            body = msgspec.msgpack.encode(mark)
            if mark.id not in self._marks or self._marks[mark.id][0] != body:
                self._marks[mark.id] = (body, mark)
                self._server.publish(mark)
        alerts = tuple(alert for desk in self._desks for alert in desk.alerts())
        for alert in alerts:
            self._alerts.append(alert)
            self._server.publish(alert)
        del self._alerts[:-_ALERTS_KEPT]
        return alerts

    def clock(self, clock: CityClock) -> None:
        self._server.publish(clock)

    def health(self, status: Status) -> None:
        self.status = status
        self._server.publish(status)

    def marked(self, shown: S) -> S:
        """A card or mark of what the simulated field says, with where that comes from."""
        if shown.provenance != Provenance.SIMULATED or self._provenance == Provenance.SIMULATED:
            return shown
        return msgspec.structs.replace(shown, provenance=int(self._provenance))

    def card(self, id: str) -> Card | None:
        kept = self._cards.get(id)
        return kept[1] if kept is not None else None

    def snapshot(
        self, person: str, role: str, clock: CityClock, city_ms: int, posts: tuple[str, ...] = ()
    ) -> Snapshot | None:
        """Everything, for one console; None until the server knows its own health."""
        if self.status is None:
            return None
        rev = self._server.rev
        return Snapshot(
            rev, *self._city, person, role, clock, self._departments,
            self._pictures.frame(city_ms, rev), self._pictures.all_devices(city_ms, rev),
            self._pictures.all_lights(city_ms, rev), _values(self._marks.values()), _values(self._cards.values()),
            tuple(self._alerts), self.status, posts,
        )  # fmt: skip


def _values(kept: Iterable[tuple[bytes, T]]) -> tuple[T, ...]:
    return tuple(value for _, value in kept)
