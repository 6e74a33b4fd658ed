"""Queue, meetings and roads against theory and cases worked out by hand."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.evaluation.adoption_roads import zones
from services.evaluation.adoption_settings import AdoptionSettings, load_adoption
from services.evaluation.assignment import Network, Trips, road_day
from services.evaluation.contacts import Presences, company, met_in_rooms, pairs, presences, usual_company
from services.evaluation.counters import shared_out, waits
from twin.city.catalogue import config_directory
from twin.city.model import City
from twin.core.chance import generator


@pytest.fixture(scope="module")
def assumed() -> AdoptionSettings:
    return load_adoption(config_directory() / "evaluation" / "adoption.toml")


# the queue ---------------------------------------------------------------------------------------------------------


def erlang_c(counters: int, load: float) -> float:
    """Chance to wait in M/M/c (A. K. Erlang, 1917)."""
    last = load**counters / math.factorial(counters) * counters / (counters - load)
    return last / (sum(load**k / math.factorial(k) for k in range(counters)) + last)


@pytest.mark.parametrize(("counters", "busy"), [(1, 0.5), (3, 0.7), (8, 0.8)])
def test_waits_are_those_of_theory(counters: int, busy: float) -> None:
    people, service_s = 120_000, 600.0
    rate = busy * counters / service_s
    dice = generator(1, "queue", counters).exponential(size=(people, 2))
    found = waits(np.cumsum(dice[:, 0]) / rate, dice[:, 1] * service_s, counters, 0.0).mean()
    expected = erlang_c(counters, busy * counters) / (counters / service_s - rate)
    assert found == pytest.approx(expected, rel=0.06)


def test_one_counter_that_is_too_slow_makes_everybody_wait_longer_than_the_one_before() -> None:
    arrive = (np.arange(20) * 60.0).astype(np.float64)
    np.testing.assert_allclose(waits(arrive, np.full(20, 90.0), 1, 0.0), [30.0 * number for number in range(20)])


def test_waiting_begins_when_the_hall_opens_and_turns_are_taken_in_order_of_coming() -> None:
    found = waits(np.array([500.0, 100.0, 900.0, 4000.0]), np.full(4, 300.0), 1, 1000.0)
    np.testing.assert_allclose(found, [300.0, 0.0, 600.0, 0.0])
    with pytest.raises(ValueError, match="at least one counter"):
        waits(np.zeros(1), np.zeros(1), 0, 0.0)


@given(
    st.lists(st.tuples(st.integers(0, 3600), st.integers(1, 900)), min_size=1, max_size=40),
    st.integers(1, 6),
)
def test_one_counter_more_makes_nobody_wait_longer(people: list[tuple[int, int]], counters: int) -> None:
    arrive, service = (np.array(column, np.float64) for column in zip(*people, strict=True))
    assert (waits(arrive, service, counters + 1, 0.0) <= waits(arrive, service, counters, 0.0) + 1e-9).all()


@given(st.lists(st.integers(0, 50), min_size=1, max_size=8), st.integers(0, 100))
def test_counters_are_shared_out_without_one_lost(weights: list[int], total: int) -> None:
    found = shared_out(total, np.array(weights, np.float64))
    assert sum(found) == max(total, len(weights)) and min(found) >= 1


# meetings ----------------------------------------------------------------------------------------------------------


def here(*stays: tuple[int, int, float, float, int]) -> Presences:
    """(resident, place, from, until, room), in seconds."""
    row, place, arrive, leave, room = (np.array(column) for column in zip(*stays, strict=True))
    return presences(row, place, arrive.astype(np.float64), leave.astype(np.float64), room)


def test_meetings_by_hand() -> None:
    """Place 0: residents 0 and 1 share an hour, 2 comes as they go. Place 1: 3 alone of the two who usually come."""
    found = here((0, 0, 0, 3600, 11), (1, 0, 0, 3600, 11), (2, 0, 3300, 9000, 11), (3, 1, 0, 3600, 11))
    assert company(found, 900.0).tolist() == [1, 1, 0, 0]
    # one of the ten others who usually come to place 0 makes a tenth of a full room of ten others
    usual = np.array([11, 2])
    np.testing.assert_allclose(met_in_rooms(found, 900.0, usual, 5), [1.0, 1.0, 0.0, 0.0, 0.0])
    # where fewer come than a room holds, it is they who are met
    np.testing.assert_allclose(met_in_rooms(found, 900.0, np.array([3, 2]), 5), [1.0, 1.0, 0.0, 0.0, 0.0])
    # a short look is enough where it is asked for: 2 shares five minutes with either
    assert company(found, 300.0).tolist() == [2, 2, 2, 0]


def test_who_comes_twice_meets_the_same_person_once() -> None:
    found = here((0, 0, 0, 3600, 5), (0, 0, 7200, 9000, 5), (1, 0, 0, 9000, 5), (2, -1, 0, 9000, 5))
    assert found.row.tolist() == [0, 1] and usual_company(found, 1).tolist() == [2]
    np.testing.assert_allclose(met_in_rooms(found, 900.0, np.array([2]), 3), [1.0, 1.0, 0.0])


STAYS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(0, 50), st.integers(0, 30)), min_size=1, max_size=30
)


@given(STAYS, st.integers(1, 15))
def test_company_is_what_counting_every_pair_gives(stays: list[tuple[int, int, int, int]], least: int) -> None:
    found = here(*((row, place, begin, begin + long, 9) for row, place, begin, long in stays))
    for number in range(len(found.row)):
        together = np.minimum(found.leave_s, found.leave_s[number]) - np.maximum(found.arrive_s, found.arrive_s[number])
        others = (found.place == found.place[number]) & (found.row != found.row[number]) & (together >= least)
        assert company(found, float(least))[number] == others.sum()


@given(STAYS)
def test_pairs_are_found_once_each(stays: list[tuple[int, int, int, int]]) -> None:
    row, group, begin, long = (np.array(column) for column in zip(*stays, strict=True))
    arrive, leave = begin.astype(np.float64), (begin + long).astype(np.float64)
    ones, others, shared = pairs(row, group, arrive, leave, 5.0)
    found = {frozenset(pair) for pair in zip(ones.tolist(), others.tolist(), strict=True)}
    assert len(found) == len(ones) and (shared >= 5.0).all()
    expected = {
        frozenset((a, b))
        for a in range(len(stays))
        for b in range(a)
        if group[a] == group[b] and row[a] != row[b] and min(leave[a], leave[b]) - max(arrive[a], arrive[b]) >= 5.0
    }
    assert found == expected


# roads -------------------------------------------------------------------------------------------------------------


def edge(city: City, name: str) -> int:
    """The first edge of a road."""
    return city.roads.feature.index(name)


def test_time_at_capacity_is_that_of_the_bureau(grid_city: City, assumed: AdoptionSettings) -> None:
    network = Network(grid_city, assumed.roads)
    np.testing.assert_allclose(network.times_s(network.capacity), 1.15 * network.free_s)
    np.testing.assert_allclose(network.times_s(np.zeros(len(grid_city.roads))), network.free_s)
    assert network.capacity[edge(grid_city, "h02")] == 2 * assumed.roads.capacity["primary"]


def test_few_cars_take_the_shortest_way_and_all_of_them_arrive(grid_city: City, assumed: AdoptionSettings) -> None:
    network = Network(grid_city, assumed.roads)
    start, goal = edge(grid_city, "h02"), edge(grid_city, "h32")
    loaded = network.load(Trips(np.array([start]), np.array([goal]), np.array([3.0])))
    on_the_way = [edge(grid_city, name) for name in ("h02", "h12", "h22")]
    np.testing.assert_allclose(loaded.volume[on_the_way], 3.0)
    assert loaded.volume.sum() == pytest.approx(9.0)  # the goal's own edge is not counted


def test_many_cars_spread_until_nobody_could_be_quicker(grid_city: City, assumed: AdoptionSettings) -> None:
    rules = msgspec.structs.replace(assumed.roads, rounds=300, gap=1e-4)
    network = Network(grid_city, rules)
    trips = Trips(np.array([edge(grid_city, "h02")]), np.array([edge(grid_city, "h32")]), np.array([6000.0]))
    loaded = network.load(trips)
    assert loaded.gap <= 1e-4
    straight = edge(grid_city, "h12")
    assert 0.0 < loaded.volume[straight] < 6000.0  # some go round
    spent = float(loaded.volume @ loaded.time_s)
    alone = network.all_or_nothing(trips, network.free_s)
    assert spent < float(alone @ network.times_s(alone))


@given(st.floats(0.1, 4.0))
def test_more_traffic_loses_more(grid_city: City, assumed: AdoptionSettings, factor: float) -> None:
    network = Network(grid_city, assumed.roads)
    origin, goal = edge(grid_city, "h00"), edge(grid_city, "h34")
    one, more = (
        road_day(network, [Trips(np.array([origin]), np.array([goal]), np.array([cars]))])
        for cars in (500.0, 500.0 * (1.0 + factor))
    )
    assert more.lost_h > one.lost_h > 0.0
    assert more.peak_ratio >= one.peak_ratio >= 1.0


def test_no_cars_lose_nothing(grid_city: City, assumed: AdoptionSettings) -> None:
    none = Trips(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    day = road_day(Network(grid_city, assumed.roads), [none] * 24)
    assert (day.vehicle_h, day.lost_h, day.peak_ratio) == (0.0, 0.0, 1.0)


def test_zones_lie_on_roads_for_cars_one_in_a_square(grid_city: City, assumed: AdoptionSettings) -> None:
    network = Network(grid_city, assumed.roads)
    found = zones(grid_city, network, 300.0)
    assert len(found.edges) and network.allowed[found.edges].all()
    squares = np.floor(found.xy / 300.0)
    assert len(np.unique(squares, axis=0)) == len(squares)
    near = found.near(np.array([[0.0, 0.0], [800.0, 800.0]]))
    assert near.shape == (2, min(3, len(found.edges)))
    away = np.hypot(*(found.xy - np.array([0.0, 0.0])).T)
    assert away[near[0, 0]] == away.min()
