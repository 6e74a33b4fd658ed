"""A whole run in a small city, and what the runs say together."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from services.app.adoption_run import run_adoption_job
from services.evaluation.adoption import Figures, World, adopt, people_of
from services.evaluation.adoption_findings import findings, job, jobs, swept
from services.evaluation.adoption_settings import AdoptionSettings, load_adoption
from services.evaluation.job import Job, Outcome
from services.evaluation.measures import Measures, load_evaluation_measures
from twin.city.catalogue import config_directory
from twin.city.lives import lives
from twin.city.model import City
from twin.core.errors import ConfigError

ROOT = Path(__file__).parents[2]
FOLDER = config_directory() / "evaluation"
ASSUMED = load_adoption(FOLDER / "adoption.toml")
MEASURES = load_evaluation_measures(FOLDER / "adoption_measures.toml")
MOVING = (5.0,) * 6 + (30.0,) * 18
RESIDENTS, SEED = 300, 4
KM = ("residents_car_km", "through_km")
DRIVING = msgspec.structs.replace(
    ASSUMED.scaled((("deliveries", 0.0),)),
    ways=msgspec.structs.replace(ASSUMED.ways, walk_within_m=50.0, drive_beyond_m=100.0),
)
"""Gridville is so small that nearly everybody walks; here they drive, and nothing is delivered."""


_RUNS: dict[tuple[str, float, str], tuple[Figures, dict[str, float]]] = {}


def run(city: City, share: float, assumed: AdoptionSettings | None = None) -> Figures:
    return whole_run(city, share, assumed)[0]


def whole_run(
    city: City, share: float, assumed: AdoptionSettings | None = None
) -> tuple[Figures, dict[str, float]]:  # fmt: skip
    """Made once for each share and set of assumptions."""
    assumed = assumed or ASSUMED.scaled(())
    key = (city.digest, share, repr(assumed))
    if key not in _RUNS:
        _RUNS[key] = adopt(World(city, MOVING), lives(city, SEED, RESIDENTS), assumed, SEED, share)
    return _RUNS[key]


def value(figures: Figures, name: str) -> float:
    found = figures[name]
    assert found is not None
    return found


def test_a_run_gives_every_measure_of_the_file(grid_city: City) -> None:
    figures, counts = whole_run(grid_city, 0.4)
    missing = {measure.id for measure in MEASURES.all} - set(figures)
    assert not missing
    assert counts["residents"] == RESIDENTS
    assert 0 < counts["virtual"] < counts["suitable"] < counts["activities"]


def test_virtual_presence_eases_what_it_should_and_leaves_the_rest(grid_city: City) -> None:
    none, most = run(grid_city, 0.0, DRIVING), run(grid_city, 0.8, DRIVING)
    for name in ("trips_per_person", "car_km_per_person", "road_min_per_person", "busy_vehicle_h", "vehicle_h"):
        assert value(most, name) < value(none, name), name
    for name in ("home_h_per_person", "household_h_per_person", "further_trips_per_person", "no_contact_share"):
        assert value(most, name) > value(none, name), name
    assert value(most, "contacts_per_person") < value(none, "contacts_per_person")
    assert most["excluded_share"] == none["excluded_share"] and value(none, "excluded_share") > 0
    assert none["virtual_share"] == 0 and value(most, "virtual_share") <= 0.8 + 0.05


def test_through_traffic_stays_whatever_residents_do_and_is_added_to(grid_city: City) -> None:
    """Residents' cars are no substitute for other traffic: without any, the others drive as before."""
    (_, few), (_, many) = whole_run(grid_city, 0.8, DRIVING), whole_run(grid_city, 0.0, DRIVING)
    assert few["through_km"] == pytest.approx(many["through_km"]) and few["through_km"] > 0
    assert few["residents_car_km"] < many["residents_car_km"]


def test_what_others_fill_in_takes_back_what_was_won(grid_city: City) -> None:
    all_of_it = msgspec.structs.replace(DRIVING, roads=msgspec.structs.replace(DRIVING.roads, induced=1.0))
    none, plain, filled = run(grid_city, 0.0, DRIVING), run(grid_city, 0.8, DRIVING), run(grid_city, 0.8, all_of_it)
    assert value(none, "busy_vehicle_h") > value(plain, "busy_vehicle_h")
    assert value(filled, "busy_vehicle_h") > value(plain, "busy_vehicle_h")
    (_, before), (_, after) = whole_run(grid_city, 0.0, DRIVING), whole_run(grid_city, 0.8, all_of_it)
    assert sum(after[name] for name in KM) == pytest.approx(sum(before[name] for name in KM), rel=0.02)
    assert filled["trips_per_person"] == plain["trips_per_person"]


def test_what_is_bought_virtually_comes_by_van(grid_city: City) -> None:
    none, most = whole_run(grid_city, 0.0), whole_run(grid_city, 0.8)
    assert none[0]["van_km_per_person"] == 0.0
    vans_km = value(most[0], "van_km_per_person") * RESIDENTS
    assert most[1]["through_km"] - none[1]["through_km"] == pytest.approx(vans_km) and vans_km > 0


def test_fewer_counters_make_nobody_better_off(grid_city: City) -> None:
    figures, counts = whole_run(grid_city, 0.8)
    assert value(figures, "fewer_counters_wait_min") >= value(figures, "counter_wait_min")
    assert 1 <= counts["fewer_counters"] <= counts["counters"]
    at_rest = run(grid_city, 0.0)
    assert at_rest["fewer_counters_wait_min"] == at_rest["counter_wait_min"]


def test_as_many_live_in_a_city_as_its_homes_hold(grid_city: City) -> None:
    assert people_of(grid_city, 18.0) == pytest.approx(2.0 * people_of(grid_city, 36.0), abs=1.0)


PRINT = """
import sys
from pathlib import Path
from cities import grid_city
from test_adoption_study import whole_run
print(repr(whole_run(grid_city(Path(sys.argv[1])), 0.6)))
"""


def test_other_hash_seeds_give_the_same_figures(tmp_path: Path) -> None:
    path = os.pathsep.join((str(ROOT), str(ROOT / "tests"), str(Path(__file__).parent)))
    said = [
        subprocess.run(
            [sys.executable, "-c", PRINT, str(tmp_path / seed)], check=True, capture_output=True, text=True,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": path},
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert said[0] == said[1] and "trips_per_person" in said[0]


# the study ---------------------------------------------------------------------------------------------------------


def outcome(one: Job) -> Outcome:
    """Each measure falls by its share of 10 with the share done virtually, but for the seed's own 1 or so."""
    effect = 1.0 - 0.1 * one.arm.virtual * dict(one.arm.factors).get("suitable", 1.0)
    measures: dict[str, float | None] = {
        measure.id: (100.0 + one.seed % 7) * effect for measure in MEASURES.all
    }  # fmt: skip
    measures["counter_wait_min"] = None
    return Outcome(job=one, measures=measures, counts={"residents": 300.0})


def study(seeds: int) -> tuple[tuple[int, ...], dict[Job, Outcome], Measures]:
    chosen = tuple(range(1000, 1000 + seeds))
    return chosen, {one: outcome(one) for one in jobs(ASSUMED, chosen)}, MEASURES


def test_points_are_held_to_the_same_seeds_without(grid_city: City) -> None:
    seeds, outcomes, measures = study(8)
    found = findings(ASSUMED, measures, seeds, outcomes)
    assert found.shares == ASSUMED.shares and found.seeds == seeds
    at_rest, *_, most = found.curves["trips_per_person"]
    assert at_rest.difference.mean == 0.0 and at_rest.part == 0.0
    assert most.part == pytest.approx(-0.08) and most.difference.better == "virtual"
    assert most.difference.low is not None and most.difference.high is not None
    assert most.difference.low <= -0.08 * 103 <= most.difference.high < 0
    assert found.curves["contacts_per_person"][-1].difference.better == "none"
    assert found.curves["counter_wait_min"][-1].value.mean is None
    assert [one.factors for one in found.sensitivity] == [dict(factors) for factors in swept(ASSUMED)]
    assert len(found.sensitivity[-1].factors) > 1, "the worst together"
    doubled = next(one for one in found.sensitivity if one.factors == {"suitable": 1.4})
    assert doubled.points["trips_per_person"].part == pytest.approx(-0.056, rel=1e-4)


def test_a_quick_study_leaves_the_sweeps_out_and_few_seeds_say_nothing() -> None:
    seeds = (1000, 1001)
    short = jobs(ASSUMED, seeds, quick=True)
    assert len(short) == len(seeds) * len(ASSUMED.shares) < len(jobs(ASSUMED, seeds))
    found = findings(ASSUMED, MEASURES, seeds, {one: outcome(one) for one in short})
    assert found.sensitivity == ()
    assert found.curves["trips_per_person"][-1].difference.better == "unclear"


def test_every_run_is_made_once_and_told_from_the_others() -> None:
    planned = jobs(ASSUMED, range(1000, 1010))
    assert len({one.key for one in planned}) == len(planned)
    assert len({(one.arm.name, one.seed) for one in planned}) == len(planned)


def test_another_stretch_of_time_is_refused() -> None:
    one = job(0.2, 1000)
    with pytest.raises(ConfigError, match="whole working days"):
        run_adoption_job(Job(study="adoption", arm=one.arm, seed=1000, start_at="07:00", hours=2.0))
