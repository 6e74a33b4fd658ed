"""Child processes that make up a running city, and how they are kept alive: for the demo and for exercises."""

from __future__ import annotations

import datetime
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from rich.console import Console

from services.app.status import ask_summary
from services.storage.stores import in_use
from twin.core.errors import CivitwinError
from twin.link.broker import Broker
from twin.link.guard import Child, start

POLL_S = 0.05
READY_LIMIT_S = 60.0
FIRST_STARTS = 2
"""Before the city has ever lived, a part that ends more often is not restarted: what was asked for is wrong."""
_ENOUGH_VEHICLES = 20
_RESTARTS = 30  # a part that ends more often than this is not restarted any more


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


def new_run(runs: Path, keep: int, seed: int | None) -> Path:
    """A fresh data folder, named by the moment; only the newest ``keep`` runs stay."""
    runs.mkdir(parents=True, exist_ok=True)
    for old in sorted(path for path in runs.iterdir() if path.is_dir())[: -max(keep - 1, 1)]:
        if not in_use(old):
            shutil.rmtree(old, ignore_errors=True)
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S-%f")
    return runs / f"{stamp}-{'default' if seed is None else seed}"


def keep_alive(broker: Broker, parts: list[Part], out: Console, restarts: int = _RESTARTS) -> None:
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
            last = tail(part.log).strip().rpartition("\n")[2].removeprefix("Error: ")
            raise CivitwinError(f"the {part.name} keeps ending (exit code {code}): {last} (more in {part.log})")
        if not part.retry_at:
            part.retry_at = now + min(0.2 * part.starts, 3.0)
        elif now >= part.retry_at:
            out.print(f"[yellow]the {part.name} ended (exit code {code}); starting it again")
            part.retry_at = 0.0
            part.launch()


def tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-600:] if log.exists() else ""


def until(done: Callable[[], bool], meanwhile: Callable[[], None], limit_s: float) -> None:
    deadline = time.monotonic() + limit_s
    while not done():
        meanwhile()
        if time.monotonic() > deadline:
            raise CivitwinError(f"the city did not come up within {limit_s:.0f} s")
        time.sleep(POLL_S)


def lives(requests: str) -> bool:
    """Whether the server answers and believes vehicles to drive."""
    try:
        counts = ask_summary(requests, 300)["counts"]
    except CivitwinError:
        return False
    return isinstance(counts, dict) and counts["vehicles"] >= _ENOUGH_VEHICLES


class ended_by_signals:  # noqa: N801  used as a statement
    """SIGTERM ends it as Ctrl-C does: through ``finally``, with every child."""

    def __enter__(self) -> None:
        def end(number: int, frame: FrameType | None) -> None:
            del number, frame
            raise KeyboardInterrupt

        self._before = signal.signal(signal.SIGTERM, end)

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGTERM, self._before)
