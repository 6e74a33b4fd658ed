"""The demo: broker, server, field and console as children that live and die with this process."""

from __future__ import annotations

import datetime
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import msgspec
from rich.console import Console

from services.app import installation
from services.app.people import operator_token
from services.app.status import ask_summary
from services.storage.stores import in_use
from twin.core.errors import CivitwinError
from twin.link.broker import Broker, choose, free_port
from twin.link.guard import Child, start

_POLL_S = 0.05
_READY_LIMIT_S = 60.0
_ENOUGH_VEHICLES = 20
_LOOK_S = 6
_RESTARTS = 30  # a part that ends more often than this is not restarted any more
_FIRST_STARTS = 2  # the same, before the city has ever lived: it is what was asked for that is wrong


@dataclass(slots=True)
class Part:
    """One child process and how to start it again."""

    name: str
    command: list[str]
    log: Path
    environment: dict[str, str]
    child: Child | None = None
    starts: int = 0
    retry_at: float = 0.0

    def launch(self) -> None:
        self.child = start(self.command, log=self.log, environment=self.environment)
        self.starts += 1

    def ended(self) -> int | None:
        return None if self.child is None else self.child.exit_code()

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop()


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
) -> int:
    """Run until ``seconds`` have passed, the window is closed or Ctrl-C; 0 when all went well."""
    given = installation.choice()
    if headless and seconds is None:
        raise CivitwinError("a demo without a window needs --for SECONDS")
    wish = Wish(
        installation.city_directory(city), data if data is not None else _new_run(given.keep_runs, seed),
        pace or given.pace, at or given.start_at, tempo or given.tempo, given.seed if seed is None else seed,
        language or "en", colleagues,
    )  # fmt: skip
    wish.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    out = Console(stderr=True)
    with _ended_by_signals():
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
    token = operator_token(wish.data, wish.city, wish.at, "chief")
    parts += _parts(wish, broker, views, requests)
    for part in parts:
        part.launch()
    window = _window(wish, views, requests, token, None if headless else screenshot)
    if not headless:
        parts.append(window)
        window.launch()  # at once: it says itself that the city is still starting
    with out.status("waiting for the city"):
        _until(
            lambda: _lives(requests) or window.ended() is not None,
            lambda: _keep_alive(broker, [part for part in parts if part is not window], out, _FIRST_STARTS),
            _READY_LIMIT_S,
        )
    code = _watch(broker, parts, None if headless else window, seconds, out)
    if report is not None:
        report.write_bytes(msgspec.json.format(msgspec.json.encode(ask_summary(requests, 15_000))) + b"\n")
    if headless and screenshot is not None:
        _picture(_window(wish, views, requests, token, screenshot))
    return code


def _new_run(keep: int, seed: int | None) -> Path:
    """A fresh data folder, named by the moment; only the newest ``keep`` runs stay."""
    runs = installation.runs_directory()
    runs.mkdir(parents=True, exist_ok=True)
    for old in sorted(path for path in runs.iterdir() if path.is_dir())[: -max(keep - 1, 1)]:
        if not in_use(old):
            shutil.rmtree(old, ignore_errors=True)
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S-%f")
    return runs / f"{stamp}-{'default' if seed is None else seed}"


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
    return Part("console", command, wish.data / "console.log", {"CIVITWIN_TOKEN": token})


def _keep_alive(broker: Broker, parts: list[Part], out: Console, restarts: int = _RESTARTS) -> None:
    """Start again what has ended: the broker at once, a part after a pause that grows. Raises :class:`CivitwinError`
    for one that was started again ``restarts`` times."""
    if not broker.alive():
        out.print("[yellow]the broker ended; starting it again")
        broker.restart()
    now = time.monotonic()
    for part in parts:
        code = part.ended()
        if code is None:
            continue
        if part.starts > restarts:
            last = _tail(part.log).strip().rpartition("\n")[2].removeprefix("Error: ")
            raise CivitwinError(f"the {part.name} keeps ending (exit code {code}): {last} (more in {part.log})")
        if not part.retry_at:
            part.retry_at = now + min(0.2 * part.starts, 3.0)
        elif now >= part.retry_at:
            out.print(f"[yellow]the {part.name} ended (exit code {code}); starting it again")
            part.retry_at = 0.0
            part.launch()


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-600:] if log.exists() else ""


def _until(done: Callable[[], bool], meanwhile: Callable[[], None], limit_s: float) -> None:
    deadline = time.monotonic() + limit_s
    while not done():
        meanwhile()
        if time.monotonic() > deadline:
            raise CivitwinError(f"the city did not come up within {limit_s:.0f} s")
        time.sleep(_POLL_S)


def _lives(requests: str) -> bool:
    """Whether the server answers and believes vehicles to drive."""
    try:
        counts = ask_summary(requests, 300)["counts"]
    except CivitwinError:
        return False
    return isinstance(counts, dict) and counts["vehicles"] >= _ENOUGH_VEHICLES


def _picture(window: Part) -> None:
    """What an operator would see: a console on the dummy video driver that looks for a moment, then ends."""
    window.environment["SDL_VIDEODRIVER"] = "dummy"
    window.command += ["--for", str(_LOOK_S), "--size", "1920x1080"]
    window.launch()
    code = window.child.wait(_LOOK_S + 60) if window.child is not None else None
    window.stop()
    if code != 0:
        raise CivitwinError(f"no picture could be taken: {_tail(window.log)}")


def _watch(broker: Broker, parts: list[Part], window: Part | None, seconds: float | None, out: Console) -> int:
    """The run itself. Ends with its time, with the window (its exit code), or by a signal."""
    began = time.monotonic()
    while seconds is None or time.monotonic() - began < seconds:
        _keep_alive(broker, [part for part in parts if part is not window], out)
        if window is not None and (code := window.ended()) is not None:
            if code:
                out.print(f"[red]the console ended (exit code {code}): {_tail(window.log)}", highlight=False)
            return code
        time.sleep(_POLL_S)
    return 0


class _ended_by_signals:  # noqa: N801  used as a statement
    """SIGTERM ends the demo as Ctrl-C does: through ``finally``, with every child."""

    def __enter__(self) -> None:
        def end(number: int, frame: FrameType | None) -> None:
            del number, frame
            raise KeyboardInterrupt

        self._before = signal.signal(signal.SIGTERM, end)

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGTERM, self._before)
