"""The server's connections to brokers: what it listens to, what it may publish, and where."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

from services.facts.records import Outgoing
from twin.core.bus import Message
from twin.core.errors import ConfigError
from twin.formats.feeds import Feed
from twin.link.mqtt import BrokerAddress, MqttBus
from twin.state.sources import Source

_FIELD_STATES = {b"online": True, b"offline": False}
_LONGEST_TIME = 15
"""Digits of a city time in ms."""


class Wires:
    """One connection to the main broker and one to each other broker that a feed names.

    On any broker the server publishes below its own simulation's namespace; elsewhere only what a feed's file grants.
    """

    def __init__(self, broker: str, client: str, simulation: str, sources: Sequence[Source],
                 feeds: Sequence[Feed]) -> None:  # fmt: skip
        self._simulation = simulation or None
        self.main = MqttBus(BrokerAddress.parse(broker), client, persistent=True)
        self._buses: list[MqttBus] = [self.main]
        self._granting: list[tuple[MqttBus, Feed]] = []
        self._field_state = f"{self._simulation}/field/state"
        self._field_reached = f"{self._simulation}/field/reached"
        self.field_online = False
        self.field_reached_ms = 0  # the city time that the field said last, 0 once it was read
        if self._simulation is not None:
            self.main.subscribe(self._field_state, qos=1)
            self.main.subscribe(self._field_reached)
        for source in sources:
            for topic_filter in source.filters:
                self.main.subscribe(topic_filter, qos=_quality(topic_filter))
        for feed in feeds:
            bus = self.main if feed.broker is None or not feed.broker.url else self._other(feed, client)
            for topic_filter, qos in feed.filters:
                bus.subscribe(topic_filter, qos=qos)
            if any(entry.spec.publish for entry in feed.entries):
                self._granting.append((bus, feed))

    def _other(self, feed: Feed, client: str) -> MqttBus:
        login = feed.broker
        if login is None:
            raise ConfigError(feed.path, "this feed names no broker")
        address = BrokerAddress.parse(login.url, login.ca_file or None)
        password = os.environ.get(login.password_env) if login.password_env else None
        if login.password_env and password is None:
            raise ConfigError(f"{feed.path}: broker.password_env", f"{login.password_env} is not set")
        user = login.username or address.username
        full = BrokerAddress(
            address.host, address.port, user, password or address.password, address.tls, address.ca_file
        )
        bus = MqttBus(full, f"{client}-{feed.name}")
        self._buses.append(bus)
        return bus

    @property
    def connected(self) -> bool:
        return all(bus.connected for bus in self._buses)

    @property
    def connects(self) -> int:
        """Rises with every new session."""
        return self.main.connects

    @property
    def publishing(self) -> bool:
        """Whether anything that is decided can leave at all."""
        return self._simulation is not None or bool(self._granting)

    def filenos(self) -> list[int]:
        return [bus.fileno() for bus in self._buses]

    def service(self) -> None:
        for bus in self._buses:
            bus.service()

    def flush(self) -> None:
        for bus in self._buses:
            bus.flush()

    def drain(self, largest: int) -> Iterator[list[Message]]:
        """What arrived, in batches of at most ``largest``."""
        for bus in self._buses:
            messages = self._without_field_state(bus.drain())
            for at in range(0, len(messages), largest):
                yield messages[at : at + largest]

    def _without_field_state(self, messages: list[Message]) -> list[Message]:
        """The simulated field's process says whether it is there; that is no message of the city."""
        own = (self._field_state, self._field_reached)
        said = [message for message in messages if message.topic in own]
        if not said:
            return messages
        for message in said:
            if message.topic == self._field_state:
                self.field_online = _FIELD_STATES.get(message.payload, self.field_online)
            elif message.payload.isdigit() and len(message.payload) <= _LONGEST_TIME:
                self.field_reached_ms = int(message.payload)
        return [message for message in messages if message.topic not in own]

    def send(self, outgoing: Iterable[Outgoing]) -> None:
        for message in outgoing:
            self.publish(message.topic, message.payload, qos=message.qos, retain=message.retain)

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Publish a topic relative to the namespace wherever that is allowed."""
        if self._simulation is not None:
            self.main.publish(f"{self._simulation}/{topic}", payload, qos=qos, retain=retain)
        for bus, feed in self._granting:
            for entry in feed.entries:
                root = entry.spec.topic.partition("/{")[0].partition("/+")[0].partition("/#")[0].partition("/")[0]
                full = f"{root}/{topic}"
                if feed.may_publish(full):
                    bus.publish(full, payload, qos=qos, retain=retain)
                    break

    def close(self) -> None:
        for bus in self._buses:
            bus.close()


def _quality(topic_filter: str) -> int:
    """Reports, gateway states and phones at least once; telemetry at most once."""
    return 0 if "/v2x/" in topic_filter or "/dev/" in topic_filter or "/tally/" in topic_filter else 1
