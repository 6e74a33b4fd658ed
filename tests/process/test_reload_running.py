"""``run.py config reload`` on a running server: a faulty file changes nothing, good ones are in force at once."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from brimming import brim
from rich.console import Console
from running import RUN, Eyes, Site, served, site, until

from services.app.installation import config_directory
from services.app.replay import replay
from services.facts.engine import ConfigReloaded
from services.facts.governance import CaseOpened, CaseRouted
from services.storage.stores import open_archive
from twin.city.model import City
from twin.core.views import Alert, Snapshot
from twin.formats.senml import encode_senml
from twin.link.mqtt import MqttBus

NS = "sim/reload"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    shutil.copytree(config_directory(), folder)
    return folder


@pytest.fixture
def running(tmp_path: Path, config: Path, grid_city: City) -> Iterator[Site]:
    with site(tmp_path, grid_city.directory, "--simulation", "reload", "--at", "10:00", "--pace", "20",
              "--seed", "7", "--config", str(config)) as running:  # fmt: skip
        yield running


def _reload(site: Site) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RUN, "config", "reload", str(site.data)], capture_output=True, text=True, timeout=90, check=False
    )


def _routed(site: Site, bus: MqttBus, city: City, scene: str) -> CaseRouted | None:
    """Say once more that a bin is full; the routing of a case of that scene, once there is one."""
    summary = site.summary()
    if summary is None:
        return None
    bin = next(device.id for device in city.devices if device.kind == "bin")
    pack = encode_senml(f"urn:dev:{city.meta.id}:{bin}:", int(str(summary["city_ms"])), [("fill", "/", 0.97)])
    bus.publish(f"{NS}/dev/{bin}/senml", pack, qos=1)
    served(bus)
    time.sleep(0.1)
    opened = open_archive(site.data)
    facts = [entry.fact for entry in opened.archive.entries(0)]
    opened.close()
    cases = {fact.case for fact in facts if isinstance(fact, CaseOpened) and fact.scene == scene}
    return next((fact for fact in facts if isinstance(fact, CaseRouted) and fact.case in cases), None)


def _hear(eyes: Eyes, start: str) -> Alert | None:
    heard = [view for view in eyes.look() if isinstance(view, Snapshot | Alert)]
    alerts = [alert for view in heard for alert in (view.alerts if isinstance(view, Snapshot) else (view,))]
    return next((alert for alert in alerts if alert.text.msgid.startswith(start)), None)


@pytest.mark.timeout(180)
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the server's process in /proc")
def test_files_alone_change_a_running_server(running: Site, config: Path, grid_city: City) -> None:
    bus = running.bus("the-field")
    bus.publish(f"{NS}/field/state", b"online", qos=1, retain=True)
    first = until(lambda: _routed(running, bus, grid_city, "overflowing_bin"), 60, "a case before")
    assert first.department == "sanitation"
    eyes = running.eyes()

    good = (config / "routing.toml").read_text(encoding="utf-8")
    (config / "routing.toml").write_text(good.replace('department = "water"', 'department = "nobody"'), "utf-8")
    faulty = _reload(running)
    assert faulty.returncode == 1
    assert "routing.toml: rules[" in faulty.stderr
    assert "no department 'nobody'" in faulty.stderr
    assert until(lambda: _hear(eyes, "The configuration was not reloaded"), 20, "an alert").severity > 0

    (config / "routing.toml").write_text(good, encoding="utf-8")
    brim(config)
    taken = _reload(running)
    assert taken.returncode == 0, taken.stderr
    assert "scenes/brimming_bin.toml" in taken.stdout
    assert "bin_van_1" in taken.stdout
    until(lambda: _hear(eyes, "The configuration was reloaded"), 20, "an alert")
    second = until(lambda: _routed(running, bus, grid_city, "brimming_bin"), 60, "a case after")
    assert (second.department, second.rule) == ("bin_service", "R-001")

    assert running.server is not None
    children = Path(f"/proc/{running.server.pid}/task/{running.server.pid}/children").read_text().split()
    for pid in [*map(int, children), running.server.pid]:
        os.kill(pid, signal.SIGKILL)
    running.server.stop()
    running.start_server()
    bus.publish(f"{NS}/field/state", b"online", qos=1, retain=True)
    assert "nothing has changed" in _reload(running).stderr
    running.server.stop()

    opened = open_archive(running.data)
    facts = [entry.fact for entry in opened.archive.entries(0)]
    opened.close()
    assert len([fact for fact in facts if isinstance(fact, ConfigReloaded)]) == 1
    folder = running.data.parent / "replay"
    folder.mkdir()
    assert replay(running.data, folder, Console(quiet=True)).difference is None


@pytest.mark.timeout(60)
def test_nobody_reloads_without_the_key(running: Site, config: Path) -> None:
    endpoints = running.data / "endpoints.json"
    assert endpoints.stat().st_mode & 0o077 == 0
    text = endpoints.read_text()
    endpoints.write_text(text.replace('"control":"', '"control":"x'))
    brim(config)
    refused = _reload(running)
    assert refused.returncode == 1
    assert "nobody's" in refused.stderr
