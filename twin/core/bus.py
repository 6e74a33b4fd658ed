"""The Bus port: how bytes travel. Two adapters: MQTT (``twin.link``) and the in-process one below."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple, Protocol

_TOPICS = 65_536  # of which the in-process broker remembers who has asked for them


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
        self._ways: dict[str, tuple[InProcessBus, ...]] = {}  # topic → who has asked for it
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
        clients = self._ways.get(topic)
        if clients is None:
            if len(self._ways) >= _TOPICS:
                self._ways.clear()
            clients = self._ways[topic] = self._asking(topic.split("/"))
        message = Message(topic, payload)
        for client in clients:
            client.inbox.append(message)

    def _asking(self, given: Sequence[str]) -> tuple[InProcessBus, ...]:
        return tuple(
            client for client in self._clients if any(_levels_match(wanted, given) for wanted in client.filters)
        )  # fmt: skip

    def forget_ways(self) -> None:
        """Somebody asks for more than before."""
        self._ways.clear()


class InProcessBus:
    """One client of an :class:`InProcessBroker`; satisfies :class:`Bus`."""

    def __init__(self, broker: InProcessBroker) -> None:
        self._broker = broker
        self.filters: list[list[str]] = []  # cut into their levels
        self.inbox: deque[Message] = deque()

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        self._broker.route(topic, payload, retain)

    def subscribe(self, topic_filter: str, *, qos: int = 0) -> None:
        self.filters.append(topic_filter.split("/"))
        self._broker.forget_ways()
        for topic, payload in self._broker.retained.items():
            if matches(topic_filter, topic):
                self.inbox.append(Message(topic, payload, retained=True))

    def drain(self) -> list[Message]:
        messages = list(self.inbox)
        self.inbox.clear()
        return messages
