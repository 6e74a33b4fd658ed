"""Units for all open tasks at once: skill, priority, cover, shifts, capacity, and what is called off for worse."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from governance_bench import CONFIG, Bench, crossing, flood
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from services.facts.governance import DispatchFailed, UnitDispatched, UnitLost
from services.facts.units import UnitAvailable, UnitReleased
from services.governance.case import CaseState
from services.governance.desks import Governance
from services.governance.dispatch_policy import Cover, DispatchPolicy, Keep, Recall, load_dispatch
from services.governance.matching import Matched, match, worth
from services.governance.units import UnitDesk
from twin.city.model import City
from twin.core.errors import ConfigError
from twin.core.text import Text

WEIGHTS = np.array([8.0, 4.0, 2.0, 1.0])


def solved(severity: Any, able: Any, seconds: Any, mask: Any = None, keep: int = 0) -> Matched:
    able = np.array(able, np.bool_)
    severity = np.array(severity, np.int64)
    held = np.array([mask] * keep, np.bool_).reshape(keep, able.shape[1])
    weight = WEIGHTS[severity - 1]
    value = worth(severity, np.zeros(len(severity)), weight)
    return match(np.array(seconds, np.float64), able, value, weight, held)


@st.composite
def problems(draw: st.DrawFn) -> tuple[Any, Any, Any, Any, int]:
    tasks, units = draw(st.integers(1, 12)), draw(st.integers(1, 10))
    severity = draw(st.lists(st.integers(1, 4), min_size=tasks, max_size=tasks))
    rows = st.lists(st.booleans(), min_size=units, max_size=units)
    able = draw(st.lists(rows, min_size=tasks, max_size=tasks))
    times = st.lists(st.floats(0, 3600), min_size=units, max_size=units)
    seconds = draw(st.lists(times, min_size=tasks, max_size=tasks))
    return severity, able, seconds, draw(rows), draw(st.integers(0, 3))


@given(problems())
def test_nobody_is_sent_twice_or_without_the_skill_and_nobody_idles_in_vain(problem: Any) -> None:
    severity, able, seconds, _, _ = problem
    unit = solved(severity, able, seconds).unit
    used = [int(column) for column in unit if column >= 0]
    assert len(used) == len(set(used))
    assert all(able[row][column] for row, column in enumerate(unit.tolist()) if column >= 0)
    most = (maximum_bipartite_matching(csr_array(np.array(able, np.int8))) >= 0).sum()
    assert len(used) == most


@given(problems())
def test_a_graver_task_never_waits_for_a_lesser_one(problem: Any) -> None:
    severity, able, seconds, mask, keep = problem
    unit = solved(severity, able, seconds, mask, keep).unit.tolist()
    for row, column in enumerate(unit):
        for other, theirs in enumerate(unit):
            if column < 0 <= theirs and severity[row] < severity[other]:
                assert not able[row][theirs]


@given(problems())
def test_cover_is_held_from_lesser_tasks_and_given_up_for_graver_ones(problem: Any) -> None:
    severity, able, seconds, mask, keep = problem
    held = solved(severity, able, seconds, mask, keep)
    used = {column for column in held.unit.tolist() if column >= 0}
    spare = sum(mine and column not in used for column, mine in enumerate(mask))
    if any(mask[c] and severity[row] > 2 for row, c in enumerate(held.unit.tolist()) if c >= 0):
        assert spare >= keep
    free = solved(severity, able, seconds)
    grave = [row for row, level in enumerate(severity) if level <= 2]
    assert sum(held.unit[row] >= 0 for row in grave) == sum(free.unit[row] >= 0 for row in grave)


@given(problems())
def test_the_same_question_has_the_same_answer(problem: Any) -> None:
    severity, able, seconds, mask, keep = problem
    first, second = (solved(severity, able, seconds, mask, keep) for _ in range(2))
    assert first.unit.tolist() == second.unit.tolist()
    same = np.zeros_like(np.array(seconds))
    ties = solved([severity[0]], [able[0]], [same[0]]).unit[0]
    assert ties == next((column for column, fits in enumerate(able[0]) if fits), -1)


def only(governance: Governance, units: Collection[str], policy: DispatchPolicy | None = None) -> Governance:
    """A city with these units alone."""
    world: Any = governance.world
    kept = {id: unit for id, unit in world.units.items() if id in units}
    assert len(kept) == len(units)
    return replace(governance, world=replace(world, units=kept), dispatch=policy or DispatchPolicy())


def fire(x_m: float, y_m: float, *, grave: bool) -> Any:
    return crossing("fire/smoke", f"at-{x_m:g}-{y_m:g}", x_m, y_m, value=0.7 if grave else 0.3)


def test_the_whole_is_better_than_the_nearest_first(grid_city: City, governance: Governance) -> None:
    bench = Bench(grid_city, only(governance, ["fire_engine_1", "fire_engine_2"]))
    bench.notice(fire(600, 790, grave=False), fire(20, 410, grave=False))
    sent = bench.of(bench.events, (UnitDispatched,))
    assert {one.case for one in sent} == {"C-0001", "C-0002"} and len({one.unit for one in sent}) == 2
    for one in sent:
        assert [c.unit for c in one.candidates if c.chosen] == [one.unit]


def test_a_unit_under_way_is_called_off_for_what_is_worse(grid_city: City, governance: Governance) -> None:
    bench = Bench(grid_city, only(governance, ["fire_engine_1"]))
    bench.notice(fire(600, 790, grave=False))
    order = bench.last(UnitDispatched)
    bench.report("acknowledged")
    bench.report("driving")
    sent = len(bench.sent)
    bench.notice(fire(20, 410, grave=True))
    lost, again = bench.last(UnitLost), bench.last(UnitDispatched)
    assert (lost.case, lost.how, lost.order) == ("C-0001", "recalled", order.order)
    assert lost.why is not None and lost.why.msgid.startswith("called off for {case}")
    assert (again.case, again.unit) == ("C-0002", order.unit)
    assert again.candidates[0].why == Text("called off from {case}, which is less grave", {"case": "C-0001"})
    orders = [message.key for message in bench.sent[sent:] if message.topic == "units/fire_engine_1/order"]
    assert orders == [f"{order.order}/return", again.order]
    assert len(bench.of(bench.events, (UnitReleased,))) == 1
    assert bench.case("C-0001").state is CaseState.PENDING_DISPATCH
    failed = bench.last(DispatchFailed)
    assert failed.case == "C-0001" and failed.candidates[0].why.msgid != ""
    bench.report("acknowledged")
    desk: UnitDesk = bench.desk(UnitDesk)
    assert (desk.state("fire_engine_1").case, desk.state("fire_engine_1").status) == ("C-0002", "busy")


@pytest.mark.parametrize("stage", ["arrived", "working"])
def test_a_unit_at_work_is_not_called_off(grid_city: City, governance: Governance, stage: str) -> None:
    bench = Bench(grid_city, only(governance, ["fire_engine_1"]))
    bench.notice(fire(600, 790, grave=False))
    bench.report("acknowledged")
    bench.report(stage)
    bench.notice(fire(20, 410, grave=True))
    assert not bench.of(bench.events, (UnitLost,))
    assert bench.last(DispatchFailed).case == "C-0002"


def test_nor_is_one_for_a_case_as_grave_or_for_too_little(grid_city: City, governance: Governance) -> None:
    bench = Bench(grid_city, only(governance, ["fire_engine_1"]))
    bench.notice(fire(600, 790, grave=True))
    bench.notice(fire(20, 410, grave=True))
    assert not bench.of(bench.events, (UnitLost,))
    policy = DispatchPolicy(recall=Recall(saves_s=100_000.0))
    bench = Bench(grid_city, only(governance, ["fire_engine_1", "fire_engine_2"], policy))
    bench.notice(fire(600, 790, grave=False))
    bench.notice(fire(20, 410, grave=True))
    assert not bench.of(bench.events, (UnitLost,)) and len(bench.of(bench.events, (UnitDispatched,))) == 2


COVERED = DispatchPolicy(cover=Cover(patience_s=300.0, keep=(Keep(skill="extinguish", units=1),)))


def test_cover_is_held_back_and_the_card_says_so(grid_city: City, governance: Governance) -> None:
    bench = Bench(grid_city, only(governance, ["fire_engine_1", "fire_engine_2"], COVERED))
    bench.notice(fire(600, 790, grave=False))
    bench.notice(fire(20, 410, grave=False))
    failed = bench.last(DispatchFailed)
    assert failed.case == "C-0002"
    assert "held back for what is likely to happen next" in [one.why.msgid for one in failed.candidates]
    bench.notice(fire(600, 200, grave=True))
    assert bench.last(UnitDispatched).case == "C-0003"


def test_cover_is_given_up_when_a_lesser_task_has_waited_too_long(grid_city: City, governance: Governance) -> None:
    bench = Bench(grid_city, only(governance, ["fire_engine_1", "fire_engine_2"], COVERED))
    bench.notice(fire(600, 790, grave=False))
    bench.report("acknowledged")
    bench.report("working")
    bench.notice(fire(20, 410, grave=False))
    bench.tick(200)
    assert bench.case("C-0002").state is CaseState.PENDING_DISPATCH
    bench.tick(101)
    assert bench.last(UnitDispatched).case == "C-0002"


def test_the_last_unit_with_a_skill_is_not_held_back(grid_city: City, governance: Governance) -> None:
    bench = Bench(grid_city, only(governance, ["fire_engine_1"], COVERED))
    bench.notice(fire(600, 790, grave=False))
    assert bench.last(UnitDispatched).case == "C-0001"


def test_a_unit_off_duty_stays_and_says_when_it_works(grid_city: City, governance: Governance) -> None:
    policy = DispatchPolicy(shifts={"fire_engine": (12, 20)})
    bench = Bench(grid_city, only(governance, ["fire_engine_1"], policy))
    bench.notice(fire(600, 790, grave=True))
    assert bench.last(DispatchFailed).candidates[0].why == Text("off duty until {hour}:00", {"hour": 12})
    bench.tick(2 * 3600)
    assert bench.last(UnitDispatched).unit == "fire_engine_1"


def test_a_full_unit_goes_home_before_its_next_task(grid_city: City, governance: Governance) -> None:
    bench = Bench(grid_city, only(governance, ["waste_truck_1"], DispatchPolicy(capacity={"waste_truck": 1})))
    bench.notice(crossing("overflowing_bin/fill", "d10", 310.0, 410.0, value=0.95))
    for word in ("acknowledged", "working", "done"):
        bench.report(word)
    bench.notice(crossing("overflowing_bin/fill", "other", 700.0, 10.0, value=0.95))
    assert bench.last(DispatchFailed).candidates[0].why.msgid.startswith("full")
    bench.report("returning", order="-")
    assert not bench.of(bench.events, (UnitAvailable,))
    bench.report("available", order="-")
    bench.tick()
    assert bench.last(UnitDispatched).case == "C-0002"


def test_a_case_given_back_calls_off_only_its_old_unit(grid_city: City, governance: Governance) -> None:
    bench = Bench(grid_city, governance)
    bench.notice(flood())
    first = bench.last(UnitDispatched)
    bench.report("refused")
    assert bench.last(UnitDispatched).unit != first.unit
    assert bench.case().assignment is not None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("weights = [1, 2, 3, 4]", "weights"),
        ("[[cover.keep]]\nskill = 'juggle'", "cover.keep[0].skill"),
        ("[[cover.keep]]\nskill = 'rescue'\ndistrict = 'atlantis'", "cover.keep[0].district"),
        ("[shifts]\nballoon = [1, 2]", "shifts.balloon"),
        ("[capacity]\nwaste_truck = 0", "capacity"),
        ("speed = 3", "unknown field"),
    ],
)
def test_a_faulty_policy_names_file_and_key(
    grid_city: City, governance: Governance, tmp_path: Path, text: str, fault: str
) -> None:
    path = tmp_path / "dispatch.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"dispatch\.toml") as caught:
        load_dispatch(path, grid_city, governance.world.departments)
    assert fault in str(caught.value)


def test_the_shipped_policy_is_read(grid_city: City, governance: Governance) -> None:
    policy = load_dispatch(CONFIG / "dispatch.toml", grid_city, governance.world.departments)
    assert (
        policy == governance.dispatch and policy.on_shift("fire_engine", 3) and not policy.on_shift("inspection_car", 3)
    )
