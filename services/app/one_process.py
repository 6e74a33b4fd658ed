"""A whole city in one process with its real sockets: field and twin in lockstep, residents and operators at consoles.

For practising at the hall, where days pass while one waits, and for tests of consoles against a real server.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

import zmq

from services.app.composition import World
from services.app.display import Display
from services.app.lockstep import Lockstep
from services.app.pages import Pages
from services.app.people import Visitors
from services.app.requests import Control, Desk
from services.app.residents import Residents
from services.app.settings import Settings
from services.engine.done import Outcome
from services.facts.base import Event
from twin.core.clock import CityClock
from twin.core.text import Text
from twin.core.views import FeedState, Reply, Status
from twin.link.views import ViewLink, ViewServer

_LOCAL = "tcp://127.0.0.1:*"


class OneProcess:
    """Whoever holds it lets city time pass; nothing happens by itself."""

    def __init__(
        self, world: World, settings: Settings, context: zmq.Context[zmq.Socket[bytes]], vehicles: int = 0
    ) -> None:
        self.world, self.settings, self.context = world, settings, context
        self.city = Lockstep(world, settings, vehicles=vehicles)
        self.twin = twin = self.city.twin
        self.server = ViewServer(_LOCAL, _LOCAL, context)
        directory = (str(settings.city_dir), world.city.digest)
        self.display = Display(self.server, twin.pictures, twin.desks, world.views, directory)
        self.visitors = Visitors(settings.data, world.roster)
        self.server.admit = self.visitors.stream
        self.residents = Residents(twin, self.city.vault, self.server, self.display, settings.config_dir)
        control = Control("", lambda id: Reply(id=id, accepted=False, reason=Text("no reason given")))
        self.desk = Desk(
            self.server, self.display, Pages(twin, self.residents.seen), self.visitors, twin.engine, twin.facts,
            lambda: self.clock, dict, self._committed, control, self.residents,
        )  # fmt: skip
        self.pace = 1.0
        self.wall_ms = 0  # of whoever plays with a wall clock of their own
        self.tell_health()

    @property
    def now_ms(self) -> int:
        return self.twin.engine.city_ms

    @property
    def clock(self) -> CityClock:
        return CityClock(self.wall_ms or time.time_ns() // 1_000_000, self.now_ms, self.pace, True, self.pace)

    def _committed(self, outcome: Outcome) -> None:
        self.residents.saw(outcome.events)

    def pass_(self, city_s: float) -> list[Event]:
        """The city lives on for so long; then everybody is told."""
        events = self.city.run(city_s) if city_s > 0 else []
        self.residents.saw(events)
        self.tell()
        return events

    def leap(self, city_s: float, step_s: float) -> list[Event]:
        """City time passes in coarse ticks and the field stands still: for the days that officers take. Call ``tell``
        next."""
        events: list[Event] = []
        end = self.city.now_ms + round(city_s * 1000)
        while self.city.now_ms < end:
            self.city.now_ms = min(end, self.city.now_ms + round(step_s * 1000))
            events += self.twin.engine.tick(self.city.now_ms).events
        self.residents.saw(events)
        return events

    def tell(self) -> None:
        """What consoles asked is answered, and everybody is shown what is so now."""
        self.desk.serve()
        self.residents.frame(self.display.frame(self.now_ms))
        self.residents.lights(self.display.states(self.now_ms))
        alerts = self.display.changes()
        self.residents.changes(self.display.marks, alerts)
        self.residents.clock(self.clock)
        self.display.clock(self.clock)

    def tell_health(self) -> None:
        """No broker stands between the parts: nothing is lost."""
        status = Status(
            connected=True, feeds=tuple(self._feeds()), counts={}, lost=0, latency_p99_ms=0.0,
            tempo=self.world.tempo, rain_mm_h=self.city.field.weather.at(self.city.now_ms).rain_mm_h,
        )  # fmt: skip
        self.display.health(status)
        self.residents.health(status)

    def _feeds(self) -> Iterable[FeedState]:
        for name, provenance in self.world.source_names:
            yield FeedState(
                name=name, provenance=provenance, last_ms=self.now_ms, per_second=0.0, accepted=0, rejected=0
            )

    def link(self, token: str, language: str = "en") -> ViewLink:
        return ViewLink(self.server.publish_url, self.server.request_url, token, self.context, language)

    def close(self) -> None:
        self.server.close()
