"""The field's one mouth: topics, classes, the message budget and the tally of what was sent."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from twin.core.bus import Bus
from twin.field.keeping import keep, regain
from twin.formats.civic import Tally, encode
from twin.formats.topics import tally_topic

CLIENT = "field"
_BURST_S = 1.0  # how much unused budget may be saved up


class Bounds(NamedTuple):
    """Beside the budget, for studies of many runs: no more CAMs than these in a second (None: what the budget leaves),
    whether lights that have not changed are repeated, and whether phones sign what they say: where nobody else can
    speak in their names, on an in-process bus, that proves nothing and costs a tenth of a run. Without ``errands``
    nobody asks the hall for anything: what a study does not look at must not change what it finds."""

    cams_per_city_s: float | None = None
    repeats: bool = True
    signed: bool = True
    errands: bool = True


UNBOUNDED = Bounds()


class Sent(msgspec.Struct):
    """Cumulative counts by class, what was held back, and the budget left."""

    count: dict[str, int]
    held: dict[str, int]
    left: float
    sequence: int = 0


class Publisher:
    """Alarms, DENMs, reports and answers always leave, on credit if need be; the rest while the budget lasts.

    ``budget_per_city_s`` is in messages a second of city time; the caller divides the wall-clock bound by the pace.
    """

    def __init__(self, bus: Bus, namespace: str, budget_per_city_s: float) -> None:
        self.bus = bus
        self.namespace = namespace
        self.budget_per_city_s = budget_per_city_s
        self.state = Sent({}, {}, budget_per_city_s)

    def allow(self, dt_s: float) -> None:
        """City time has moved on by ``dt_s``."""
        most = max(1.0, self.budget_per_city_s * _BURST_S)
        self.state.left = min(most, self.state.left + self.budget_per_city_s * dt_s)

    @property
    def room(self) -> int:
        """How many messages that can wait may leave now."""
        return max(0, int(self.state.left))

    def send(self, kind: str, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """Send and count under the class ``kind`` (the topic's first level below the namespace; cam, denm, spat)."""
        self.bus.publish(topic, payload, qos=qos, retain=retain)
        self.state.count[kind] = self.state.count.get(kind, 0) + 1
        self.state.left = max(self.state.left - 1.0, -self.budget_per_city_s)

    def offer(self, kind: str, topic: str, payload: bytes) -> bool:
        """Send if the budget allows; else only count it as held back."""
        if self.state.left < 1.0:
            self.hold(kind, 1)
            return False
        self.send(kind, topic, payload)
        return True

    def hold(self, kind: str, count: int) -> None:
        """Note that ``count`` messages of a class were not sent for want of budget."""
        if count > 0:
            self.state.held[kind] = self.state.held.get(kind, 0) + count

    def begin_tally(self) -> None:
        """From the next tally on whoever listens compares anew."""
        self.state.sequence = 0

    def tally(self, wall_ms: float) -> None:
        """Say how much was sent so far; the tally itself is not counted."""
        self.state.sequence += 1
        message = Tally(
            client=CLIENT, sequence=self.state.sequence, wall_ms=wall_ms, sent=dict(sorted(self.state.count.items()))
        )
        self.bus.publish(tally_topic(self.namespace, CLIENT), encode(message))

    def dump(self) -> bytes:
        return keep(self.state)

    def load(self, data: bytes) -> None:
        self.state = regain(data, Sent)
