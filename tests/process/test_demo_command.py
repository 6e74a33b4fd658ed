"""``run.py demo`` as a person starts it, without a window."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import RUN, until

SHAPE = {
    "vehicles", "residents", "devices", "device_kinds", "messages", "cases", "errands", "latency_ms",
}  # fmt: skip


def _processes_of(data: Path) -> list[str]:
    """Command lines of living processes that name this run's data."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
            except OSError:
                continue
            if str(data) in command and "pytest" not in command:
                found.append(command)
    return found


@pytest.fixture
def _terminal() -> Iterator[None]:
    """Children heed Ctrl-C, although these tests may run in the background of a shell, where it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_short_demo_writes_figures_and_a_picture_and_leaves_nobody_behind(tmp_path: Path) -> None:
    report, picture, data = tmp_path / "out.json", tmp_path / "out.png", tmp_path / "data"
    done = subprocess.run(
        [*RUN, "demo", "--headless", "--backlog", "0", "--for", "8", "--pace", "10", "--seed", "7", "--data", str(data),
         "--json", str(report), "--screenshot", str(picture)],
        capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    figures = json.loads(report.read_bytes())
    assert set(figures) >= SHAPE
    assert figures["vehicles"] >= 300
    assert figures["residents"] >= 300
    assert figures["devices"] >= 600
    assert figures["device_kinds"] >= 12
    assert figures["messages"]["lost"] == 0
    assert picture.read_bytes()[:4] == b"\x89PNG"
    assert _processes_of(data) == []


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
@pytest.mark.usefixtures("_terminal")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_however_the_demo_ends_no_child_survives(tmp_path: Path, number: signal.Signals) -> None:
    data = tmp_path / "data"
    demo = subprocess.Popen(
        [*RUN, "demo", "--headless", "--backlog", "0", "--for", "60", "--data", str(data), "--embedded-broker"],
        stderr=subprocess.DEVNULL,
    )
    until((data / "endpoints.json").exists, 60, "the server is up")
    demo.send_signal(number)
    demo.wait(30)
    until(lambda: not _processes_of(data), 20, "every child has ended")


@pytest.mark.parametrize(
    ("url", "said"), [("http://x", "mqtt://host:port"), ("mqtt://127.0.0.1:9", "no broker answers")]
)
def test_a_wrong_broker_is_said_in_one_line(tmp_path: Path, url: str, said: str) -> None:
    done = subprocess.run(
        [*RUN, "demo", "--headless", "--backlog", "0", "--for", "5", "--broker", url, "--data", str(tmp_path / "d")],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_data_of_another_run_are_refused_in_one_line(tmp_path: Path) -> None:
    data = tmp_path / "data"
    for seed, code in (("7", 0), ("8", 1)):
        done = subprocess.run(
            [*RUN, "demo", "--headless", "--backlog", "0", "--for", "1", "--seed", seed, "--data", str(data),
             "--embedded-broker"],
            capture_output=True, text=True, timeout=110, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
    assert "began with seed 7; give --seed 7, or another --data" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
