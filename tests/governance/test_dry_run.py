"""A dry run hears what was said and tells what scenes would have made of it, with place, time and evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
import pytest
from governance_bench import START_MS, world_of

from services.governance.desks import Governance
from services.governance.scene_dry_run import CALM_MS, DryRun, Fired, Heard
from services.governance.scenes import Scene, conditions
from services.governance.school import SchoolDays, Weekdays
from twin.city.model import City
from twin.core.bus import Message
from twin.core.words import Provenance
from twin.formats import topics
from twin.formats.senml import encode_senml
from twin.state.senses import Senses
from twin.state.sources import Source

NS = "sim/test"


def level(city: City, device: str, at_ms: int, metres: float) -> Message:
    base = f"urn:dev:{city.meta.id}:{device}:"
    return Message(topics.device_topic(NS, device), encode_senml(base, at_ms, [("level", "m", metres)]))


def said(city: City, courses: list[float], device: str = "d01") -> Iterator[Heard]:
    """One reading every ten seconds, and a tick after each."""
    for number, metres in enumerate(courses):
        at_ms = START_MS + number * 10_000
        yield Heard(2 * number + 1, at_ms, [level(city, device, at_ms, metres)])
        yield Heard(2 * number + 2, at_ms, None)


def run(city: City, scenes: Mapping[str, Scene], turns: Iterator[Heard]) -> list[Fired]:
    world = world_of(city)
    source = Source(name="field", namespace=NS, provenance=Provenance.SIMULATED)
    senses = Senses(city, world.kinds, conditions(scenes), (source,))
    school = SchoolDays((), Weekdays())
    return list(DryRun(city, world.departments, world.roster, scenes, school, senses).over(turns))


@pytest.fixture
def flood(governance: Governance) -> dict[str, Scene]:
    return {"flooded_underpass": governance.scenes["flooded_underpass"]}


def test_each_flood_of_a_recording_fires_once_and_says_where(grid_city: City, flood: dict[str, Scene]) -> None:
    dry = [0.02] * int(CALM_MS / 10_000 + 6)
    wet = [0.1, 0.18, 0.2, 0.22, 0.2]
    fired = run(grid_city, flood, said(grid_city, [*dry, *wet, *dry, *wet, *dry]))
    assert len(fired) == 2
    first = fired[0]
    assert first.scene == "flooded_underpass" and first.city_ms < fired[1].city_ms
    device = next(device for device in grid_city.devices if device.id == "d01")
    assert (first.x_m, first.y_m) == device.xy
    (entry,) = first.evidence
    assert entry.condition == "flooded_underpass/level" and entry.message.startswith("reading:d01@")
    assert entry.value is not None and entry.value > 0.15


def test_a_changed_threshold_shows_at_once(grid_city: City, flood: dict[str, Scene]) -> None:
    scene = flood["flooded_underpass"]
    entry = scene.signals[0]
    higher = msgspec.structs.replace(entry.condition, threshold=0.5, clear=0.4)
    changed = msgspec.structs.replace(
        scene, signals=(msgspec.structs.replace(entry, condition=higher), *scene.signals[2:])
    )
    course = [0.02, 0.1, 0.2, 0.25, 0.25, 0.25]
    assert len(run(grid_city, flood, said(grid_city, course))) == 1
    assert run(grid_city, {scene.id: changed}, said(grid_city, course)) == []
