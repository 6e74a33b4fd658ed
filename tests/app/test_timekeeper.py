"""City time: monotone, exact across changes of pace, unmoved by a machine that slept."""

from hypothesis import given
from hypothesis import strategies as st

from services.app.timekeeper import Timekeeper

STEP = st.tuples(st.integers(0, 5_000), st.sampled_from([0.5, 1.0, 5.0, 20.0]), st.booleans())


@given(st.lists(STEP, max_size=20))
def test_time_is_the_sum_of_what_ran_at_each_pace(steps: list[tuple[int, float, bool]]) -> None:
    wall = [1_000_000]
    keeper = Timekeeper(0, 1.0, True, lambda: wall[0])
    expected, pace, running = 0.0, 1.0, True
    for passed, new_pace, new_running in steps:
        wall[0] += passed
        expected += passed * pace * running
        assert abs(keeper.now() - expected) <= len(steps)
        pace, running = new_pace, new_running
        keeper.set(pace, running)


def test_a_machine_that_slept_does_not_make_the_city_leap() -> None:
    wall = [0]
    keeper = Timekeeper(0, 5.0, True, lambda: wall[0])
    wall[0] = 1_000
    assert keeper.now() == 5_000
    wall[0] += 3_600_000
    assert keeper.now() == 5_000
    wall[0] += 1_000
    assert keeper.now() == 10_000


def test_a_wall_clock_set_back_does_not_turn_the_city_back() -> None:
    wall = [1_000_000]
    keeper = Timekeeper(0, 2.0, True, lambda: wall[0])
    wall[0] += 10_000
    assert keeper.now() == 20_000
    wall[0] -= 500_000
    assert keeper.now() == 20_000
    wall[0] += 1_000
    assert keeper.now() == 22_000


def test_the_city_waits_for_a_field_that_cannot_hold_the_pace_and_catches_up_again() -> None:
    wall, capacity = [0], 6.0
    keeper = Timekeeper(0, 20.0, True, lambda: wall[0])
    reached = 0.0
    for _ in range(200):
        wall[0] += 250
        reached = min(reached + 250 * capacity, keeper.now())
        keeper.follow(int(reached))
    assert keeper.now() - reached < 4_000
    assert keeper.clock.pace < capacity * 1.7
    assert keeper.clock.asked == 20.0
    capacity = 100.0
    for _ in range(100):
        wall[0] += 250
        reached = min(reached + 250 * capacity, keeper.now())
        keeper.follow(int(reached))
    assert keeper.clock.pace == 20.0


def test_the_city_takes_up_the_time_of_a_field_that_went_on_unheard_but_of_no_other_run() -> None:
    wall = [0]
    keeper = Timekeeper(0, 20.0, True, lambda: wall[0])
    keeper.follow(4_000)
    assert keeper.now() == 0
    keeper.follow(60_000)
    assert keeper.now() == 60_000
    keeper.follow(10**12)
    assert keeper.now() == 60_000
    wall[0] += 1_000
    assert keeper.now() == 80_000
