"""What came in, what was refused and why, and what was lost on the way."""

from __future__ import annotations

from collections import deque
from typing import Any, Final

import msgspec

from twin.core.text import Text
from twin.formats.civic import Tally
from twin.formats.refusal import Reason, Refused

SAMPLES: Final = 20_000
PUBLISHERS: Final = 256
"""Publishers whose tallies are kept; their names are made up by whoever speaks."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """One refused message, for the dead letters. ``detail`` names the field or value."""

    reason: Reason
    detail: str
    topic: str
    payload: bytes
    source: str
    sender: str
    received_ms: int
    retained: bool = False
    cure: Text | None = None


class Counter(msgspec.Struct):
    """Messages of one class that arrived from one source."""

    arrived: int = 0
    noted: int = 0


class _Client(msgspec.Struct):
    """One publisher's word on what it sent: cumulative by class, and what to take off to count from our first look."""

    sequence: int
    sent: dict[str, int]
    base: dict[str, int]


class Counts:
    """What arrived by source and class, what was refused by reason and source (a message once, under its first
    reason), what was ``lost`` by tally. Latency samples are wall time and no part of the state."""

    def __init__(self) -> None:
        self.rejected: dict[str, int] = {}
        self.source_rejected: dict[str, int] = {}
        self.source_last_ms: dict[str, int] = {}
        self._counters: dict[tuple[str, str], Counter] = {}
        self._clients: dict[tuple[str, str], _Client] = {}
        self._missing: dict[tuple[str, str], int] = {}  # at the last tally
        self._lost: dict[tuple[str, str], int] = {}
        self.latency_ms: deque[float] = deque(maxlen=SAMPLES)

    @property
    def accepted(self) -> int:
        return sum(counter.arrived for counter in self._counters.values()) - sum(self.source_rejected.values())

    @property
    def lost(self) -> int:
        """At least so many messages were sent and never arrived."""
        return sum(self._lost.values())

    def counter(self, source: str, name: str) -> Counter:
        """The counter of a class; one object for good, so that counting costs one addition."""
        return self._counters.setdefault((source, name), Counter())

    def accepted_of(self, source: str) -> int:
        arrived = sum(counter.arrived for (name, _), counter in self._counters.items() if name == source)
        return arrived - self.source_rejected.get(source, 0)

    def note(self, now_ms: int) -> None:
        """Remember of every source from which something arrived since the last call that it was heard."""
        for (source, _), counter in self._counters.items():
            if counter.arrived != counter.noted:
                counter.noted = counter.arrived
                self.source_last_ms[source] = now_ms

    def refuse(self, source: str, reason: Reason) -> None:
        self.rejected[reason.value] = self.rejected.get(reason.value, 0) + 1
        self.source_rejected[source] = self.source_rejected.get(source, 0) + 1

    def forget_tallies(self) -> None:
        """Compare anew from each publisher's next word on; what was lost until now stays counted."""
        self._clients.clear()

    def hear_tally(self, source: str, tally: Tally, wall_ms: float | None) -> None:
        """Compare a publisher's word with what arrived.

        What is missing at two tallies running is lost (one message may overtake another of a different quality of
        service). Where several publishers share a class, sums of their last words are compared: a lower bound of the
        loss, which only ever rises. Raises :class:`Refused` where too many publishers speak.
        """
        key = (source, tally.client)
        client = self._clients.get(key)
        if client is None and len(self._clients) >= PUBLISHERS:
            raise Refused(Reason.TOO_MANY, f"more than {PUBLISHERS} publishers")
        if wall_ms is not None:
            self.latency_ms.append(wall_ms - tally.wall_ms)
        if client is None or tally.sequence <= client.sequence:
            client = _Client(tally.sequence, {}, {})
        for name, sent in sorted(tally.sent.items()):
            if name not in client.base:
                client.base[name] = sent - self._outstanding(source, name, key)
        client.sequence, client.sent = tally.sequence, dict(tally.sent)
        self._clients[key] = client
        for name in client.base:
            missing = -self._outstanding(source, name, None)
            confirmed = min(missing, self._missing.get((source, name), 0))
            self._missing[source, name] = missing
            if confirmed > self._lost.get((source, name), 0):
                self._lost[source, name] = confirmed

    def _outstanding(self, source: str, name: str, without: tuple[str, str] | None) -> int:
        """Messages of a class that arrived beyond what the tallies (of all other clients) account for."""
        told = sum(
            client.sent.get(name, 0) - client.base.get(name, 0)
            for key, client in self._clients.items()
            if key[0] == source and key != without and name in client.base
        )
        return self.counter(source, name).arrived + self._lost.get((source, name), 0) * (without is not None) - told

    def state(self) -> list[Any]:
        clients = [[*key, c.sequence, sorted(c.sent.items()), sorted(c.base.items())]
                   for key, c in sorted(self._clients.items())]  # fmt: skip
        plain = (self.rejected, self.source_rejected, self.source_last_ms)
        arrived = {key: counter.arrived for key, counter in self._counters.items() if counter.arrived}
        return [
            *(sorted(table.items()) for table in plain),
            *(
                [[*key, count] for key, count in sorted(table.items())]
                for table in (arrived, self._missing, self._lost)
            ),
            clients,
        ]

    def load(self, state: list[Any]) -> None:
        self.rejected, self.source_rejected, self.source_last_ms = map(dict, state[:3])
        for counter in self._counters.values():
            counter.arrived = counter.noted = 0
        for source, name, arrived in state[3]:
            counter = self.counter(source, name)
            counter.arrived = counter.noted = arrived
        self._missing = {(source, name): count for source, name, count in state[4]}
        self._lost = {(source, name): count for source, name, count in state[5]}
        self._clients = {
            (source, name): _Client(sequence, dict(sent), dict(base)) for source, name, sequence, sent, base in state[6]
        }
