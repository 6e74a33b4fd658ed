"""Real processes for tests: a broker, a server, a field, and the eyes of a console on them."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import zmq

from services.app.people import operator_token
from services.app.status import ask_summary
from twin.core.errors import CivitwinError
from twin.core.views import Card, Frame, Mark, Reply, Snapshot, View
from twin.link.broker import Broker, choose, free_port
from twin.link.guard import Child, start
from twin.link.mqtt import BrokerAddress, MqttBus
from twin.link.views import ViewLink

ROOT = Path(__file__).resolve().parents[2]
RUN = (sys.executable, str(ROOT / "run.py"))
T = TypeVar("T")


def until(look: Callable[[], T | None], limit_s: float, what: str) -> T:
    """What ``look`` finds, asked again and again; fails after ``limit_s``."""
    deadline = time.monotonic() + limit_s
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {limit_s} s: {what}"
        time.sleep(0.01)


def served(bus: MqttBus) -> bool:
    """Give the client a moment; always true."""
    bus.wait(0.01)
    return True


@dataclass
class Eyes:
    """A console without a window: the newest of everything it was told."""

    link: ViewLink
    frames: list[Frame] = field(default_factory=list)
    marks: dict[str, Mark] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)
    replies: dict[str, Reply] = field(default_factory=dict)
    snapshots: int = 0

    def look(self) -> list[View]:
        views = self.link.poll()
        for view in views:
            match view:
                case Snapshot():
                    self.snapshots += 1
                    self.frames.append(view.frame)
                    self.marks = {mark.id: mark for mark in view.marks}
                    self.cards = {card.id: card for card in view.cards}
                case Frame():
                    self.frames.append(view)
                case Mark():
                    self.marks[view.id] = view
                case Card():
                    self.cards[view.id] = view
                case Reply():
                    self.replies[view.id] = view
                case _:
                    pass
        return views


@dataclass
class Site:
    """One server on one broker, and what its tests need to start it again."""

    broker: Broker
    data: Path
    city: Path
    command: list[str]
    views: str
    requests: str
    context: zmq.Context[zmq.Socket[bytes]]
    server: Child | None = None
    children: list[Child] = field(default_factory=list)
    buses: list[MqttBus] = field(default_factory=list)
    consoles: list[Eyes] = field(default_factory=list)

    def start_server(self) -> None:
        self.server = start(self.command, log=self.data.parent / "server.log")
        until(self.summary, 40, f"the server answers; {self.log()}")

    def kill_server(self) -> None:
        """SIGKILL for the server's guard and the server itself."""
        assert self.server is not None
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text().split()
        for pid in (*(int(child) for child in children), self.server.pid):
            os.kill(pid, signal.SIGKILL)
        self.server.stop()

    def start_field(self, run: str, seed: int = 7) -> None:
        command = [*RUN, "field", "--city", str(self.city), "--broker", self.broker.url, "--simulation", run,
                   "--data", str(self.data), "--tempo", "demo", "--seed", str(seed)]  # fmt: skip
        self.children.append(start(command, log=self.data.parent / "field.log"))

    def summary(self) -> dict[str, object] | None:
        try:
            return ask_summary(self.requests, 500)
        except CivitwinError:
            return None

    def log(self) -> str:
        path = self.data.parent / "server.log"
        return path.read_text(encoding="utf-8")[-2000:] if path.exists() else "no log"

    def eyes(self) -> Eyes:
        token = operator_token(self.data, self.city, "10:00")
        eyes = Eyes(ViewLink(self.views, self.requests, token, self.context))
        self.consoles.append(eyes)
        until(lambda: eyes.look() and eyes.snapshots, 20, "a snapshot")
        return eyes

    def bus(self, name: str, *filters: str) -> MqttBus:
        """A connected client on the site's broker."""
        bus = MqttBus(BrokerAddress.parse(self.broker.url), name)
        for topic_filter in filters:
            bus.subscribe(topic_filter, qos=1)
        self.buses.append(bus)
        until(lambda: served(bus) and bus.connected, 10, "the client connects")
        bus.wait(0.05)
        return bus


@contextmanager
def site(folder: Path, city: Path, *options: str) -> Iterator[Site]:
    """A broker and a server with these options; all of it ends with the block."""
    data = folder / "data"
    broker = choose(None, folder / "broker")
    views, requests = (f"tcp://127.0.0.1:{free_port()}" for _ in range(2))
    command = [*RUN, "server", "--city", str(city), "--broker", broker.url, "--data", str(data),
               "--views", views, "--requests", requests, "--backlog", "0", *options]  # fmt: skip
    with zmq.Context() as context:
        running = Site(broker, data, city, command, views, requests, context)
        try:
            running.start_server()
            yield running
        finally:
            for eyes in running.consoles:
                eyes.link.close()
            for bus in running.buses:
                bus.close(0.1)
            for child in [*running.children, running.server]:
                if child is not None:
                    child.stop()
            broker.stop()
