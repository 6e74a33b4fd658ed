"""The console's tests run without a window: SDL's dummy driver, one paper city, one scripted scene."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")

import pygame
import pytest
from paper_city import paper_city
from play import Play
from scripted import Scene

from twin.city.kinds import DeviceKind, load_kinds
from twin.city.model import City
from twin.render.console import Console
from twin.render.plan import Plan, make_plan

ROOT = Path(__file__).parents[2]
SIZE = (1280, 800)


@pytest.fixture(scope="session")
def city() -> City:
    return paper_city()


@pytest.fixture(scope="session")
def plan(city: City) -> Plan:
    return make_plan(city)


@pytest.fixture(scope="session")
def kinds() -> dict[str, DeviceKind]:
    return load_kinds(ROOT / "config" / "device_kinds.toml")


@pytest.fixture
def window() -> Iterator[pygame.Surface]:
    pygame.display.init()
    yield pygame.display.set_mode(SIZE)
    pygame.display.quit()


@pytest.fixture
def play(city: City, plan: Plan, kinds: dict[str, DeviceKind], window: pygame.Surface) -> Iterator[Callable[..., Play]]:
    """Makes consoles and closes them; ``play(language="zh_CN")``."""
    opened: list[Console] = []

    def make(language: str = "en", **scene: float) -> Play:
        source = Scene(city, **scene)  # type: ignore[arg-type]
        console = Console(source, city, kinds, ROOT / "assets", window, language=language, plan=plan)
        opened.append(console)
        started = Play(console, source, window)
        started.run(frames=3)
        return started

    yield make
    for console in opened:
        console.close()
