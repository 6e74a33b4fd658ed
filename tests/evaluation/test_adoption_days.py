"""Who does what virtually, and what a day looks like then."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.evaluation.adoption_settings import AdoptionSettings, load_adoption
from services.evaluation.choices import LIBRARY, STUDY, able_residents, choose, kinds
from services.evaluation.itinerary import DAY_S, Itinerary, itinerary
from twin.city.catalogue import config_directory
from twin.city.lives import Lives, lives
from twin.city.model import City
from twin.city.plan_draft import ERRAND, HOME, LUNCH, SCHOOL, WORK
from twin.core.errors import ConfigError

FILE = config_directory() / "evaluation" / "adoption.toml"
RESIDENTS = 300
SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
SEEDS = st.integers(0, 50)


@pytest.fixture(scope="module")
def assumed() -> AdoptionSettings:
    return load_adoption(FILE)


def day_of(city: City, people: Lives, assumed: AdoptionSettings, seed: int, share: float) -> Itinerary:
    plan = people.plans[0]
    return itinerary(city, people, plan, choose(city, people, plan, assumed, seed, share), assumed, seed)


@settings(max_examples=25)
@given(seed=SEEDS, low=st.floats(0, 1), high=st.floats(0, 1))
def test_whoever_does_it_at_a_lower_share_does_so_at_a_higher(
    grid_city: City, assumed: AdoptionSettings, seed: int, low: float, high: float
) -> None:
    low, high = sorted((low, high))
    people = lives(grid_city, seed, RESIDENTS)
    few, many = (choose(grid_city, people, people.plans[0], assumed, seed, share) for share in (low, high))
    assert not (few.virtual & ~many.virtual).any()
    assert not (many.virtual & ~many.suitable).any()


@settings(max_examples=15)
@given(seed=SEEDS)
def test_the_excluded_never_go_virtual_and_all_others_do_when_everybody_does(
    grid_city: City, assumed: AdoptionSettings, seed: int
) -> None:
    people = lives(grid_city, seed, RESIDENTS)
    done = choose(grid_city, people, people.plans[0], assumed, seed, 1.0)
    barred = ~people.people.phone | (people.people.disability == 2) | (people.people.disability == 4)
    assert barred.any()
    np.testing.assert_array_equal(able_residents(people, assumed), ~barred)
    assert not done.virtual[barred[done.row]].any()
    np.testing.assert_array_equal(done.virtual, done.suitable & ~barred[done.row])


def test_work_and_the_lunch_that_comes_with_it_are_one_choice(grid_city: City, assumed: AdoptionSettings) -> None:
    people = lives(grid_city, 3, RESIDENTS)
    done = choose(grid_city, people, people.plans[0], assumed, 3, 0.6)
    of_work = np.isin(done.kind, (WORK, LUNCH))
    for row in np.unique(done.row[of_work]).tolist():
        assert len(set(done.virtual[of_work & (done.row == row)].tolist())) == 1
    assert done.virtual[of_work].any()
    assert not done.virtual[np.isin(done.kind, (HOME, SCHOOL))].any()


def test_a_library_is_no_counter_and_a_grown_student_no_pupil(grid_city: City) -> None:
    people = lives(grid_city, 3, RESIDENTS)
    plan = people.plans[0]
    row = np.repeat(np.arange(RESIDENTS), np.diff(plan.first))
    found = kinds(grid_city, people, plan, row)
    assert (found == ERRAND).sum() + (found == LIBRARY).sum() == (plan.activity == ERRAND).sum()
    grown = people.people.households.age[row] >= 18
    assert not (grown & (found == SCHOOL)).any() and not (~grown & (found == STUDY)).any()


@settings(max_examples=8)
@given(seed=SEEDS)
def test_without_rebound_more_virtual_means_no_more_ways_and_no_less_time_at_home(
    grid_city: City, assumed: AdoptionSettings, seed: int
) -> None:
    people, still = lives(grid_city, seed, RESIDENTS), assumed.scaled((("rebound", 0.0),))
    days = [day_of(grid_city, people, still, seed, share) for share in SHARES]
    trips = [int(day.trip.sum()) for day in days]
    assert trips == sorted(trips, reverse=True)
    assert trips[-1] < trips[0]
    at_home = [float((day.leave_s - day.arrive_s)[day.entries.kind == HOME].sum()) for day in days]
    assert at_home[-1] > at_home[0]


@settings(max_examples=10)
@given(seed=SEEDS, share=st.sampled_from(SHARES), rebound=st.sampled_from((0.0, 1.0, 3.0)))
def test_nobody_is_in_two_places_nor_leaves_before_they_come(
    grid_city: City, assumed: AdoptionSettings, seed: int, share: float, rebound: float
) -> None:
    people = lives(grid_city, seed, RESIDENTS)
    day = day_of(grid_city, people, assumed.scaled((("rebound", rebound),)), seed, share)
    row = day.entries.row
    same = row[1:] == row[:-1]
    assert (day.leave_s >= day.arrive_s).all()
    assert (day.arrive_s[1:][same] >= day.leave_s[:-1][same] - 1e-6).all()
    assert (day.arrive_s >= 0).all() and (day.leave_s <= DAY_S).all()
    first = np.concatenate(([True], ~same))
    np.testing.assert_array_equal(np.unique(row), np.arange(RESIDENTS))
    assert (day.entries.kind[first] == HOME).all() and not day.trip[first].any()
    assert (day.mode[~first] >= 0).all() and (day.length_m[day.trip] > 0).all()


def test_time_saved_makes_further_ways_and_more_of_it_more(grid_city: City, assumed: AdoptionSettings) -> None:
    people = lives(grid_city, 5, RESIDENTS)
    further = []
    for rebound in (0.0, 1.0, 4.0):
        day = day_of(grid_city, people, assumed.scaled((("rebound", rebound),)), 5, 0.8)
        further.append(int((day.trip & (day.entries.number < 0)).sum()))
    assert further[0] == 0 < further[1] < further[2]
    assert day_of(grid_city, people, assumed, 5, 0.0).entries.number.min() >= 0


def test_a_factor_multiplies_its_assumption_and_an_unknown_one_is_refused(assumed: AdoptionSettings) -> None:
    assert assumed.scaled(()).roads.induced == 0.0
    assert assumed.scaled((("induced", 1.0),)).roads.induced == assumed.roads.induced
    more = assumed.scaled((("suitable", 10.0),))
    assert max(more.suitable.work.values()) == 1.0 and more.suitable.work["shop assistant"] == 0.0
    assert assumed.scaled((("service", 2.0),)).counters.service_min == (8.0, 40.0)
    with pytest.raises(ConfigError, match="'mood' is none of"):
        assumed.scaled((("mood", 2.0),))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("teacher = 0.05", "", "suitable.work: one value for each of"),
        ("library = 0.50", "library = 1.50", "suitable.kinds.library: a share is between 0 and 1"),
        ('"sight", "memory"', '"sight", "temper"', "able.without: 'temper' is no disability"),
        ("[0.0, 0.2,", "[0.1, 0.2,", "shares: begin with 0 and rise"),
        ("closes_h = 17.5", "closes_h = 7.5", "counters.closes_h"),
        ("alpha = 0.15", "alpha = 0.0", "roads.alpha: must be above 0"),
        ("busy = 7.0", "busi = 7.0", "busi"),
        ("first_seed = 1000", "first_seed = 1", "first_seed"),
        ("at = 0.4", "at = 0.5", "sweep.at: one of the shares"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "adoption.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"adoption\.toml") as found:
        load_adoption(path)
    assert said in str(found.value)
