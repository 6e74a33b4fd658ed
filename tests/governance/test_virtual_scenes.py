"""Virtual places are governed as everything else is: signals, incident, case, route, closing test."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from governance_bench import Bench

from services.engine.step import Steps
from services.facts.evidence import SignalCleared, SignalRaised
from services.facts.governance import CaseClosed, CaseFiled, CaseOpened, CaseRouted
from services.facts.registry import all_facts
from services.governance.case import CaseState
from services.governance.desks import Governance
from services.governance.virtual_watch import BothWays, VirtualWatchDesk
from twin.city.model import City, Place
from twin.core.text import Name


@dataclass(frozen=True)
class Somewhere:
    id: str
    name: Name
    host: Place | None


@dataclass
class Places:
    """Stand as the test says."""

    places: dict[str, Somewhere]
    values: dict[tuple[str, str], float] = field(default_factory=dict)
    provenance: int = 1

    def measured(self, place: str, quantity: str) -> float:
        return self.values.get((place, quantity), 0.0)


@pytest.fixture
def virtual(grid_city: City) -> Places:
    hall = grid_city.of_kind("service_hall")[0]
    return Places({"virtual_plaza": Somewhere("virtual_plaza", Name("Virtual Plaza", "虚拟广场"), hall)})


@pytest.fixture
def city(grid_city: City, governance: Governance, virtual: Places) -> Bench:
    bench = Bench(grid_city, governance)
    bench.desks = governance.desks(bench.senses, virtual=virtual)
    bench.steps = Steps(bench.desks, all_facts(), lambda failed: False, 2000)
    bench.tick(0.0)
    bench.events.clear()
    return bench


def wait(bench: Bench, seconds: float, step: float = 5.0) -> None:
    for _ in range(round(seconds / step)):
        bench.tick(step)


@pytest.mark.parametrize(
    ("quantity", "value", "after_s", "scene"),
    [
        ("crowding", 1.2, 60, "virtual_crowding"),
        ("conduct", 3.0, 0, "virtual_conduct"),
        ("conduct", 1.0, 20, "virtual_conduct"),
        ("down", 1.0, 15, "virtual_outage"),
    ],
)
def test_each_scene_opens_a_case_at_the_place_that_runs_it_and_routes_it(
    city: Bench, virtual: Places, quantity: str, value: float, after_s: float, scene: str
) -> None:
    virtual.values["virtual_plaza", quantity] = value
    city.tick(1.0)
    if after_s:
        wait(city, after_s - 5)
        assert not city.of(city.events, (CaseOpened,))
    wait(city, 15)
    opened = city.last(CaseOpened)
    host = virtual.places["virtual_plaza"].host
    assert host is not None
    assert (opened.scene, opened.place, opened.source) == (scene, "virtual_plaza", "virtual")
    assert (opened.x_m, opened.y_m) == host.xy
    assert city.last(SignalRaised).evidence.value == value
    assert city.last(CaseFiled).actor.holder
    routed = city.last(CaseRouted)
    assert routed.department == "civil_affairs" and routed.tried and routed.reason


def test_a_moment_of_crowding_is_no_case_and_what_lasts_is_one_only(city: Bench, virtual: Places) -> None:
    virtual.values["virtual_plaza", "crowding"] = 1.2
    wait(city, 40)
    virtual.values["virtual_plaza", "crowding"] = 0.5
    wait(city, 120)
    assert not city.of(city.events, (SignalRaised,))
    virtual.values["virtual_plaza", "crowding"] = 1.1
    wait(city, 600)
    assert len(city.of(city.events, (CaseOpened,))) == 1


def test_it_closes_verified_only_when_the_place_itself_has_been_calm(city: Bench, virtual: Places) -> None:
    virtual.values["virtual_plaza", "crowding"] = 1.3
    wait(city, 90)
    virtual.values["virtual_plaza", "crowding"] = 0.95  # between the thresholds: neither full nor calm
    wait(city, 1500)
    assert not city.of(city.events, (CaseClosed, SignalCleared))
    virtual.values["virtual_plaza", "crowding"] = 0.4
    wait(city, 590)
    assert not city.of(city.events, (CaseClosed,))
    wait(city, 200)
    closed = city.last(CaseClosed)
    assert closed.outcome == "verified" and all(proof.state == "calm" for proof in closed.readings)
    assert city.case().state is CaseState.CLOSED


def test_the_watch_survives_a_restart_and_answers_for_its_own_conditions_alone(
    city: Bench, governance: Governance, virtual: Places
) -> None:
    virtual.values["virtual_plaza", "down"] = 1.0
    city.tick(1.0)
    watch = next(desk for desk in city.desks if isinstance(desk, VirtualWatchDesk))
    kept = watch.snapshot()
    again = VirtualWatchDesk(governance.scenes, virtual)
    again.restore(kept)
    assert again.snapshot() == kept
    assert list(again.crossings(city.now_ms + 15_000)) == list(watch.crossings(city.now_ms + 15_000)) != []
    both = BothWays(city.senses, again)
    assert both.calm("virtual_outage/down", "place:virtual_plaza", 60, city.now_ms).state == "not_calm"
    assert both.calm("virtual_outage/down", "place:nowhere", 60, city.now_ms).state == "undecided"
    city.senses.verdicts["fire/heat"] = "calm"
    assert both.calm("fire/heat", "d06", 60, city.now_ms).state == "calm"
