"""Plans, SPATEM times and priority of the traffic lights."""

from __future__ import annotations

from services.app.bench_traffic import NOON_MS, grid_city
from twin.core.words import LightState
from twin.field.lights import UNCONTROLLED, Lights

CITY = grid_city(3, 3)  # one controller: two groups, 30 s green, 3 s amber, 2 s all red each
CYCLE_S = 70


def lights(now_ms: int = NOON_MS) -> Lights:
    return Lights(CITY.intersections, len(CITY.roads), now_ms, hold_s=20.0, least_green_s=5.0)


def states(each: Lights) -> dict[int, LightState]:
    return {group.group: group.state for group in each.states(0, 0)}


def test_the_plan_runs_as_written() -> None:
    each, now, seen = lights(), NOON_MS, []
    each.clock_ms[:] = 0
    for _ in range(CYCLE_S):
        each.step(now, 1000)
        now += 1000
        seen.append((states(each)[1], states(each)[2]))
    greens = [sum(1 for pair in seen if pair[side] is LightState.GREEN) for side in (0, 1)]
    ambers = [sum(1 for pair in seen if pair[side] is LightState.CLEARANCE) for side in (0, 1)]
    assert greens == [30, 30]
    assert ambers == [3, 3]
    assert seen.count((LightState.RED, LightState.RED)) == 4
    assert all(LightState.RED in pair for pair in seen)  # never two groups at once


def test_edges_see_their_groups_light_and_others_none() -> None:
    each = lights()
    for group in CITY.intersections[0].groups:
        for edge in group.edges:
            assert each.edge_state[edge] == states(each)[group.number]
    governed = {edge for group in CITY.intersections[0].groups for edge in group.edges}
    assert all(each.edge_state[e] == UNCONTROLLED for e in range(len(CITY.roads)) if e not in governed)


def test_announced_ends_come_true() -> None:
    each, now = lights(), NOON_MS
    for _ in range(60):
        each.step(now, 1000)
        now += 1000
        before = each.states(0, now)
        assert all(group.min_end_ms == group.max_end_ms > now for group in before)
        ends = min(group.min_end_ms for group in before)
        trial = lights()
        trial.restore(each.snapshot())
        trial.step(now, ends - now - 100)
        assert states(trial) == {group.group: group.state for group in before}
        trial.step(now, 100)
        changed = {group.group for group in before if group.min_end_ms == ends}
        assert all((states(trial)[group.group] != group.state) == (group.group in changed) for group in before)


def test_priority_holds_a_green_and_makes_it_good_afterwards() -> None:
    each, plain, now = lights(), lights(), NOON_MS
    for one in (each, plain):
        one.clock_ms[:] = 20_000  # group 1 is green for ten more seconds
        one.step(now, 0)
    assert each.prioritise(0, 1, now + 25_000)
    for second in range(600):
        now += 1000
        each.step(now, 1000)
        plain.step(now, 1000)
        if 10 <= second < 24:
            assert states(each)[1] is LightState.GREEN
            assert states(plain)[1] is not LightState.GREEN
    assert each.clock_ms[0] == plain.clock_ms[0]


def test_priority_cuts_another_green_but_never_amber_or_all_red() -> None:
    each, now, seen = lights(), NOON_MS, []
    each.clock_ms[:] = 6_000
    each.step(now, 0)
    assert each.prioritise(0, 2, now + 20_000)
    for _ in range(10):
        now += 1000
        each.step(now, 1000)
        seen.append(states(each))
    assert [pair[1] for pair in seen].count(LightState.CLEARANCE) == 3
    assert seen[-1][2] is LightState.GREEN
    first = next(index for index, pair in enumerate(seen) if pair[2] is LightState.GREEN)
    assert first <= 6
    assert all(pair[1] is LightState.RED for pair in seen[first - 2 :])


def test_a_group_that_does_not_exist_gets_no_priority() -> None:
    assert not lights().prioritise(0, 9, NOON_MS + 1000)
