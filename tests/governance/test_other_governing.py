"""What a study changes of governance, on the bench: scenes by sight, steps by hand, nearest stations, late lending."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
from governance_bench import DISPATCHER, Bench, crossing, flood

from services.evaluation.job import Arm, Mechanism
from services.evaluation.policy import SILOED, governed, lacks, staffed
from services.evaluation.sights import SIGHTS, origin, parts, sight_of, without
from services.exercise.case_work import Sight as Desk
from services.exercise.claim_work import OfferWork
from services.exercise.settings import Manner, ServiceTime, Settings
from services.facts.governance import CaseOpened, CaseRouted, DispatchFailed, ReturnCase, RouteCase, UnitDispatched
from services.governance.automation import AutomationDesk
from services.governance.desks import Governance
from services.governance.dispatch_policy import DispatchPolicy
from services.governance.routing import RoutingDesk
from services.governance.scenes import Scene
from services.governance.units import UnitDesk
from twin.city.model import City
from twin.state.conditions import CountCondition

VALUES = {"misdispatch_share": 0.25, "return_min": 15.0, "triage_s": 180.0, "letter_min": 30.0}


def siloed(without: Sequence[Mechanism] = ()) -> Arm:
    return Arm(name="siloed", policy="siloed", without=tuple(without))


def ids(scene: Scene) -> set[str]:
    return {one.condition.id for one in scene.signals}


def test_every_part_of_every_scene_speaks_only_of_what_it_sees(governance: Governance) -> None:
    for scene in governance.scenes.values():
        made = [*parts(scene, SIGHTS), *(one for s in SIGHTS if (one := without(scene, {s})) is not None)]
        for part in made:
            named = {*part.evidence.must, *part.evidence.doubtful, *part.closing.signals}
            named |= {term.signal for term in part.severity.terms if term.signal}
            named |= {limit.signal for limit in part.handle_limits if limit.signal}
            assert named <= ids(part), part.id
            assert all(id.startswith(f"{part.id}/") for id in ids(part))
            assert origin(part.id) == scene.id and part.signals
            assert part.evidence.distinct != "signal" or part.evidence.need <= len(part.signals)


def test_a_part_has_one_sight_and_counts_nothing_of_others(governance: Governance) -> None:
    for scene in governance.scenes.values():
        for part in parts(scene, SIGHTS):
            assert {sight_of(one.condition) for one in part.signals} == {part.id.rpartition(".")[2]}
            assert not part.evidence.explained_by


def test_what_only_supports_others_makes_no_scene_of_its_own(governance: Governance) -> None:
    lights = {part.id for part in parts(governance.scenes["traffic_light_failure"], SIGHTS)}
    assert "traffic_light_failure.vehicles" not in lights  # hard braking there proves nothing by itself
    assert {"traffic_light_failure.iot", "traffic_light_failure.residents", "traffic_light_failure.patrol"} == lights
    storms = {part.id for part in parts(governance.scenes["storm"], SIGHTS)}
    assert storms == {"storm.weather"}  # rain at a gauge does not make a storm


def test_blind_to_a_sight_a_scene_stays_itself(governance: Governance) -> None:
    scene = without(governance.scenes["fire"], {"residents"})
    assert scene is not None and scene.id == "fire"
    assert ids(scene) == {"fire/smoke", "fire/heat", "fire/blocked"}
    assert any(isinstance(one.condition, CountCondition) for one in scene.signals)
    assert without(governance.scenes["river_level"], {"iot", "residents", "patrol"}) is None


def test_scene_governance_is_the_configuration_as_it_is_shipped(governance: Governance) -> None:
    assert governed(governance, Arm(name="scene"), VALUES) == governance


def test_the_siloed_city_does_without_all_five(governance: Governance) -> None:
    city = governed(governance, siloed(), VALUES)
    assert lacks(siloed()) == SILOED
    assert not any(scene.priority for scene in city.scenes.values())
    assert [rule.department for rule in city.rules.rules] == ["@lead"]
    assert city.dispatch.method == "nearest_station" and city.dispatch.lend_after_s == 1800.0
    by_hand = {id for id, steps in city.by_hand.items() if "route" in steps}
    assert by_hand and all(id.endswith(".residents") for id in by_hand)
    assert not any(id.endswith(".vehicles") and scene.lead != "police" for id, scene in city.scenes.items())


@pytest.mark.parametrize("mechanism", sorted(SILOED))
def test_each_mechanism_can_be_taken_away_by_itself(governance: Governance, mechanism: Mechanism) -> None:
    city = governed(governance, Arm(name="x", without=(mechanism,)), VALUES)
    changed = {
        "fusion": city.scenes.keys() != governance.scenes.keys(),
        "routing": bool(city.by_hand),
        "assignment": city.dispatch.method == "nearest_station",
        "priority": any(scene.priority for scene in governance.scenes.values())
        and not any(scene.priority for scene in city.scenes.values()),
        "letters": city.dispatch.lend_after_s > 0,
    }
    assert changed == {name: name == mechanism for name in changed}
    if mechanism == "fusion":
        named = {id for rule in city.rules.rules for id in rule.when.scenes}
        assert named and named <= set(city.scenes)


def test_only_triage_letters_and_returns_work_otherwise() -> None:
    tasks = {name: ServiceTime(60.0, 20.0) for name in ("take", "answer", "route", "return")}
    posts = {post: Manner(MappingProxyType(dict(tasks)), 0.02) for post in ("handler", "dispatcher", "acceptor")}
    settings = Settings(600.0, 300.0, MappingProxyType(posts), MappingProxyType({}))
    same, other = staffed(settings, Arm(name="scene"), VALUES), staffed(settings, siloed(), VALUES)
    assert same.posts["acceptor"] == other.posts["acceptor"] == settings.posts["acceptor"]
    assert same.posts["dispatcher"] == settings.posts["dispatcher"]
    assert (other.posts["dispatcher"].slip, other.posts["dispatcher"].tasks["route"].mean_s) == (0.25, 180.0)
    assert (
        other.posts["handler"].tasks["answer"].mean_s == 1800.0 and same.posts["handler"].tasks["answer"].mean_s == 60
    )
    assert same.posts["handler"].tasks["return"] == other.posts["handler"].tasks["return"] == ServiceTime(900.0, 300.0)


def reported(scene: str, x_m: float = 400.0, y_m: float = 300.0) -> Any:
    return crossing(f"{scene}/report", "person:res_0001/1", x_m, y_m, value=None)


def test_reports_and_sensors_of_one_flood_become_two_cases_in_silos(grid_city: City, governance: Governance) -> None:
    together = Bench(grid_city, governance)
    together.notice(flood(), reported("flooded_underpass"))
    assert len(together.of(together.events, (CaseOpened,))) == 1
    apart = Bench(grid_city, governed(governance, siloed(), VALUES))
    sensor = msgspec.structs.replace(flood(), condition="flooded_underpass.iot/level")
    apart.notice(sensor, reported("flooded_underpass.residents"))
    opened = apart.of(apart.events, (CaseOpened,))
    assert [one.scene for one in opened] == ["flooded_underpass.iot", "flooded_underpass.residents"]


def test_what_residents_report_waits_for_a_person_to_say_whose_it_is(grid_city: City, governance: Governance) -> None:
    bench = Bench(grid_city, governed(governance, siloed(), VALUES))
    bench.notice(crossing("road_collision.residents/call", "person:res_0001/1", 400.0, 300.0, value=None))
    bench.notice(crossing("gas_leak.iot/methane", "d-gas", 500.0, 300.0, value=40.0))
    routed = bench.of(bench.events, (CaseRouted,))
    assert "gas_leak.iot" in {bench.case(one.case).scene for one in routed}
    assert not any(bench.case(one.case).scene == "gas_leak.residents" for one in routed)


def lone(governance: Governance, units: Sequence[str], policy: DispatchPolicy) -> Governance:
    world: Any = replace(governance.world, units={id: governance.world.units[id] for id in units})  # type: ignore[type-var]
    return replace(governance, world=world, dispatch=policy)


def test_the_nearest_station_is_sent_wherever_its_unit_is(grid_city: City, governance: Governance) -> None:
    units = [id for id, unit in governance.world.units.items() if "extinguish" in unit.skills]
    policy = DispatchPolicy(method="nearest_station")
    bench = Bench(grid_city, lone(governance, units, policy))
    bench.notice(crossing("fire/smoke", "d-smoke", 600.0, 790.0, value=0.5))
    order = bench.last(UnitDispatched)
    assert order.unit in units
    bench.notice(crossing("fire/smoke", "d-other", 20.0, 410.0, value=0.5))
    sent = bench.of(bench.events, (UnitDispatched,))
    assert len({one.unit for one in sent}) == len(sent)


def test_others_lend_their_units_only_after_a_letter(grid_city: City, governance: Governance) -> None:
    gas = crossing("gas_leak/methane", "d-gas", 500.0, 300.0, value=40.0)
    lead = governance.scenes["gas_leak"].lead
    able = [
        id for id, unit in governance.world.units.items() if "inspect_gas" in unit.skills and unit.department == lead
    ]
    other = next(id for id, unit in governance.world.units.items() if unit.department == "police")
    lent = msgspec.structs.replace(governance.world.units[other], skills=("inspect_gas",))
    world: Any = replace(governance.world, units={other: lent})  # type: ignore[type-var]
    assert able
    for after_s, sent in ((0.0, 1), (1800.0, 0)):
        policy = DispatchPolicy(lend_after_s=after_s)
        bench = Bench(grid_city, replace(governance, world=world, dispatch=policy))
        bench.notice(gas)
        assert len(bench.of(bench.events, (UnitDispatched,))) == sent
    assert bench.last(DispatchFailed).case == "C-0001"
    bench.tick(1801.0)
    assert bench.last(UnitDispatched).unit == other


def test_a_wrong_department_finds_out_and_sends_it_back(grid_city: City, governance: Governance) -> None:
    bench = Bench(grid_city, governed(governance, Arm(name="x", without=("routing", "letters")), VALUES))
    bench.notice(flood())
    sight = Desk(
        bench.cases, bench.desk(UnitDesk), bench.desk(RoutingDesk), bench.desk(AutomationDesk), lambda unit: (0.0, 0.0)
    )  # fmt: skip
    work = OfferWork(sight)
    bench.command(RouteCase(id="c1", actor=DISPATCHER, case="C-0001", department="landscape"))
    assert bench.case().department == "landscape"
    item = next(item for item in work.waiting(bench.now_ms) if item.seat.department == "landscape")
    assert item.task == "return"
    right = Bench(grid_city, governance)
    right.notice(flood())
    sight = Desk(
        right.cases, right.desk(UnitDesk), right.desk(RoutingDesk), right.desk(AutomationDesk), lambda unit: (0.0, 0.0)
    )  # fmt: skip
    assert [one.task for one in OfferWork(sight).waiting(right.now_ms) if one.seat.post == "handler"] in (["take"], [])
    assert ReturnCase.posts
