"""A small city in one process with its real sockets: residents' and operators' consoles join it by their tokens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import zmq

from services.app.composition import read_world
from services.app.display import Display
from services.app.lockstep import Lockstep
from services.app.pages import Pages
from services.app.people import Visitors, issue_token, resident_token
from services.app.requests import Control, Desk
from services.app.residents import Residents
from services.app.settings import settings_for
from services.engine.done import Outcome
from services.facts.base import Event
from twin.city.model import City
from twin.core.clock import CityClock
from twin.core.views import Card, Frame, Gone, Mark, OwnTwin, Reply, Snapshot, Status, View
from twin.link.views import ViewLink, ViewServer

LOCAL = "tcp://127.0.0.1:*"
TRIES = 400


@dataclass
class Eyes:
    """A console without a window: all that it was told."""

    link: ViewLink
    heard: list[View] = field(default_factory=list)
    replies: dict[str, Reply] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)
    own: OwnTwin | None = None
    frame: Frame | None = None
    snapshot: Snapshot | None = None

    def look(self) -> None:
        for view in self.link.poll():
            self.heard.append(view)
            match view:
                case Snapshot():
                    self.snapshot, self.frame = view, view.frame
                    self.cards = {card.id: card for card in view.cards}
                    self.marks = {mark.id: mark for mark in view.marks}
                case Frame():
                    self.frame = view
                case OwnTwin():
                    self.own = view
                case Card():
                    self.cards[view.id] = view
                case Mark():
                    self.marks[view.id] = view
                case Gone():
                    (self.cards if view.kind == "card" else self.marks).pop(view.id, None)
                case Reply():
                    self.replies[view.id] = view
                case _:
                    pass


class OwnCity:
    """Field, twin and sockets. ``pass_`` lets city time pass and everybody be told."""

    def __init__(self, folder: Path, city: City, context: zmq.Context[zmq.Socket[bytes]], residents: int) -> None:
        wanted = settings_for(folder, city.directory, simulation="own", at="10:00", pace=1.0, seed=7)
        self.settings = msgspec.structs.replace(wanted, residents=residents, colleagues=False)
        self.data, self.context = folder, context
        self.world = read_world(self.settings)
        self.city = Lockstep(self.world, self.settings, vehicles=0)
        self.twin = self.city.twin
        self.server = ViewServer(LOCAL, LOCAL, context)
        self.display = Display(
            self.server, self.twin.pictures, self.twin.desks, self.world.views, (str(city.directory), city.digest)
        )
        self.visitors = Visitors(folder, self.world.roster)
        self.server.admit = self.visitors.stream
        self.residents = Residents(self.twin, self.city.vault, self.server, self.display, self.settings.config_dir)
        self.desk = Desk(
            self.server, self.display, Pages(self.twin, self.residents.seen), self.visitors, self.twin.engine,
            self.twin.facts, lambda: self.clock, dict, self._committed,
            Control("no", lambda id: Reply(id=id, accepted=False)),
            self.residents,
        )  # fmt: skip
        self.pace = 1.0
        self.wall_ms = 0  # of whoever plays with a wall clock of their own
        self.display.health(
            Status(connected=True, feeds=(), counts={}, lost=0, latency_p99_ms=0.0, tempo="demo", rain_mm_h=0.0)
        )

    @property
    def now_ms(self) -> int:
        return self.twin.engine.city_ms

    @property
    def clock(self) -> CityClock:
        return CityClock(self.wall_ms or time.time_ns() // 1_000_000, self.now_ms, self.pace, True, self.pace)

    def _committed(self, outcome: Outcome) -> None:
        self.saw(outcome.events)

    def saw(self, events: tuple[Event, ...] | list[Event]) -> None:
        self.residents.saw(events)

    def pass_(self, city_s: float) -> list[Event]:
        events = self.city.run(city_s) if city_s > 0 else []
        self.saw(events)
        self.tell()
        return events

    def leap(self, city_s: float, step_s: float) -> list[Event]:
        """City time passes in coarse ticks, without the field: for the days that officers take."""
        events: list[Event] = []
        end = self.city.now_ms + round(city_s * 1000)
        while self.city.now_ms < end:
            self.city.now_ms = min(end, self.city.now_ms + round(step_s * 1000))
            events += self.twin.engine.tick(self.city.now_ms).events
        self.saw(events)
        self.tell()
        return events

    def tell(self) -> None:
        """What consoles asked is answered, and everybody is shown what is so now."""
        self.desk.serve()
        self.residents.frame(self.display.frame(self.now_ms))
        self.residents.lights(self.display.states(self.now_ms))
        alerts = self.display.changes()
        self.residents.changes(self.display.marks, alerts)
        self.residents.clock(self.clock)

    def link(self, token: str, language: str = "en") -> ViewLink:
        return ViewLink(self.server.publish_url, self.server.request_url, token, self.context, language)

    def eyes(self, token: str) -> Eyes:
        eyes = Eyes(self.link(token))
        self.until(lambda: eyes.snapshot is not None, eyes)
        return eyes

    def own(self, person: str) -> Eyes:
        return self.eyes(resident_token(self.data, self.world.residents, person))

    def operator(self, role: str = "chief") -> Eyes:
        return self.eyes(issue_token(self.data, role, self.world.roster, self.now_ms))

    def until(self, done: Callable[[], object], *eyes: Eyes, city_s: float = 0.0) -> None:
        """Go on until it is so: sockets take their time, the city need not."""
        for _ in range(TRIES):
            self.pass_(city_s)
            for one in eyes:
                one.look()
            if done():
                return
            time.sleep(0.002)
        raise AssertionError("it did not come to be")

    def ask(self, eyes: Eyes, kind: str, id: str) -> Reply:
        eyes.replies.pop(id, None)
        eyes.link.ask(kind, id)
        self.until(lambda: id in eyes.replies, eyes)
        return eyes.replies[id]

    def propose(self, eyes: Eyes, tag: str, **fields: object) -> Reply:
        id = eyes.link.propose({"t": tag, **fields})
        self.until(lambda: id in eyes.replies, eyes)
        return eyes.replies[id]


@contextmanager
def own_city(folder: Path, city: City, residents: int = 60) -> Iterator[OwnCity]:
    with zmq.Context() as context:
        opened = OwnCity(folder, city, context, residents)
        links: list[ViewLink] = []
        make = opened.link

        def noted(token: str, language: str = "en") -> ViewLink:
            links.append(make(token, language))
            return links[-1]

        opened.link = noted  # type: ignore[method-assign]
        try:
            yield opened
        finally:
            for link in links:
                link.close()
            opened.server.close()
