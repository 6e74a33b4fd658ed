"""No child outlives its parent, whichever way the parent ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from twin.link.guard import start

PARENT = """
import sys, time
from pathlib import Path
from twin.link.guard import start
code = "import os,sys,time; open(sys.argv[1],'w').write(str(os.getpid())); time.sleep(60)"
child = start([sys.executable, "-c", code, sys.argv[1]])
time.sleep(60)
"""


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"


def _until(done: object, limit_s: float = 10.0) -> None:
    deadline = time.monotonic() + limit_s
    while not done():  # type: ignore[operator]
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_parent_leaves_no_orphan(tmp_path: Path, number: signal.Signals) -> None:
    note = tmp_path / "pid"
    root = str(Path(__file__).resolve().parents[2])
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(note)], cwd=root)
    _until(lambda: note.exists() and note.read_text().isdigit())
    grandchild = int(note.read_text())
    assert _alive(grandchild)
    parent.send_signal(number)
    parent.wait(10)
    _until(lambda: not _alive(grandchild))


def test_stop_ends_the_command_itself(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    code = "import os,sys,time; open(sys.argv[1],'w').write(str(os.getpid())); time.sleep(60)"
    child = start([sys.executable, "-c", code, str(note)], log=tmp_path / "log")
    _until(lambda: note.exists() and note.read_text().isdigit())
    child.stop()
    _until(lambda: not _alive(int(note.read_text())))


def test_the_exit_code_is_passed_on() -> None:
    child = start([sys.executable, "-c", "raise SystemExit(7)"])
    assert child.wait(10) == 7
