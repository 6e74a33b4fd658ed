"""The MQTT adapter of the Bus port: paho-mqtt 3.1.1 driven by the caller's own loop; no thread.

Call :meth:`MqttBus.service` whenever :meth:`MqttBus.fileno` is readable and at least ten times a second. It connects
and reconnects by itself, without ever blocking on an unreachable broker, and then repeats every subscription and
every retained message that this client has published.
"""

from __future__ import annotations

import select
import socket
import ssl
import struct
import time
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt import MQTTException
from paho.mqtt.enums import CallbackAPIVersion

from twin.core.bus import Message
from twin.link.address import BrokerAddress, Will
from twin.link.stream import PublishStream

_KEEPALIVE_S = 20
_RETRY_S = (0.2, 0.5, 1.0, 2.0, 3.0)
_CONNECT_LIMIT_S = 5.0
_READ_ROUNDS = 8  # reads of the socket in one service call, so that a flood cannot starve the caller


class _Client(paho.Client):
    """paho over a :class:`PublishStream` on a socket that is already connected."""

    ready: socket.socket | None = None
    stream: PublishStream | None = None

    def _create_socket(self) -> Any:
        plain, self.ready = self.ready, None
        if plain is None:
            raise ConnectionError("no connected socket")
        wrapped = self._ssl_wrap_socket(plain) if self._ssl else plain  # type: ignore[no-untyped-call,unused-ignore]
        wrapped.setblocking(False)
        self.stream = PublishStream(wrapped)
        return self.stream


class MqttBus:
    """One connection to one broker. ``connected`` is true between CONNACK and the loss of the connection."""

    def __init__(
        self,
        broker: BrokerAddress,
        client_id: str,
        *,
        will: Will | None = None,
        persistent: bool = False,
        on_connect: Callable[[], None] | None = None,
    ) -> None:
        self.broker = broker
        self.connected = False
        self.unsent = 0  # QoS 0 messages dropped because there was no connection
        self.connects = 0
        self.refusal = ""  # why the broker would not have us, in its own words
        self._filters: dict[str, int] = {}
        self._retained: dict[str, tuple[bytes, int]] = {}
        self._on_connect = on_connect
        self._inbox: list[Message] = []
        self._opening: socket.socket | None = None
        self._retry_at = 0.0
        self._opening_since = 0.0
        self._failures = 0
        self._misc_at = 0.0
        self._client = self._make_client(client_id, will, persistent)

    def _make_client(self, client_id: str, will: Will | None, persistent: bool) -> _Client:
        client = _Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=not persistent, reconnect_on_failure=False
        )
        client.max_inflight_messages_set(1000)
        client.max_queued_messages_set(0)
        client.connect_timeout = _CONNECT_LIMIT_S
        if will is not None:
            client.will_set(will.topic, will.payload, qos=1, retain=will.retain)
        if self.broker.username is not None:
            client.username_pw_set(self.broker.username, self.broker.password)
        if self.broker.tls:
            client.tls_set_context(ssl.create_default_context(cafile=self.broker.ca_file))
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.on_message = self._received
        client.connect_async(self.broker.host, self.broker.port, _KEEPALIVE_S)
        return client

    # The Bus port.

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        if retain:
            if payload or not self.connected:  # an unsent clearing is kept until it can be said
                self._retained[topic] = (payload, qos)
            else:
                self._retained.pop(topic, None)
        stream = self._client.stream
        if qos == 0:
            if not self.connected or stream is None:
                self.unsent += not retain
                return
            name = topic.encode()
            body = len(name) + 2 + len(payload)
            stream.send(b"".join((_head(retain, body), len(name).to_bytes(2, "big"), name, payload)))
        elif self.connected or not retain:
            self._client.publish(topic, payload, qos=qos, retain=retain)

    def subscribe(self, topic_filter: str, *, qos: int = 0) -> None:
        self._filters[topic_filter] = qos
        if self.connected:
            self._client.subscribe(topic_filter, qos)

    def drain(self) -> list[Message]:
        stream = self._client.stream
        messages = self._inbox
        self._inbox = []
        if stream is not None and stream.messages:
            messages += stream.messages
            stream.messages = []
        return messages

    # The loop's side.

    def fileno(self) -> int:
        """The socket to wait on, or -1 while there is none."""
        if self._opening is not None:
            return self._opening.fileno()
        sock = self._client.socket()
        return sock.fileno() if sock is not None else -1

    def wait(self, timeout_s: float) -> None:
        """Wait for something to read (for callers that have only this to wait for), then :meth:`service`."""
        number = self.fileno()
        if number < 0:
            time.sleep(min(timeout_s, 0.05))
        else:
            select.select([number], [], [], timeout_s)
        self.service()

    def service(self) -> None:
        """Do what is due: connect, read, write, keep alive. Never blocks beyond a TLS handshake."""
        now = time.monotonic()
        if self._client.socket() is None:
            self._connect(now)
            return
        stream = self._client.stream
        if stream is None:
            return
        for _ in range(_READ_ROUNDS):
            before = len(stream.messages)
            stream.fill()
            while stream.has_packets and self._client.socket() is not None:
                self._handle()
            if len(stream.messages) == before:
                break
        self.flush()
        if now >= self._misc_at:
            self._misc_at = now + 1.0
            self._client.loop_misc()

    def _handle(self) -> None:
        """Let the client have a packet; what no broker sends ends the connection, not the process."""
        try:
            self._client.loop_read()
        except (OSError, ValueError, struct.error, MQTTException) as fault:
            self._client._sock_close()
            self._disconnected(None, None, None, None, None)
            self.refusal = f"the broker speaks no MQTT: {fault}"

    def flush(self) -> None:
        """Hand over to the socket what was published."""
        while self._client.want_write() and self._client.socket() is not None:
            before = len(self._client._out_packet)
            self._client.loop_write()
            if len(self._client._out_packet) >= before:
                break
        if self._client.stream is not None and self._client.socket() is not None:
            self._client.stream.flush()

    @property
    def backlog_bytes(self) -> int:
        """Published but not yet taken by the socket."""
        return self._client.stream.unsent if self._client.stream is not None else 0

    @property
    def unacknowledged(self) -> int:
        """QoS 1 messages that the broker has not confirmed."""
        return len(self._client._out_messages)

    def close(self, timeout_s: float = 1.0) -> None:
        """Send what is queued, say goodbye (no last will) and close."""
        deadline = time.monotonic() + timeout_s
        while self.connected and (self.backlog_bytes or self.unacknowledged) and time.monotonic() < deadline:
            self.wait(0.02)
        self._client.disconnect()
        self.flush()
        if self._opening is not None:
            self._opening.close()
            self._opening = None
        self._client._sock_close()
        self.connected = False

    def _connect(self, now: float) -> None:
        if self._opening is None:
            if now < self._retry_at:
                return
            self._open(now)
            if self._opening is None:
                return
        _, writable, faulty = select.select([], [self._opening], [self._opening], 0)
        if faulty or now - self._opening_since > _CONNECT_LIMIT_S:
            self._failed(now)
        elif writable:
            if self._opening.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                self._failed(now)
                return
            self._client.ready, self._opening = self._opening, None
            self._client.ready.settimeout(_CONNECT_LIMIT_S)
            try:
                self._client.reconnect()
            except (OSError, ConnectionError) as fault:
                self.refusal = str(fault)
                self._failed(now)
            self.flush()

    def _open(self, now: float) -> None:
        try:
            found = socket.getaddrinfo(self.broker.host, self.broker.port, type=socket.SOCK_STREAM)
        except OSError as fault:
            self.refusal = str(fault)
            self._failed(now)
            return
        family, kind, protocol, _, address = found[self._failures % len(found)]
        opening = socket.socket(family, kind, protocol)
        opening.setblocking(False)
        opening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        opening.connect_ex(address)
        self._opening, self._opening_since = opening, now

    def _failed(self, now: float) -> None:
        if self._opening is not None:
            self._opening.close()
            self._opening = None
        self._retry_at = now + _RETRY_S[min(self._failures, len(_RETRY_S) - 1)]
        self._failures += 1

    def _connected(self, client: Any, userdata: Any, flags: Any, reason: Any, properties: Any) -> None:
        if reason.is_failure:
            self.refusal = str(reason)
            return
        self.connected, self.refusal = True, ""
        self._failures = 0
        self.connects += 1
        for topic_filter, qos in self._filters.items():
            self._client.subscribe(topic_filter, qos)
        for topic, (payload, qos) in list(self._retained.items()):
            self._client.publish(topic, payload, qos=qos, retain=True)
        self._retained = {topic: kept for topic, kept in self._retained.items() if kept[0]}
        if self._on_connect is not None:
            self._on_connect()

    def _disconnected(self, client: Any, userdata: Any, flags: Any, reason: Any, properties: Any) -> None:
        if self._client.stream is not None:
            self._inbox += self._client.stream.messages
            self._client.stream = None
        self.connected = False
        self._failed(time.monotonic())

    def _received(self, client: Any, userdata: Any, message: paho.MQTTMessage) -> None:
        self._inbox.append(Message(message.topic, bytes(message.payload), message.retain))


def _head(retain: bool, length: int) -> bytes:
    """Fixed header of a QoS 0 PUBLISH."""
    head = bytearray((0x31 if retain else 0x30,))
    while True:
        length, byte = length >> 7, length & 0x7F
        if not length:
            head.append(byte)
            return bytes(head)
        head.append(byte | 0x80)


__all__ = ["BrokerAddress", "MqttBus", "Will"]
