"""Evidence follows the roads; duplicates merge; what was fused wrongly is split by hand; false alarms are counted."""

from __future__ import annotations

import msgspec
import pytest
from governance_bench import CHIEF, START_MS, Bench, crossing

from services.engine.desk import Turn
from services.facts.base import CommandRefused
from services.facts.casework import CaseReopened, FalseAlarmNoted, MergeCase, SplitCase
from services.facts.evidence import Evidence, IncidentGrew, IncidentMerged, IncidentOpened, IncidentSplit
from services.facts.governance import CaseClosed, CaseMerged, CaseNotAccepted, CaseOpened
from services.governance.desks import Governance
from services.governance.incidents import IncidentDesk
from services.governance.incidents_near import Nearness
from services.governance.scene_precision import PrecisionDesk
from twin.city.locate import Locator
from twin.city.model import City


@pytest.fixture(scope="module")
def nearness(grid_city: City) -> Nearness:
    return Nearness(grid_city, Locator(grid_city))


def test_along_a_road_the_way_is_the_distance(nearness: Nearness) -> None:
    assert nearness.way_m((100.0, 400.0), (180.0, 400.0), 500.0) == pytest.approx(80.0, abs=8.0)
    assert nearness.way_m((180.0, 400.0), (100.0, 400.0), 500.0) == pytest.approx(80.0, abs=8.0)
    assert nearness.near((100.0, 400.0), (180.0, 400.0), 100.0, True)
    assert nearness.near((100.0, 400.0), (110.0, 400.0), 10.0, True), "what is beside is near"


def test_the_two_sides_of_a_block_are_not_near_along_the_roads(nearness: Nearness, grid_city: City) -> None:
    """Two parallel streets of the grid: as the crow flies one block, along the roads two or more."""
    xs = sorted({round(float(x)) for x, _ in grid_city.roads.node_xy})
    ys = sorted({round(float(y)) for _, y in grid_city.roads.node_xy})
    middle = (xs[0] + xs[1]) / 2
    a, b = (middle, float(ys[1])), (middle, float(ys[2]))
    straight = ys[2] - ys[1]
    assert nearness.near(a, b, straight + 10.0, along_roads=False)
    assert not nearness.near(a, b, straight + 10.0, along_roads=True)
    assert nearness.way_m(a, b, 10.0 * straight) > 1.5 * straight


def test_distance_along_the_roads_is_the_same_both_ways_and_never_shorter(nearness: Nearness) -> None:
    spots = [(x, y) for x in (60.0, 210.0, 390.0, 610.0) for y in (110.0, 290.0, 402.0)]
    for a in spots:
        for b in spots:
            there, back = nearness.way_m(a, b, 5000.0), nearness.way_m(b, a, 5000.0)
            assert there == pytest.approx(back, abs=0.5)


def test_a_limit_bounds_the_search(nearness: Nearness) -> None:
    assert nearness.way_m((60.0, 402.0), (700.0, 402.0), 50.0) == float("inf")


def opened(bench: Bench) -> list[IncidentOpened]:
    return [event for event in bench.events if isinstance(event, IncidentOpened)]


def test_an_obstacle_across_the_block_is_another_tree(bench: Bench, grid_city: City) -> None:
    xs = sorted({round(float(x)) for x, _ in grid_city.roads.node_xy})
    ys = sorted({round(float(y)) for _, y in grid_city.roads.node_xy})
    assert bench.governance.scenes["fallen_tree"].evidence.distance == "road"
    assert bench.governance.scenes["overflowing_bin"].evidence.distance == "straight"
    middle, gap = (xs[0] + xs[1]) / 2, ys[2] - ys[1]
    radius_m = bench.governance.scenes["fallen_tree"].evidence.radius_m
    assert gap > radius_m, "the grid is wide; nearness itself is tested above"
    bench.notice(crossing("fallen_tree/obstacle", "1/1", middle, float(ys[1])))
    bench.notice(crossing("fallen_tree/obstacle", "2/1", middle + 30, float(ys[1])))
    assert len(opened(bench)) == 1


def test_one_believable_signal_between_two_weak_ones_joins_them(bench: Bench) -> None:
    bench.notice(crossing("exposed_rubbish/report", "person:a/1", 300.0, 402.0, value=None))
    bench.notice(crossing("exposed_rubbish/report", "person:b/1", 380.0, 402.0, value=None))
    assert [event.doubtful for event in opened(bench)] == [True, True]
    events = bench.notice(crossing("exposed_rubbish/patrol", "finding:f-1", 340.0, 402.0, value=None))
    assert bench.last(IncidentGrew).incident == "I-0001"
    assert (bench.last(IncidentMerged).merged, bench.last(IncidentMerged).incident) == ("I-0002", "I-0001")
    assert any(isinstance(event, CaseMerged) for event in events)
    incident = bench.desk(IncidentDesk).open["I-0001"]
    assert len(incident.signals) == 3 and not incident.doubtful


def flooded(bench: Bench) -> IncidentDesk:
    bench.notice(crossing("overflowing_bin/fill", "d11", 300.0, 402.0, value=0.95))
    bench.notice(crossing("overflowing_bin/report", "person:a/1", 330.0, 402.0, value=None))
    desk: IncidentDesk = bench.desk(IncidentDesk)
    assert desk.open["I-0001"].signals == ("S-1", "S-2")
    return desk


def split(*signals: str, why: str = "another bin") -> SplitCase:
    return SplitCase(id="c-split", actor=CHIEF, case="C-0001", signals=signals, why_split=why)


def test_signals_are_split_off_by_hand_and_stay_apart(bench: Bench) -> None:
    desk = flooded(bench)
    bench.command(split("S-2"))
    parted, new = bench.last(IncidentSplit), bench.last(IncidentOpened)
    assert (parted.incident, parted.new, parted.signals) == ("I-0001", "I-0002", ("S-2",))
    assert new.evidence[0].signal == "S-2" and new.actor.id == CHIEF.id and new.reason == "another bin"
    assert bench.last(CaseOpened).case == "C-0002"
    assert desk.open["I-0001"].signals == ("S-1",) and desk.open["I-0002"].signals == ("S-2",)
    bench.notice(crossing("overflowing_bin/fill", "d12", 316.0, 402.0, value=0.95))
    assert len(desk.open) == 2, "what a person parted is not joined again by a rule"
    copy = IncidentDesk.restore
    before = desk.snapshot()
    copy(desk, before)
    assert desk.snapshot() == before


@pytest.mark.parametrize(
    ("signals", "why", "words"),
    [
        ((), "x", "not all evidence"),
        (("S-9",), "x", "not all evidence"),
        (("S-1", "S-2"), "x", "something must be left"),
        (("S-2",), "  ", "give a reason"),
    ],
)
def test_what_cannot_be_split_is_refused_with_a_reason(
    bench: Bench, signals: tuple[str, ...], why: str, words: str
) -> None:
    flooded(bench)
    bench.command(split(*signals, why=why))
    refused = [event for event in bench.events if isinstance(event, CommandRefused)]
    assert any(event.command == "SplitCase" and event.why and words in event.why.msgid for event in refused)
    assert not [event for event in bench.events if isinstance(event, IncidentSplit)]


def test_a_post_that_may_not_sort_is_refused(bench: Bench) -> None:
    flooded(bench)
    handler = msgspec.structs.replace(CHIEF, post="handler")
    bench.command(msgspec.structs.replace(split("S-2"), actor=handler))
    assert not [event for event in bench.events if isinstance(event, IncidentSplit)]


def test_cases_are_merged_by_hand(bench: Bench) -> None:
    desk = flooded(bench)
    bench.command(split("S-2"))
    merge = MergeCase(id="c-merge", actor=CHIEF, case="C-0002", into="C-0001", why_merged="one bin after all")
    bench.command(merge)
    assert bench.last(IncidentMerged).reason == "one bin after all"
    assert set(desk.open) == {"I-0001"} and set(desk.open["I-0001"].signals) == {"S-1", "S-2"}
    again = bench.command(msgspec.structs.replace(merge, id="c-again", case="C-0001", into="C-0001"))
    assert any(isinstance(event, CommandRefused) for event in again)


def evidence(condition: str) -> Evidence:
    return Evidence(
        signal="S-1", condition=condition, subject="d", source="d", value=None, unit="", observed_ms=START_MS,
        noticed_ms=START_MS, provenance=1,
    )  # fmt: skip


def case_opened(id: str, *conditions: str) -> CaseOpened:
    return CaseOpened(
        case=id, incident=f"I{id[1:]}", scene="night_noise", version="v", code="06028", source="sensor", severity=4,
        x_m=0.0, y_m=0.0, longitude=0.0, latitude=0.0, edge=-1, place="", cell=-1, target="",
        evidence=tuple(map(evidence, conditions)), observed_ms=START_MS, provenance=1, doubtful=False,
    )  # fmt: skip


def test_false_alarms_come_back_to_the_scene_and_its_signals() -> None:
    desk, turn = PrecisionDesk(), Turn(1, START_MS, 7)
    assert desk.of("night_noise").precision is None
    for number in range(1, 6):
        condition = "night_noise/loud" if number < 4 else "night_noise/report"
        desk.apply(case_opened(f"C-{number:04d}", condition), turn)
    desk.apply(CaseClosed(case="C-0001", outcome="verified"), turn)
    desk.apply(CaseNotAccepted(case="C-0002", reason="nothing"), turn)
    desk.apply(FalseAlarmNoted(case="C-0003", scene="night_noise"), turn)
    desk.apply(CaseNotAccepted(case="C-0003", reason="nothing"), turn)
    desk.apply(CaseMerged(case="C-0004", into="C-0001"), turn)
    tally = desk.of("night_noise")
    assert (tally.right, tally.wrong, tally.open) == (1, 2, 1), "a duplicate is neither"
    assert desk.of_signal("night_noise/loud").precision == pytest.approx(1 / 3)
    assert desk.of_signal("night_noise/report").open == 1
    desk.apply(CaseReopened(case="C-0001"), turn)
    assert (desk.of("night_noise").right, desk.of("night_noise").open) == (0, 2)
    copy = PrecisionDesk()
    copy.restore(desk.snapshot())
    assert copy.snapshot() == desk.snapshot()


def test_every_scene_says_what_it_costs_and_is_meant_for(governance: Governance) -> None:
    for scene in governance.scenes.values():
        assert scene.cost.en and scene.cost.zh and scene.aim.en and scene.aim.zh, scene.id
        assert scene.handle_limits, scene.id
        assert "checker" in scene.truths or scene.closing.signals, scene.id
