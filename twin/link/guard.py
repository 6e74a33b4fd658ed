"""Children that cannot outlive their parent, even when it is killed."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

_PR_SET_PDEATHSIG = 1


def start(command: Sequence[str], *, log: Path | None = None, environment: dict[str, str] | None = None) -> Child:
    """Start ``command`` so that it ends with this process. Output goes to ``log`` (appended), else is inherited."""
    watched = [sys.executable, "-m", "twin.link.guard", str(os.getpid()), *command]
    root = str(Path(__file__).resolve().parents[2])
    variables = {**os.environ, **(environment or {})}
    variables["PYTHONPATH"] = os.pathsep.join(filter(None, (root, variables.get("PYTHONPATH", ""))))
    if log is None:
        return Child(subprocess.Popen(watched, env=variables, start_new_session=True), tuple(command))
    with log.open("ab") as out:
        process = subprocess.Popen(
            watched, env=variables, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
    return Child(process, tuple(command))


class Child:
    """A guarded child process."""

    def __init__(self, process: subprocess.Popen[bytes], command: tuple[str, ...]) -> None:
        self._process = process
        self.command = command

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def stop(self, limit_s: float = 5.0) -> None:
        """Ask it to end; make it end after ``limit_s``."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(limit_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def wait(self, limit_s: float) -> int | None:
        try:
            return self._process.wait(limit_s)
        except subprocess.TimeoutExpired:
            return None


def _watch(parent: int, command: Sequence[str]) -> int:
    """Run ``command`` as a child of this small process, and end it when ``parent`` is gone or we are told to end.

    The kernel's parent-death signal (Linux) covers a parent that was killed; looking at our parent's number covers
    the rest. The command itself carries the same signal, so that killing this guard ends it as well.
    """
    library = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def die_with_parent() -> None:
        if library is not None:
            library.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    def pass_on(number: int, frame: FrameType | None) -> None:
        del frame
        if process.poll() is None:
            process.send_signal(number)

    die_with_parent()
    process = subprocess.Popen(list(command), preexec_fn=die_with_parent)  # noqa: PLW1509  one thread
    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asked_at = 0.0
    while process.poll() is None:
        if os.getppid() != parent:
            if not asked_at:
                asked_at = time.monotonic()
                process.terminate()
            elif time.monotonic() - asked_at > 3.0:
                process.kill()
        try:
            process.wait(0.25)
        except subprocess.TimeoutExpired:
            continue
    return process.returncode


if __name__ == "__main__":
    sys.exit(_watch(int(sys.argv[1]), sys.argv[2:]))
