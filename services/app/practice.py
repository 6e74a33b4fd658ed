"""``run.py practice``: a hall to practise at, in a twin's shoes, in a city that is one's own and is gone afterwards.

Nobody waits for what is promised in days: they pass at a word, and no promise is shortened by it.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
import zmq

from services.app import installation
from services.app.composition import read_world
from services.app.console import language_of, size_of, stop_after
from services.app.one_process import OneProcess
from services.app.people import resident_token
from services.app.settings import settings_for
from services.app.timekeeper import wall_ms
from services.facts.resident import LetTwinAct
from services.hall.errand import Errand
from services.hall.graph_state import P
from twin.city.kinds import load_kinds
from twin.city.model import City
from twin.core.views import View
from twin.link.views import ViewLink
from twin.render.window import Opening
from twin.render.window import run_console as run_window

RESIDENTS: Final = 300
VEHICLES: Final = 60
PACE: Final = 2.0
STEP_S: Final = 0.25
LEAP_S: Final = 1_800.0
"""Of city time in one tick while days pass: officers work at such steps, and no promise is shorter for it."""
LEAPS_A_FRAME_S: Final = 0.04
LEAST_LEAPS: Final = 4
HEALTH_S: Final = 1.0
ASKS: Final = (P.SUPPLEMENT, P.REFUSED)


class Practice:
    """A console's source that moves the city on by itself whenever it is asked what is new."""

    def __init__(self, city: OneProcess, link: ViewLink, person: str) -> None:
        self._city, self._link, self._person, self._steady = city, link, person, time.monotonic
        self._until = self._steady()
        self._health = 0.0
        self._begun = False
        self._awaited: frozenset[tuple[str, int]] | None = None  # own errands as they were when days began to pass
        city.pace = PACE

    @property
    def connected(self) -> bool:
        return self._link.connected

    @property
    def leaping(self) -> bool:
        """Whether days are passing."""
        return self._awaited is not None

    def leap(self) -> None:
        """Let days pass until one of one's errands wants something of one or is over; again: stop."""
        if self.leaping:
            self._land()
        else:
            self._awaited = self._errands()

    def _land(self) -> None:
        self._awaited = None
        self._city.city.renew_field()
        self._take_over()
        self._until = self._steady()

    def _errands(self) -> frozenset[tuple[str, int]]:
        """Own errands, with how much of each waits for their person: questions, refusals, visits, the end."""
        return frozenset((one.id, _wanted(one)) for one in self._city.residents.mine.errands(self._person))

    def poll(self) -> list[View]:
        now = self._steady()
        if not self._begun and self._link.connected:
            self._begun = True
            self._take_over()
        if self.leaping:
            self._pass_days(now)
        else:
            self._live(now)
        if now - self._health > HEALTH_S:
            self._health = now
            self._city.tell_health()
        return self._link.poll()

    def _pass_days(self, now: float) -> None:
        done = 0
        while done < LEAST_LEAPS or self._steady() - now < LEAPS_A_FRAME_S:
            done += 1
            self._city.leap(LEAP_S, LEAP_S)
            if self._errands() != self._awaited:
                self._land()
                break
        self._city.tell()

    def _take_over(self) -> None:
        """Who practises is in the shoes from the beginning, and after the days that passed."""
        self._link.propose({"t": LetTwinAct.__name__, "on": False})

    def _live(self, now: float) -> None:
        """As much as has passed; a machine that cannot keep up makes the city wait, not lag."""
        behind_s = min(now - self._until, 1.0) * PACE
        if behind_s >= STEP_S:
            self._until = now
            self._city.pass_(behind_s - behind_s % STEP_S)
        else:
            self._city.desk.serve()

    def ask(self, kind: str, id: str) -> None:
        self._link.ask(kind, id)

    def propose(self, command: dict[str, object]) -> str:
        return self._link.propose(command)


def _wanted(errand: Errand) -> int:
    asked = sum(part.state in ASKS for part in errand.progress.parts.values())
    return asked + (errand.visit is not None) + errand.ended


def run_practice(
    person: str | None = None,
    language: str | None = None,
    size: str | None = None,
    city: Path | None = None,
    seed: int | None = None,
    seconds: float | None = None,
    screenshot: Path | None = None,
) -> int:
    """Until the window is closed."""
    opening = Opening(size=size_of(size), language=language or language_of(os.environ), screenshot=screenshot)
    stop = stop_after(seconds)
    with tempfile.TemporaryDirectory(prefix="civitwin-practice-") as folder, zmq.Context() as context:
        wanted = settings_for(Path(folder), city, simulation="practice", at="09:00", pace=PACE, tempo="real", seed=seed)
        settings = msgspec.structs.replace(wanted, residents=RESIDENTS, colleagues=False)
        opened: list[Practice] = []
        closers: list[Callable[[], None]] = []

        def open_city() -> City:
            world = read_world(settings)
            whole = OneProcess(world, settings, context, vehicles=VEHICLES)
            closers.append(whole.close)
            token = resident_token(settings.data, world.residents, person)
            link = whole.link(token, opening.language)
            closers.append(link.close)
            opened.append(Practice(whole, link, whole.visitors.resident(token)))
            return world.city

        kinds = load_kinds(installation.config_directory() / "device_kinds.toml")
        with closing(_Closing(closers)):
            run_window(_Late(opened), open_city, kinds, installation.data_root() / "assets", wall_ms, opening, stop)
    return 0


class _Closing:
    def __init__(self, closers: list[Callable[[], None]]) -> None:
        self._closers = closers

    def close(self) -> None:
        for close in reversed(self._closers):
            close()


class _Late:
    """The practice, once the window has opened its city."""

    def __init__(self, opened: list[Practice]) -> None:
        self._opened = opened

    @property
    def connected(self) -> bool:
        return bool(self._opened) and self._opened[0].connected

    @property
    def leaping(self) -> bool:
        return self._opened[0].leaping

    def leap(self) -> None:
        self._opened[0].leap()

    def poll(self) -> list[View]:
        return self._opened[0].poll()

    def ask(self, kind: str, id: str) -> None:
        self._opened[0].ask(kind, id)

    def propose(self, command: dict[str, object]) -> str:
        return self._opened[0].propose(command)
