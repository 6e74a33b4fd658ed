"""A configuration changed while the server runs: all of it or nothing, in one turn, and the run replays."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from brimming import RULE, brim
from rich.console import Console

from services.app.composition import Ports, Serving, build, open_twin, read_world
from services.app.installation import config_directory
from services.app.recorded import past_configurations
from services.app.reload import NotReloadedError, Reloading
from services.app.replay import replay
from services.app.settings import Settings, settings_for
from services.engine.desk import Turn, Viewed
from services.engine.house import HouseDesk
from services.engine.memory import MemoryJournal, NoOutbox, NoRecorder
from services.engine.recover import unproved
from services.facts.base import Actor, Event
from services.facts.engine import ConfigReloaded
from services.facts.evidence import SignalRaised
from services.facts.governance import CaseOpened, CaseRouted, RouteCase
from services.facts.registry import all_facts
from services.governance.cases import CaseDesk
from twin.city.model import City
from twin.core.bus import Message
from twin.core.errors import ConfigError
from twin.formats.senml import encode_senml


@pytest.fixture
def settings(tmp_path: Path, grid_city: City) -> Settings:
    config = tmp_path / "config"
    shutil.copytree(config_directory(), config)
    given = settings_for(
        tmp_path / "data", city=grid_city.directory, simulation="rules", at="10:00", pace=1.0, config=config
    )
    return msgspec.structs.replace(given, residents=20)


class Town:
    """A server's twin without its sockets, and a bin that can be filled."""

    def __init__(self, settings: Settings, city: City) -> None:
        self.settings, self.city = settings, city
        self.now = settings.start_ms
        self.serving: Serving = open_twin(settings)
        self.events: list[Event] = list(self.serving.begin(self.now))

    @property
    def cases(self) -> CaseDesk:
        return next(desk for desk in self.serving.twin.desks if isinstance(desk, CaseDesk))

    def reload(self) -> list[Event]:
        taken = Reloading(self.serving.twin, self.settings, self.serving.stores).take()
        return list(taken.done.events)

    def bin(self, fill: float, seconds: int) -> list[Event]:
        bin = next(device.id for device in self.city.devices if device.kind == "bin")
        events: list[Event] = []
        engine = self.serving.twin.engine
        for _ in range(0, seconds, 10):
            self.now += 10_000
            pack = encode_senml(f"urn:dev:{self.city.meta.id}:{bin}:", self.now, [("fill", "/", fill)])
            events += engine.take([Message(f"sim/rules/dev/{bin}/senml", pack)], self.now).events
            events += engine.tick(self.now).events
        self.events += events
        return events

    def again(self) -> None:
        """Ended without a word, and started again."""
        self.serving.close()
        self.serving = open_twin(self.settings)
        self.now += 1000
        self.events = list(self.serving.begin(self.now))


@pytest.fixture
def city(settings: Settings, grid_city: City) -> Iterator[Town]:
    made = Town(settings, grid_city)
    yield made
    made.serving.close()


def replayed(settings: Settings, folder: Path) -> object:
    folder.mkdir()
    return replay(settings.data, folder, Console(quiet=True)).difference


def test_department_scene_and_rule_by_files_alone(city: Town, settings: Settings, tmp_path: Path) -> None:
    assert city.bin(0.97, 100)
    assert [case.scene for case in city.cases.open()] == ["overflowing_bin"]
    brim(settings.config_dir)
    said = city.reload()
    assert [type(event) for event in said] == [ConfigReloaded]
    assert "bin_van_1" in city.serving.twin.world.units
    assert [case.scene for case in city.cases.open()] == ["overflowing_bin"]  # goes by the version it was filed under
    assert city.cases.scenes.of(next(iter(city.cases.open()))).closing.hold_s == 30.0
    events = city.bin(0.97, 100)
    assert [event.scene for event in events if isinstance(event, CaseOpened)] == ["brimming_bin"]
    routed = [event for event in events if isinstance(event, CaseRouted)]
    assert [(event.department, event.rule) for event in routed] == [("bin_service", "R-001")]
    assert city.serving.twin.house.failures == ()

    twin, stores = city.serving.twin, city.serving.stores
    headers = stores.archive.segments()
    assert [header.config for header in headers][-1] == said[0].hash != headers[0].config  # type: ignore[attr-defined]
    past = past_configurations(stores.objects, stores.recorder.identity, tmp_path / "past")
    ports = Ports(MemoryJournal(), NoRecorder(), NoOutbox(), stores.vault)
    fresh = build(twin.world, msgspec.structs.replace(settings, past=past), ports)
    assert unproved(twin.engine, fresh.senses, fresh.desks, stores.archive, all_facts()) == ()
    city.again()
    assert not any(isinstance(event, ConfigReloaded) for event in city.events)
    city.bin(0.97, 30)
    assert replayed(settings, tmp_path / "replay") is None


def adding(name: str, words: str) -> Callable[[Path], object]:
    def add(config: Path) -> None:
        path = config / name
        path.write_text(words + "\n" + path.read_text(encoding="utf-8"), encoding="utf-8")

    return add


BROKEN: dict[str, Callable[[Path], object]] = {
    "scenes/fire.toml": lambda config: (config / "scenes" / "fire.toml").write_text("code = 7"),
    "routing.toml: rules[0].department": lambda config: (config / "routing.toml").write_text(
        RULE.replace('"bin_service"', '"nobody"')
    ),
    "departments.toml": lambda config: (config / "departments.toml").write_text("[x"),
    "people.toml": lambda config: (config / "people.toml").write_text(""),
    "device_kinds.toml": lambda config: (config / "device_kinds.toml").write_text("[x"),
    "calendar.toml: hours[0]": lambda config: (config / "calendar.toml").write_text("hours = [[12:00:00, 08:00:00]]"),
    "dispatch.toml: nonsense": adding("dispatch.toml", "nonsense = 1"),
    "colleagues.toml: nonsense": adding("colleagues.toml", "nonsense = 1"),
    "measures.toml: nonsense": adding("measures.toml", "nonsense = 1"),
    "collaboration.toml: nonsense": adding("collaboration.toml", "nonsense = 1"),
    "population.toml: nonsense": adding("population.toml", "nonsense = 1"),
    "school_terms.toml: nonsense": adding("school_terms.toml", "nonsense = 1"),
    "services/newborn.toml": lambda config: (config / "services" / "newborn.toml").write_text("[x"),
}
"""What is broken, and what must be named: the file, then a key, be it in the place or in the reason."""


@pytest.mark.parametrize("where", sorted(BROKEN))
def test_a_faulty_file_changes_nothing_and_is_named(city: Town, settings: Settings, tmp_path: Path, where: str) -> None:
    brim(settings.config_dir)
    BROKEN[where](settings.config_dir)
    before = city.serving.twin.engine.digests()
    world = city.serving.twin.world
    with pytest.raises(ConfigError) as said:
        city.reload()
    assert where.partition(":")[0] in said.value.where
    assert "civitwin-reload" not in said.value.where
    assert where.partition(": ")[2] in str(said.value)
    assert said.value.reason
    assert city.serving.twin.world is world
    assert city.serving.twin.engine.digests() == before
    assert len(city.serving.stores.archive.segments()) == 1
    city.bin(0.97, 100)
    assert [case.scene for case in city.cases.open()] == ["overflowing_bin"]
    assert replayed(settings, tmp_path / "replay") is None


def test_what_belief_remembers_of_an_unchanged_condition_survives(city: Town, settings: Settings) -> None:
    assert not [event for event in city.bin(0.97, 50) if isinstance(event, SignalRaised)]
    rules = settings.config_dir / "routing.toml"
    rules.write_text(rules.read_text(encoding="utf-8") + "\n# a word\n", encoding="utf-8")
    city.reload()
    raised = [event for event in city.bin(0.97, 20) if isinstance(event, SignalRaised)]
    assert len(raised) == 1  # 60 s of dwell in all, the 50 s before counted


def test_killed_right_after_the_turn_of_a_reload(
    city: Town, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    city.bin(0.97, 100)
    brim(settings.config_dir)

    def killed(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(city.serving.stores.recorder, "becomes", killed)
    with pytest.raises(SystemExit):
        city.reload()
    city.again()
    assert "bin_van_1" in city.serving.twin.world.units
    city.bin(0.97, 100)
    assert city.serving.twin.house.failures == ()
    assert replayed(settings, tmp_path / "replay") is None


def test_a_desk_that_fails_in_the_turn_leaves_the_configuration_before(
    city: Town, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brim(settings.config_dir)

    def broken(self: HouseDesk, event: Event, turn: Turn) -> None:
        if isinstance(event, ConfigReloaded):
            raise ValueError
        kept(self, event, turn)

    kept = HouseDesk.apply
    with monkeypatch.context() as patch:
        patch.setattr(HouseDesk, "apply", broken)
        with pytest.raises(NotReloadedError, match="the configuration before stays"):
            city.reload()
        assert replayed(settings, tmp_path / "replay") is None
    assert "bin_van_1" not in city.serving.twin.world.units
    city.bin(0.97, 100)
    assert [case.scene for case in city.cases.open()] == ["overflowing_bin"]


def test_what_cannot_change_now_waits_and_what_has_not_changed_is_said(city: Town, settings: Settings) -> None:
    with pytest.raises(NotReloadedError, match="nothing has changed"):
        city.reload()
    kinds = settings.config_dir / "device_kinds.toml"
    kinds.write_text(kinds.read_text(encoding="utf-8") + "\n# a word\n", encoding="utf-8")
    with pytest.raises(NotReloadedError, match=r"device_kinds\.toml will be read at the next start"):
        city.reload()
    brim(settings.config_dir)
    taken = Reloading(city.serving.twin, settings, city.serving.stores).take().reloaded
    assert taken.wait == ("device_kinds.toml",)
    assert taken.units == ("bin_van_1",)
    named = {path: what for path, what in taken.files.items() if what != "changed" or not path.startswith("scenes/")}
    assert named == {
        "departments.toml": "changed",
        "people.toml": "changed",
        "routing.toml": "changed",
        "scenes/brimming_bin.toml": "added",
        "scenes/overflowing_bin.toml": "removed",
    }
    city.again()
    assert [event for event in city.events if isinstance(event, ConfigReloaded)]  # the kinds, at the start


def test_a_configuration_lost_from_the_store_is_refused(city: Town, settings: Settings) -> None:
    brim(settings.config_dir)
    stores = city.serving.stores
    (settings.data / "objects" / stores.recorder.identity.config).unlink()
    with pytest.raises(Exception, match="the object is missing"):
        city.reload()
    assert read_world(settings)
    assert len(stores.archive.segments()) == 1
    city.serving.close()
    city.serving = open_twin(settings)  # a start does without it
    assert city.serving.begin(city.now)


def test_a_start_with_a_faulty_file_goes_on_with_what_was_in_force(
    city: Town, settings: Settings, tmp_path: Path
) -> None:
    city.bin(0.97, 100)
    rules = settings.config_dir / "routing.toml"
    good = rules.read_text(encoding="utf-8")
    rules.write_text("[x", encoding="utf-8")
    city.again()
    assert str(rules) in city.serving.fault
    assert not any(isinstance(event, ConfigReloaded) for event in city.events)
    assert [case.scene for case in city.cases.open()] == ["overflowing_bin"]
    with pytest.raises(ConfigError, match=r"routing\.toml"):
        city.reload()
    rules.write_text(good, encoding="utf-8")
    brim(settings.config_dir)
    assert city.reload()
    city.bin(0.97, 100)
    assert replayed(settings, tmp_path / "replay") is None


def test_a_new_city_is_not_begun_with_a_faulty_file(settings: Settings) -> None:
    (settings.config_dir / "routing.toml").write_text("[x", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"routing\.toml"):
        open_twin(settings)


def test_twenty_reloads_in_a_row_and_the_run_replays(city: Town, settings: Settings, tmp_path: Path) -> None:
    rules = settings.config_dir / "routing.toml"
    good = rules.read_text(encoding="utf-8")
    city.bin(0.97, 30)
    for number in range(20):
        rules.write_text(f"{good}\n# word {number % 3}\n", encoding="utf-8")
        said = city.reload()
        assert [type(event) for event in said] == [ConfigReloaded]
    events = city.bin(0.97, 40)
    assert [event.scene for event in events if isinstance(event, CaseOpened)] == ["overflowing_bin"]
    city.again()
    assert [case.scene for case in city.cases.open()] == ["overflowing_bin"]
    assert replayed(settings, tmp_path / "replay") is None


def test_a_department_and_its_units_retired_in_the_middle_of_a_case(
    city: Town, settings: Settings, tmp_path: Path
) -> None:
    """The case stays, with people; the unit under order is no more; the department can come back."""
    before = {name: (settings.config_dir / name).read_text("utf-8") for name in ("departments.toml", "people.toml")}
    files = [*settings.config_dir.glob("scenes/*.toml"), settings.config_dir / "routing.toml"]
    kept = {path: path.read_text("utf-8") for path in files}
    brim(settings.config_dir)
    city.reload()
    city.bin(0.97, 100)
    case = next(iter(city.cases.open()))
    assert case.department == "bin_service" and case.assignment is not None and case.assignment.unit == "bin_van_1"
    for path in settings.config_dir.glob("scenes/*.toml"):
        path.unlink()
    for path, words in kept.items():
        path.write_text(words, "utf-8")
    for name, words in before.items():
        (settings.config_dir / name).write_text(words, "utf-8")
    city.reload()
    assert "bin_van_1" not in city.serving.twin.world.units
    assert [one.id for one in city.cases.open()] == [case.id]
    for _ in range(40):
        city.bin(0.97, 60)
    shown = [card for desk in city.serving.twin.desks if isinstance(desk, Viewed) for card in desk.cards()]
    assert case.id in {card.id for card in shown}
    assert city.serving.twin.house.failures == ()
    chief = Actor("person", "p-001", "duty_chief")
    engine = city.serving.twin.engine
    sent = engine.command(RouteCase(id="r1", actor=chief, case=case.id, department="sanitation", why_routed="no more"))
    assert sent.accepted or sent.reason is not None
    brim(settings.config_dir)
    city.reload()
    city.bin(0.97, 60)
    city.again()
    assert city.serving.twin.house.failures == ()
    assert replayed(settings, tmp_path / "replay") is None
