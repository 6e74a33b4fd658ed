"""A whole exercise in one process with a person at the window: field, twin, console, and clicks and keys between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pygame
from imgui_bundle import imgui
from pytest import MonkeyPatch

from services.app.composition import read_world
from services.app.display import Display
from services.app.exercise_runs import Heard
from services.app.exercise_script import script_of
from services.app.lockstep import Lockstep
from services.app.pages import Pages
from services.app.people import Visitors, issue_token
from services.app.requests import Control, Desk
from services.app.residents import Residents
from services.app.settings import Settings
from services.exercise.scenario import Scenario
from services.exercise.seat import TRAINEE
from services.storage.vault import Vault, seeded_keys
from twin.core.clock import CityClock
from twin.core.views import Ask, FeedState, Hello, Propose, Reply, Snapshot, Status, View
from twin.link.views import Request
from twin.render.console import Console

ROOT = Path(__file__).parents[2]
SIZE = (1280, 800)


class Wire:
    """Both ends of the views' sockets without any socket: what the server publishes, the console polls."""

    connected = True

    def __init__(self, token: str) -> None:
        self.rev = 0
        self._token, self._asked, self._views = token, list[Request](), list[View]()
        self._asked.append(Hello(token=token))
        self.replies: dict[str, Reply] = {}
        self.snapshots = 0

    def publish(self, view: View) -> None:
        self.rev += 1
        if self.snapshots:
            self._views.append(view)

    def requests(self) -> Iterator[tuple[bytes, Request | str]]:
        asked, self._asked = self._asked, []
        return ((b"console", request) for request in asked)

    def answer(self, identity: bytes, view: Snapshot | Reply) -> None:
        self.snapshots += isinstance(view, Snapshot)
        if isinstance(view, Reply):
            self.replies[view.id] = view
        self._views.append(view)

    def poll(self) -> list[View]:
        views, self._views = self._views, []
        return views

    def ask(self, kind: str, id: str) -> None:
        self._asked.append(Ask(token=self._token, kind=kind, id=id))

    def propose(self, command: dict[str, object], token: str = "") -> str:
        id = f"p-{len(self.replies)}-{len(self._asked)}"
        self._asked.append(Propose(token=token or self._token, id=id, command=msgspec.json.encode(command)))
        return id


class Seated:
    """The city, the server's desk and the trainee's window, moved on together by a wall clock of the test's own."""

    def __init__(self, settings: Settings, scenario: Scenario, patch: MonkeyPatch) -> None:
        world, self.settings, self.scenario = read_world(settings), settings, scenario
        self.truth = Heard()
        settings.data.mkdir(parents=True)
        self.city = Lockstep(
            world, settings, keys=settings.data, truth=self.truth, vehicles=12, step_ms=1000, script=script_of(scenario)
        )
        twin = self.city.twin
        self.control = issue_token(settings.data, "chief", world.roster, settings.start_ms)
        self.wire = Wire(issue_token(settings.data, "trainee", world.roster, settings.start_ms, TRAINEE))
        wire: Any = self.wire
        self._display = Display(
            wire, twin.pictures, twin.desks, world.views, ("", world.city.digest), settings.provenance
        )  # fmt: skip
        vault = Vault(settings.data / "residents", new_key=seeded_keys(settings.seed))
        residents = Residents(twin, vault, wire, self._display, settings.config_dir)
        self._desk = Desk(
            wire, self._display, Pages(twin), Visitors(settings.data, world.roster), twin.engine, twin.facts,
            lambda: CityClock(self.wall_ms, self.city.now_ms, 1.0, True), dict, lambda outcome: None,
            Control("key", lambda id: Reply(id=id, accepted=False)), residents,
        )  # fmt: skip
        self.wall_ms = 1_000
        self.surface = pygame.display.set_mode(SIZE)
        self.console = Console(self.wire, world.city, dict(world.kinds), ROOT / "assets", self.surface)
        self.seen: dict[str, tuple[float, float]] = {}
        for name in ("button", "selectable", "begin_combo", "input_text"):
            self._watch(patch, name)
        self.live(1)
        self.console.pilot.take_over()

    def _watch(self, patch: MonkeyPatch, name: str) -> None:
        """Remember where each thing that can be pressed was drawn, by its words."""
        drawn = getattr(imgui, name)

        def seen(label: str, *more: Any) -> Any:
            pressed = drawn(label, *more)
            low, high = imgui.get_item_rect_min(), imgui.get_item_rect_max()
            self.seen[label.partition("##")[0] or label] = ((low.x + high.x) / 2, (low.y + high.y) / 2)
            return pressed

        patch.setattr(imgui, name, seen)

    def live(self, seconds: int) -> None:
        """So many city seconds at pace 1; the window is drawn at the last of them."""
        self.city.run(seconds)
        self.wall_ms += 1000 * seconds
        self._display.changes()
        self._display.frame(self.city.now_ms)
        self._display.health(self._status())
        self._display.clock(CityClock(self.wall_ms, self.city.now_ms, 1.0, True))
        self.frames(2)

    def frames(self, number: int, *events: pygame.event.Event) -> None:
        """Draw; what was asked and proposed meanwhile is answered. City time stands still, as fingers are quick."""
        for turn in range(number):
            self._desk.serve()
            self._display.changes()
            self.console.frame(self.surface, events if turn == 0 else (), 0.016, self.wall_ms)

    def press(self, words: str) -> None:
        """Click on what bears these words."""
        self.seen.clear()
        self.frames(2)
        spot = tuple(map(round, self.seen[words]))
        self.frames(1, pygame.event.Event(pygame.MOUSEMOTION, pos=spot, rel=(0, 0), buttons=(0, 0, 0)))
        self.frames(1, pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=spot, button=1))
        self.frames(3, pygame.event.Event(pygame.MOUSEBUTTONUP, pos=spot, button=1))

    def key(self, key: int) -> None:
        self.frames(1, pygame.event.Event(pygame.KEYDOWN, key=key, mod=0, unicode="", scancode=0))
        self.frames(2, pygame.event.Event(pygame.KEYUP, key=key, mod=0, unicode="", scancode=0))

    def type(self, words: str) -> None:
        for letter in words:
            self.frames(1, pygame.event.Event(pygame.TEXTINPUT, text=letter))

    def _status(self) -> Status:
        feed = FeedState(
            name="field", provenance=int(self.settings.provenance), last_ms=self.city.now_ms, per_second=1.0,
            accepted=1, rejected=0,
        )  # fmt: skip
        return Status(connected=True, feeds=(feed,), counts={}, lost=0, latency_p99_ms=0.0, tempo="demo", rain_mm_h=0.0)
