"""The Bus port: how bytes travel. Two adapters: MQTT (``twin.link``) and the in-process one below."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple, Protocol

_WILDCARD = re.compile("[+#]")


class Message(NamedTuple):
    """One message as it came off the wire."""

    topic: str
    payload: bytes
    retained: bool = False


class Bus(Protocol):
    """Publish and read encoded bytes. Nothing else crosses between the field and the twin."""

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """Send; an empty retained payload clears the topic."""

    def subscribe(self, topic_filter: str, *, qos: int = 0) -> None:
        """Ask for an MQTT topic filter (``+`` and ``#``); survives reconnects."""

    def drain(self) -> list[Message]:
        """All messages that have arrived since the last call, in order; never blocks."""


def matches(topic_filter: str, topic: str) -> bool:
    """MQTT topic matching, ``+`` and ``#`` wildcards."""
    return topic_filter == topic or _levels_match(topic_filter.split("/"), topic.split("/"))


def _levels_match(wanted: Sequence[str], given: Sequence[str]) -> bool:
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(given) or (level != "+" and level != given[index]):
            return False
    return len(wanted) == len(given)


class InProcessBroker:
    """Moves encoded bytes between in-process clients, deterministically, with retained messages."""

    def __init__(self) -> None:
        self._clients: list[InProcessBus] = []
        self.retained: dict[str, bytes] = {}

    def connect(self) -> InProcessBus:
        client = InProcessBus(self)
        self._clients.append(client)
        return client

    def route(self, topic: str, payload: bytes, retain: bool) -> None:
        if retain and payload:
            self.retained[topic] = payload
        elif retain:
            self.retained.pop(topic, None)
        message, closed = Message(topic, payload), f"{topic}/"
        for client in self._clients:
            if client.asks(closed):
                client.inbox.append(message)


class InProcessBus:
    """One client of an :class:`InProcessBroker`; satisfies :class:`Bus`."""

    def __init__(self, broker: InProcessBroker) -> None:
        self._broker = broker
        self._whole: tuple[str, ...] = ()  # of filters "literal/#": what their topics, closed by a slash, begin with
        self._heads: tuple[str, ...] = ()  # of all others: what precedes their first wildcard
        self._filters: list[list[str]] = []  # and those, cut into their levels
        self.inbox: deque[Message] = deque()

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        self._broker.route(topic, payload, retain)

    def subscribe(self, topic_filter: str, *, qos: int = 0) -> None:
        levels = topic_filter.split("/")
        head = _WILDCARD.split(topic_filter, maxsplit=1)[0]
        if levels[-1] == "#" and head == topic_filter[:-1]:
            self._whole += (head,)
        else:
            self._heads += (head,)
            self._filters.append(levels)
        for topic, payload in self._broker.retained.items():
            if matches(topic_filter, topic):
                self.inbox.append(Message(topic, payload, retained=True))

    def asks(self, closed: str) -> bool:
        """Whether any filter matches a topic, closed by a slash; most are decided by how they begin."""
        if closed.startswith(self._whole):
            return True
        if not closed.startswith(self._heads):
            return False
        given = closed[:-1].split("/")
        return any(_levels_match(wanted, given) for wanted in self._filters)

    def drain(self) -> list[Message]:
        messages = list(self.inbox)
        self.inbox.clear()
        return messages
