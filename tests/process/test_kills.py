"""Killed at random moments: what was acknowledged is there, the chain holds, work goes on, the run replays."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from running import Eyes, Site, served, site, until

from services.app.journal import verify_journal
from services.app.replay import replay
from services.storage.stores import open_archive
from twin.city.model import City
from twin.core.views import Card

KILLS = int(os.environ.get("CIVITWIN_KILLS", "3"))
BROKER_DOWN_S = float(os.environ.get("CIVITWIN_BROKER_DOWN_S", "3"))


@pytest.fixture
def running(tmp_path: Path, grid_city: City) -> Iterator[Site]:
    with site(tmp_path, grid_city.directory, "--simulation", "kills", "--at", "10:00", "--pace", "20",
              "--tempo", "demo", "--seed", "7") as running:  # fmt: skip
        running.start_field("kills")
        yield running


def _a_case(eyes: Eyes) -> Card | None:
    eyes.look()
    return next((card for card in eyes.cards.values() if card.kind == "case" and card.closed_ms < 0), None)


@pytest.mark.timeout(120 + 20 * KILLS)
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the server's process in /proc")
def test_a_server_killed_again_and_again_forgets_nothing(running: Site) -> None:
    dice = random.Random(7)
    eyes = running.eyes()
    until(lambda: _a_case(eyes), 60, "a first case")
    acknowledged: list[str] = []
    for kill in range(KILLS):
        until(lambda: eyes.look() and eyes.link.connected, 30, "the console is connected")
        case = until(lambda: _a_case(eyes), 60, "an open case").id
        pending = [eyes.link.propose({"t": "AddNote", "case": case, "note": f"{kill}/{n}"}) for n in range(40)]
        stop_at = time.monotonic() + dice.uniform(0.0, 0.4)
        while time.monotonic() < stop_at:
            eyes.look()
        running.kill_server()
        eyes.look()
        acknowledged += [id for id in pending if id in eyes.replies and eyes.replies[id].accepted]
        running.start_server()
    until(lambda: eyes.look() and eyes.link.connected, 30, "the console is connected")
    before = running.summary()
    until(lambda: running.summary()["messages"]["accepted"] > before["messages"]["accepted"], 20, "work goes on")  # type: ignore[index]
    assert running.server is not None
    running.server.stop()

    out = Console(quiet=True)
    assert verify_journal(running.data, out) == 0
    opened = open_archive(running.data)
    known = {getattr(entry.fact, "id", "") for entry in opened.archive.entries(0)}
    opened.close()
    assert acknowledged
    assert set(acknowledged) <= known
    folder = running.data.parent / "replay"
    folder.mkdir()
    result = replay(running.data, folder, out)
    assert result.difference is None
    assert result.restarts == KILLS


def test_a_killed_broker_is_survived_by_all(running: Site) -> None:
    eyes = running.eyes()
    until(lambda: _a_case(eyes), 60, "a first case")
    assert running.broker.child is not None
    running.broker.child.stop()
    began = time.monotonic()
    until(lambda: time.monotonic() - began > BROKER_DOWN_S, BROKER_DOWN_S + 1, "the broker is away")
    assert running.summary()["connected"] is False  # type: ignore[index]
    assert until(lambda: eyes.look() and eyes.link.connected, 5, "the console still hears the server")
    away = running.summary()["messages"]["accepted"]  # type: ignore[index]
    running.broker.restart()
    until(lambda: running.summary()["connected"], 20, "the server is back")  # type: ignore[index]
    until(lambda: running.summary()["messages"]["accepted"] > away + 200, 20, "messages flow again")  # type: ignore[index]
    clock = running.bus("late", "sim/kills/clock", "sim/kills/closures/#")
    until(lambda: served(clock) and any(m.topic.endswith("/clock") for m in clock.drain()), 10, "the clock")
