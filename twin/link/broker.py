"""Which broker to talk to: the one named, else a ``mosquitto`` from the PATH, else the embedded one, as our child.

Both children get our own configuration: loopback only, no Nagle delay, queues ample but bounded.
"""

from __future__ import annotations

import getpass
import shutil
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from twin.core.errors import CivitwinError
from twin.link.guard import Child, start
from twin.link.mqtt import BrokerAddress

Kind = Literal["foreign", "mosquitto", "embedded"]

_ANSWER_LIMIT_S = 5.0
_MOSQUITTO = """\
listener {port} 127.0.0.1
allow_anonymous true
user {user}
persistence false
set_tcp_nodelay true
max_queued_messages 200000
max_queued_bytes 268435456
max_inflight_messages 1000
message_size_limit 1048576
log_type error
log_type warning
"""

# rumqttd keeps messages in fixed segments: 8 × 4 MiB bounds its memory.
_EMBEDDED = """\
id = 0
[router]
id = 0
max_connections = 1000
max_outgoing_packet_count = 1000
max_segment_size = 4194304
max_segment_count = 8
{listeners}
"""
_EMBEDDED_LISTENER = """\
[{version}.1]
name = "{version}"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1
[{version}.1.connections]
connection_timeout_ms = 60000
max_payload_size = 1048576
max_inflight_count = 500
dynamic_filters = true
"""


@dataclass(slots=True)
class Broker:
    """A broker and, where we started it, its process."""

    kind: Kind
    url: str
    port: int = 0
    child: Child | None = None
    directory: Path | None = None

    def alive(self) -> bool:
        """False when our child has ended."""
        return self.child is None or self.child.exit_code() is None

    def restart(self) -> None:
        """Start our child again, on the same port. It remembers nothing: publishers repeat what is retained."""
        if self.child is not None and self.directory is not None:
            self.child.stop()
            self.child = _launch(self.kind, self.port, self.directory)

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop()


def choose(url: str | None, directory: Path, *, embedded: bool = False) -> Broker:
    """The broker to use; starts one where no ``url`` is given. ``directory`` takes its configuration and log.

    Raises :class:`CivitwinError` when nothing answers at ``url``, or when none can be started.
    """
    if url is not None:
        address = BrokerAddress.parse(url)
        try:
            socket.create_connection((address.host, address.port), timeout=_ANSWER_LIMIT_S).close()
        except OSError as fault:
            raise CivitwinError(f"no broker answers at {address.host}:{address.port} ({fault})") from fault
        return Broker("foreign", url)
    kind: Kind = "mosquitto" if find_mosquitto() is not None and not embedded else "embedded"
    port = free_port()
    directory.mkdir(parents=True, exist_ok=True)
    return Broker(kind, f"mqtt://127.0.0.1:{port}", port, _launch(kind, port, directory), directory)


def find_mosquitto() -> str | None:
    """The ``mosquitto`` executable; Debian keeps it in /usr/sbin, which is not on every PATH."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")


def free_port() -> int:
    """A TCP port on loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _launch(kind: Kind, port: int, directory: Path) -> Child:
    log = directory / "broker.log"
    if kind == "mosquitto":
        config = directory / "mosquitto.conf"
        config.write_text(_MOSQUITTO.format(port=port, user=getpass.getuser()), encoding="utf-8")
        command = [find_mosquitto() or "mosquitto", "-c", str(config)]
    else:
        config = directory / "embedded-broker.toml"
        listeners = "".join(
            _EMBEDDED_LISTENER.format(version=version, port=number)
            for version, number in (("v4", port), ("v5", free_port()))
        )
        config.write_text(_EMBEDDED.format(listeners=listeners), encoding="utf-8")
        command = [sys.executable, "-m", "iotcore", "--config", str(config), "--log-level", "ERROR"]
    child = start(command, log=log)
    deadline = time.monotonic() + 15.0
    while not listening(port):
        if child.exit_code() is not None or time.monotonic() > deadline:
            child.stop()
            tail = log.read_text(encoding="utf-8", errors="replace")[-400:] if log.exists() else ""
            raise CivitwinError(f"the {kind} broker did not start on port {port}; see {log}. {tail}")
        time.sleep(0.02)
    return child
