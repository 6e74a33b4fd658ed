"""A server started with another configuration says so, and open cases keep the rules under which they were filed."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
from brimming import retire
from rich.console import Console

from services.app.composition import Serving, open_twin
from services.app.installation import config_directory
from services.app.replay import replay
from services.app.settings import Settings, settings_for
from services.facts.base import Event
from services.facts.engine import ConfigReloaded
from services.facts.governance import CaseOpened
from services.governance.cases import CaseDesk
from services.storage.stores import in_use
from twin.city.model import City
from twin.core.bus import Message
from twin.core.errors import ConfigError
from twin.formats.senml import encode_senml


@pytest.fixture
def settings(tmp_path: Path, grid_city: City) -> Settings:
    config = tmp_path / "config"
    shutil.copytree(config_directory(), config)
    given = settings_for(tmp_path / "data", city=grid_city.directory, simulation="rules", at="10:00", pace=1.0)
    return msgspec.structs.replace(given, config_dir=config, residents=20)


def _full_bin(serving: Serving, city: City, start_ms: int) -> Iterable[Event]:
    """A bin that stays full until a case is opened."""
    bin = next(device.id for device in city.devices if device.kind == "bin")
    for second in range(0, 240, 20):
        now = start_ms + second * 1000
        pack = encode_senml(f"urn:dev:{city.meta.id}:{bin}:", now, [("fill", "/", 0.97)])
        yield from serving.twin.engine.take([Message(f"sim/rules/dev/{bin}/senml", pack)], now).events
        yield from serving.twin.engine.tick(now).events


def _cases(serving: Serving) -> CaseDesk:
    return next(desk for desk in serving.twin.desks if isinstance(desk, CaseDesk))


def _hold_s(serving: Serving) -> float:
    cases = _cases(serving)
    case = next(iter(cases.open()))
    return cases.scenes.of(case).closing.hold_s


def test_an_open_case_keeps_its_rules_and_the_run_replays(settings: Settings, grid_city: City, tmp_path: Path) -> None:
    scene = settings.config_dir / "scenes" / "overflowing_bin.toml"
    first = open_twin(settings)
    assert not any(isinstance(event, ConfigReloaded) for event in first.begin(settings.start_ms))
    opened = [e for e in _full_bin(first, grid_city, settings.start_ms) if isinstance(e, CaseOpened)]
    assert len(opened) == 1
    now = first.twin.engine.city_ms
    first.close()

    text = scene.read_text(encoding="utf-8")
    assert "hold_s = 30" in text
    scene.write_text(text.replace("hold_s = 30", "hold_s = 300"), encoding="utf-8")
    second = open_twin(settings)
    said = [event for event in second.begin(now + 1000) if isinstance(event, ConfigReloaded)]
    assert len(said) == 1
    assert second.twin.engine.tick(now + 2000) is not None
    assert _hold_s(second) == 30.0
    assert _cases(second).scenes["overflowing_bin"].closing.hold_s == 300.0
    second.close()

    retire(settings.config_dir, "burst_main")  # the scene is gone, its case is not
    third = open_twin(settings)
    assert any(isinstance(event, ConfigReloaded) for event in third.begin(now + 3000))
    third.twin.engine.tick(now + 400_000)
    assert _hold_s(third) == 30.0
    assert third.twin.house.failures == ()
    third.close()

    fourth = open_twin(settings)  # the same configuration again
    assert not any(isinstance(event, ConfigReloaded) for event in fourth.begin(now + 401_000))
    assert _hold_s(fourth) == 30.0
    fourth.close()
    (tmp_path / "replay").mkdir()
    assert replay(settings.data, tmp_path / "replay", Console(quiet=True)).difference is None


def test_data_are_in_use_while_a_server_has_them_and_keep_their_seed(settings: Settings) -> None:
    assert not in_use(settings.data)
    serving = open_twin(settings)
    serving.begin(settings.start_ms)
    assert in_use(settings.data)
    serving.close()
    assert not in_use(settings.data)
    with pytest.raises(ConfigError, match=f"began with seed {settings.seed}"):
        open_twin(msgspec.structs.replace(settings, seed=settings.seed + 1))
    assert not in_use(settings.data)
