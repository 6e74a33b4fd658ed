"""The server's process: one thread that waits on MQTT and zmq, turns what came into turns, and tells everybody."""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import msgspec
import zmq
from sqlalchemy.exc import SQLAlchemyError

from services.app.composition import Serving, open_twin
from services.app.display import Display
from services.app.ending import until_told
from services.app.figures import Figures
from services.app.pages import Pages
from services.app.people import Visitors
from services.app.presence import Presence
from services.app.reload import NotReloadedError, Reloading
from services.app.requests import Control, Desk
from services.app.residents import Residents
from services.app.settings import Settings, settings_for
from services.app.start import begins_at
from services.app.status import Endpoints
from services.app.timekeeper import Timekeeper, wall_ms
from services.app.wires import Wires
from services.engine.done import Outcome
from services.facts.base import Event
from services.facts.clock import AttachFeed, ClockSet, DetachFeed
from services.storage.objects import ObjectError
from twin.core.bus import Message
from twin.core.clock import CLOCK_TOPIC
from twin.core.errors import CivitwinError, ConfigError
from twin.core.text import Text
from twin.core.views import Alert, Reply
from twin.core.words import Provenance
from twin.link.views import ViewServer

_TICK_S = 0.05
_FRAME_S = 0.1
_STATES_S = 0.25
_STATUS_S = 1.0
_RESEND_S = 0.5
_FEED_SILENT_MS = 60_000
_LARGEST_BATCH = 4096
_WRONG = 2  # severity of an alert about the server itself

log = logging.getLogger("civitwin.server")


class Server:
    """The loop and what it owns: wires to brokers, the engine, the display."""

    def __init__(self, serving: Serving, wires: Wires, views: ViewServer, settings: Settings) -> None:
        self._serving, self._wires, self._views = serving, wires, views
        self._twin = twin = serving.twin
        self._connects = 0
        self._presence = Presence(settings.simulation is not None)
        running = twin.clock.running and not self._presence.held
        self._keeper = Timekeeper(begins_at(serving, settings), twin.clock.pace, running)
        self._figures = Figures(twin, serving.stores.journal.entries(0))
        self._display = Display(views, twin.pictures, twin.desks, twin.world.views,
                                (str(settings.city_dir), twin.world.city.digest), settings.provenance)  # fmt: skip
        self._visitors = Visitors(settings.data, twin.world.roster)
        views.admit = self._visitors.stream
        self._residents = Residents(twin, serving.stores.vault, views, self._display, settings.config_dir)
        self._reloading = Reloading(twin, settings, serving.stores)
        self.control = secrets.token_urlsafe(24)
        pages = Pages(twin, self._residents.seen)
        self._desk = Desk(
            views, self._display, pages, self._visitors, twin.engine, twin.facts, lambda: self._keeper.clock,
            lambda: self._figures.summary(self._wires), self._spoken, Control(self.control, self._reload),
            self._residents,
        )  # fmt: skip
        self._changed = True
        self._due = {"tick": 0.0, "frame": 0.0, "states": 0.0, "status": 0.0, "resend": 0.0, "checkpoint": 0.0}
        self._intervals = {"tick": _TICK_S, "frame": _FRAME_S, "states": _STATES_S, "status": _STATUS_S,
                           "resend": _RESEND_S, "checkpoint": settings.checkpoint_s}  # fmt: skip
        self._due["checkpoint"] = time.monotonic() + settings.checkpoint_s

    def begin(self) -> None:
        """The first turns, after which everything acknowledged before is known again."""
        self._events(self._serving.begin(self._keeper.now()))
        if self._serving.fault:
            self._alarm(_WRONG, Text("The configuration was not reloaded: {fault}", {"fault": self._serving.fault}))

    def run(self, told: list[int]) -> None:
        """Until a signal was noted in ``told``."""
        poller = zmq.Poller()
        poller.register(self._views.router, zmq.POLLIN)
        watched: set[int] = set()
        while not told:
            numbers = {number for number in self._wires.filenos() if number >= 0}
            for number in watched - numbers:
                poller.unregister(number)
            for number in numbers - watched:
                poller.register(number, zmq.POLLIN)
            watched = numbers
            wait_s = max(0.0, min(self._due.values()) - time.monotonic())
            poller.poll(int(min(wait_s, _TICK_S) * 1000))
            self._turn()

    def _turn(self) -> None:
        self._wires.service()
        self._await_field()
        for messages in self._wires.drain(_LARGEST_BATCH):
            self._take(messages)
        self._desk.serve()
        now = time.monotonic()
        for name, task in self._tasks():
            if now >= self._due[name]:
                self._due[name] = max(self._due[name] + self._intervals[name], now)
                task()
        self._tell_time()
        if self._changed:
            self._changed = False
            alerts = self._display.changes()
            self._residents.changes(self._display.marks, alerts)
        self._wires.flush()

    def _await_field(self) -> None:
        said = self._presence.look(self._wires.field_online, self._wires.main.connected)
        if said is not None:
            self._keep_time()
            if said.msgid:
                self._alarm(_WRONG if self._presence.held else 0, said)
        reached_ms, self._wires.field_reached_ms = self._wires.field_reached_ms, 0
        if reached_ms and not self._presence.held:
            self._keeper.follow(reached_ms)

    def _keep_time(self) -> None:
        """At the pace that was asked for, unless the field is waited for."""
        self._keeper.set(self._twin.clock.pace, self._twin.clock.running and not self._presence.held)
        self._due["status"] = 0.0

    def _tasks(self) -> Iterable[tuple[str, Callable[[], None]]]:
        return (
            ("tick", self._tick), ("frame", self._frame), ("states", self._states), ("status", self._status),
            ("resend", self._resend), ("checkpoint", self.checkpoint),
        )  # fmt: skip

    def _take(self, messages: list[Message]) -> None:
        done = self._twin.engine.take(messages, self._keeper.now())
        self._serving.letters.keep(self._twin.senses.refusals)
        self._events(done.events)

    def _tick(self) -> None:
        engine = self._twin.engine
        self._events(engine.tick(self._keeper.now()).events)
        if self._keeper.clock.running:
            for command in self._twin.colleagues.act(engine.city_ms):
                self._spoken(engine.command(command))

    def _frame(self) -> None:
        self._residents.frame(self._display.frame(self._twin.engine.city_ms))

    def _states(self) -> None:
        self._residents.lights(self._display.states(self._twin.engine.city_ms))

    def _status(self) -> None:
        again = self._serving.letters.marked()
        if again:
            self._take(again)
        self._attach_feeds()
        status = self._figures.status(self._wires)
        self._display.health(status)
        self._residents.health(status)
        self._changed = True  # ages and clocks on the cards
        self._tell_time()
        self._show_time()

    def _tell_time(self) -> None:
        if self._keeper.changed:
            self._keeper.changed = False
            self._wires.publish(CLOCK_TOPIC, msgspec.json.encode(self._keeper.clock), qos=1, retain=True)
            self._show_time()

    def _show_time(self) -> None:
        self._display.clock(self._keeper.clock)
        self._residents.clock(self._keeper.clock)

    def _attach_feeds(self) -> None:
        """A live source that is heard locks the pace to the wall clock; one that fell silent lets it go."""
        last = self._twin.senses.counts.source_last_ms
        for name, provenance in self._twin.world.source_names:
            if provenance != Provenance.LIVE:
                continue
            heard = self._twin.engine.city_ms - last.get(name, -_FEED_SILENT_MS) < _FEED_SILENT_MS
            if heard != (name in self._twin.clock.feeds):
                command = AttachFeed if heard else DetachFeed
                self._spoken(self._twin.engine.command(command(id=f"feed/{name}/{wall_ms()}", feed=name)))

    def _resend(self) -> None:
        if self._wires.connects != self._connects:
            self._connects = self._wires.connects
            self._serving.stores.outbox.reconnected()
        if self._wires.main.connected:
            steady_ms = time.monotonic_ns() // 1_000_000  # a wall clock set back would stop all resending
            self._wires.send(self._serving.stores.outbox.due(steady_ms, self._twin.engine.city_ms))

    def checkpoint(self) -> None:
        self._twin.engine.rotate()

    def _reload(self, id: str) -> Reply:
        """Take in the configuration as its files are now, or say what is wrong with them."""
        began = time.monotonic()
        try:
            taken = self._reloading.take()
        except (ConfigError, NotReloadedError, ObjectError) as fault:
            log.warning("configuration not reloaded: %s", fault)
            why = Text("The configuration was not reloaded: {fault}", {"fault": str(fault)})
            self._alarm(_WRONG, why)
            return Reply(id=id, accepted=False, reason=why)
        twin, files = self._twin, ", ".join(taken.reloaded.files)
        log.info("configuration reloaded in %.2f s: %s", time.monotonic() - began, files)
        self._visitors.roster = twin.world.roster
        self._display.rewire(twin.pictures, twin.desks, twin.world.views)
        self._residents.rewire(twin)
        self._events(taken.done.events)
        self._alarm(0, Text("The configuration was reloaded: {files}", {"files": files}))
        return Reply(id=id, accepted=True, data=msgspec.json.encode(taken.reloaded).decode())

    def _alarm(self, severity: int, text: Text) -> None:
        self._display.alarm(Alert(city_ms=self._twin.engine.city_ms, severity=severity, text=text))

    def _spoken(self, outcome: Outcome) -> None:
        self._events(outcome.events)

    def _events(self, events: tuple[Event, ...]) -> None:
        if not events:
            return
        self._changed = True
        self._due["resend"] = 0.0
        self._residents.saw(events)
        self._figures.saw(events, self._keeper.clock.pace, self._twin.engine.city_ms)
        if any(isinstance(event, ClockSet) for event in events):
            self._keep_time()

    def close(self) -> None:
        self._serving.close()
        self._wires.close()


class StoppedError(CivitwinError):
    """The server cannot go on; what it has acknowledged is kept."""


def run_server(
    broker: str,
    data: Path,
    views: str,
    requests: str,
    city: Path | None = None,
    simulation: str | None = None,
    feeds: Path | None = None,
    at: str | None = None,
    pace: float | None = None,
    tempo: str | None = None,
    seed: int | None = None,
    config: Path | None = None,
    colleagues: bool = True,
    exercise: str = "",
    backlog: int | None = None,
) -> int:
    """Serve until SIGTERM or Ctrl-C. Goes on from what ``data`` holds."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    os.umask(0o077)  # journal, recording, keys and tokens are nobody else's
    told = until_told()
    settings = settings_for(data, city, simulation, feeds, at, pace, tempo, seed, config, colleagues, exercise, backlog)
    data.mkdir(parents=True, exist_ok=True)
    try:
        with zmq.Context() as context, closing(ViewServer(views, requests, context)) as sockets:
            _serve(sockets, broker, settings, told)
    except (OSError, SQLAlchemyError) as fault:
        why = getattr(fault, "orig", None) or fault  # the database's own words
        raise StoppedError(f"{data}: {why}; once it can be written again, start the server again") from fault
    return 0


def _serve(views: ViewServer, broker: str, settings: Settings, told: list[int]) -> None:
    """From the first turn to a last checkpoint, which a server that failed must not make."""
    serving = open_twin(settings)
    world = serving.twin.world
    client = f"civitwin-server-{settings.simulation or settings.data.resolve().name}"
    wires = Wires(broker, client, settings.namespace, world.sources, world.feeds)
    server = Server(serving, wires, views, settings)
    endpoints = Endpoints(views.publish_url, views.request_url, os.getpid(), server.control)
    try:
        server.begin()
        (settings.data / "endpoints.json").write_bytes(msgspec.json.encode(endpoints))
        log.info("serving %s from city time %d", world.city.meta.name.en, serving.twin.engine.city_ms)
        server.run(told)
        server.checkpoint()
    finally:
        server.close()
