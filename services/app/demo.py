"""The demo: broker, server, field and console as children that live and die with this process."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec
from rich.console import Console

from services.app import installation
from services.app.album import Album
from services.app.parts import (
    FIRST_STARTS,
    POLL_S,
    READY_LIMIT_S,
    Part,
    ended_by_signals,
    keep_alive,
    lives,
    new_run,
    tail,
    until,
)
from services.app.people import RESIDENT, operator_token, resident_token, residents_of
from services.app.status import ask_summary
from twin.core.errors import CivitwinError
from twin.link.broker import Broker, choose, free_port

_LOOK_S = 6


@dataclass(frozen=True, slots=True)
class Wish:
    """The options of ``run.py demo`` with the configured defaults filled in."""

    city: Path
    data: Path
    pace: float
    at: str
    tempo: str
    seed: int
    language: str
    colleagues: bool
    role: str
    person: str | None
    hourly: Path | None
    look: str
    backlog: int | None


def run_demo(
    headless: bool = False,
    seconds: float | None = None,
    at: str | None = None,
    pace: float | None = None,
    tempo: str | None = None,
    city: Path | None = None,
    broker: str | None = None,
    embedded_broker: bool = False,
    data: Path | None = None,
    seed: int | None = None,
    language: str | None = None,
    screenshot: Path | None = None,
    report: Path | None = None,
    colleagues: bool = True,
    role: str = "chief",
    person: str | None = None,
    hourly: Path | None = None,
    look: str = "",
    backlog: int | None = None,
) -> int:
    """Run until ``seconds`` have passed, the window is closed or Ctrl-C; 0 when all went well."""
    given = installation.choice()
    if headless and seconds is None:
        raise CivitwinError("a demo without a window needs --for SECONDS")
    kept = data or new_run(installation.runs_directory(), given.keep_runs, seed)
    wish = Wish(
        installation.city_directory(city), kept,
        pace or given.pace, at or given.start_at, tempo or given.tempo, given.seed if seed is None else seed,
        language or "en", colleagues, role, person, hourly, look, backlog,
    )  # fmt: skip
    wish.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    out = Console(stderr=True)
    with ended_by_signals():
        with out.status("starting the broker"):
            chosen = choose(broker, wish.data / "broker", embedded=embedded_broker)
        parts: list[Part] = []
        try:
            out.print(f"Civitwin · {chosen.kind} broker · data in {wish.data}", highlight=False)
            return _live(wish, chosen, parts, headless, seconds, screenshot, report, out)
        finally:
            for part in reversed(parts):
                part.stop()
            chosen.stop()


def _live(
    wish: Wish, broker: Broker, parts: list[Part], headless: bool, seconds: float | None, screenshot: Path | None,
    report: Path | None, out: Console,
) -> int:  # fmt: skip
    """Start everything, note it in ``parts`` for whoever ends it, and watch it until the end."""
    views, requests = (f"tcp://127.0.0.1:{free_port()}" for _ in range(2))
    token = _token(wish)
    parts += _parts(wish, broker, views, requests)
    for part in parts:
        part.launch()
    window = _window(wish, views, requests, token, None if headless else screenshot)
    if not headless:
        parts.append(window)
        window.launch()  # at once: it says itself that the city is still starting
    with out.status("waiting for the city"):
        until(
            lambda: lives(requests) or window.ended() is not None,
            lambda: keep_alive(broker, [part for part in parts if part is not window], out, FIRST_STARTS),
            READY_LIMIT_S,
        )
    album = None
    if wish.hourly is not None:
        take = partial(_taken, wish, views, requests, token)
        album = Album(wish.hourly, installation.time_zone(wish.city), take)
    meanwhile = None if album is None else partial(album.look, requests)
    code = _watch(broker, parts, None if headless else window, seconds, out, meanwhile)
    if album is not None:
        album.close()
    if report is not None:
        report.write_bytes(msgspec.json.format(msgspec.json.encode(ask_summary(requests, 15_000))) + b"\n")
    if headless and screenshot is not None:
        _picture(_window(wish, views, requests, token, screenshot))
    return code


def _token(wish: Wish) -> str:
    """Of the duty chief, or of the resident in whose twin's shoes one is to be."""
    if wish.role != RESIDENT:
        return operator_token(wish.data, wish.city, wish.at, wish.role)
    return resident_token(wish.data, residents_of(wish.city, wish.seed, installation.choice().residents), wish.person)


def _parts(wish: Wish, broker: Broker, views: str, requests: str) -> list[Part]:
    run = [sys.executable, str(Path(__file__).resolve().parents[2] / "run.py")]
    simulation = "demo" if broker.kind != "foreign" else f"demo-{wish.data.name}"
    same = ["--city", str(wish.city), "--broker", broker.url, "--simulation", simulation, "--data", str(wish.data),
            "--tempo", wish.tempo, "--seed", str(wish.seed)]  # fmt: skip
    server = [
        *run,
        "server",
        *same,
        "--views",
        views,
        "--requests",
        requests,
        "--at",
        wish.at,
        "--pace",
        str(wish.pace),
        "--colleagues" if wish.colleagues else "--no-colleagues",
        *(() if wish.backlog is None else ("--backlog", str(wish.backlog))),
    ]
    return [
        Part("server", server, wish.data / "server.log", {}),
        Part("field", [*run, "field", *same], wish.data / "field.log", {}),
    ]


def _window(wish: Wish, views: str, requests: str, token: str, screenshot: Path | None) -> Part:
    command = [sys.executable, str(Path(__file__).resolve().parents[2] / "run.py"), "console", "--city", str(wish.city),
               "--views", views, "--requests", requests, "--language", wish.language]  # fmt: skip
    if screenshot is not None:
        command += ["--screenshot", str(screenshot)]
    if wish.look:
        command += ["--look", wish.look]
    return Part("console", command, wish.data / "console.log", {"CIVITWIN_TOKEN": token})


def _picture(window: Part) -> None:
    """What an operator would see: a console on the dummy video driver that looks for a moment, then ends."""
    _unseen(window)
    window.launch()
    code = window.child.wait(_LOOK_S + 60) if window.child is not None else None
    window.stop()
    if code != 0:
        raise CivitwinError(f"no picture could be taken: {tail(window.log)}")


def _unseen(window: Part) -> None:
    window.environment["SDL_VIDEODRIVER"] = "dummy"
    window.command += ["--for", str(_LOOK_S), "--size", "1920x1080"]


def _taken(wish: Wish, views: str, requests: str, token: str, path: Path) -> Part:
    """A picture that is being taken while the city goes on."""
    window = _window(wish, views, requests, token, path)
    _unseen(window)
    window.launch()
    return window


def _watch(
    broker: Broker, parts: list[Part], window: Part | None, seconds: float | None, out: Console,
    meanwhile: Callable[[], None] | None = None,
) -> int:  # fmt: skip
    """The run itself. Ends with its time, with the window (its exit code), or by a signal."""
    began = time.monotonic()
    while seconds is None or time.monotonic() - began < seconds:
        keep_alive(broker, [part for part in parts if part is not window], out)
        if window is not None and (code := window.ended()) is not None:
            if code:
                out.print(f"[red]the console ended (exit code {code}): {tail(window.log)}", highlight=False)
            return code
        if meanwhile is not None:
            meanwhile()
        time.sleep(POLL_S)
    return 0
