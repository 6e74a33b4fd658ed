"""Properties of the population: near its marginals, households that make sense, the same in every process."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from twin.city.catalogue import config_directory
from twin.city.habits import CAR
from twin.city.households import CHILD, PARENT
from twin.city.lives import lives
from twin.city.load import load
from twin.city.model import City, Device
from twin.city.plan_draft import ESCORT, SCHOOL, Plan
from twin.city.population import population
from twin.city.population_settings import load_population, usual_population
from twin.city.residents import Resident, register
from twin.core.errors import ConfigError

COUNT = 3000
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def people(grid_city: City) -> tuple[Resident, ...]:
    return register(grid_city, 7, COUNT)


def test_the_whole_comes_near_its_marginals(grid_city: City, people: tuple[Resident, ...]) -> None:
    made, settings = population(grid_city, 7, COUNT), usual_population()
    age = made.households.age
    for begin, end, share in settings.age.pyramid:
        assert abs(((age >= begin) & (age < end)).mean() - share) < 0.055, (begin, end)
    sizes = np.bincount(made.households.size)[1:] / len(made.households.size)
    wanted = Counter[int]()
    for household in settings.household:
        wanted[len(household.members)] += round(household.share * 10_000)
    assert sizes[0] == pytest.approx(wanted[1] / 10_000, abs=0.04)
    assert 0.46 < np.mean([resident.woman for resident in people]) < 0.54
    employed = lives(grid_city, 7, COUNT).habits.employed
    assert employed[(age >= 22) & (age < 60)].mean() == pytest.approx(settings.work.employed_share, abs=0.06)
    phones = made.phone[(age >= 14) & (age < 65)].mean()
    assert phones == pytest.approx(0.96, abs=0.02)
    holders = [any(resident.vehicles for resident in members) for members in _households(people).values()]
    assert np.mean(holders) == pytest.approx(settings.vehicles.households_with_car, abs=0.08)


def test_households_share_home_and_name_and_are_of_plausible_ages(people: tuple[Resident, ...]) -> None:
    for members in _households(people).values():
        assert len({resident.home_building for resident in members}) == 1
        relations = [resident.relation for resident in members]
        assert relations[0] == "head" and relations.count("head") == 1 and relations.count("spouse") <= 1
        fathers = [one for one in members if one.relation in ("head", "spouse") and not one.woman]
        mothers = [one for one in members if one.relation in ("head", "spouse") and one.woman]
        for child in (one for one in members if one.relation == "child"):
            for father in fathers:
                assert child.name.zh[0] == father.name.zh[0] and child.birth_year - father.birth_year >= 17
            for mother in mothers:
                assert 19 <= child.birth_year - mother.birth_year <= 46
        if "spouse" in relations:
            assert len(fathers) == len(mothers) == 1
    assert len({plate for resident in people for plate in resident.vehicles}) == sum(
        len(resident.vehicles) for resident in people
    )


def test_the_elderly_alone_are_alone_and_the_first_of_them_have_the_city_s_alarms(grid_city: City) -> None:
    alarm = Device("care-1", "care_alarm", grid_city.buildings.centre_xy[2].tolist(), "gw1")
    city = replace(grid_city, devices=(*grid_city.devices, alarm))
    people = register(city, 7, COUNT)
    alone = [resident for resident in people if resident.alone]
    households = _households(people)
    assert 0.01 < len(alone) / len(people) < 0.08
    assert all(len(households[resident.household]) == 1 and resident.birth_year <= 1961 for resident in alone)
    assert [resident.care_alarm for resident in alone] == ["care-1"] + [""] * (len(alone) - 1)
    assert alone[0].home_building == 2


def test_children_go_to_school_and_the_small_ones_are_brought(grid_city: City, people: tuple[Resident, ...]) -> None:
    private, rules = lives(grid_city, 7, COUNT), usual_population().school
    made, escort = private.people.households, private.habits.escort
    for row, resident in enumerate(people):
        age = 2026 - resident.birth_year
        assert bool(resident.school) == (rules.from_age <= age <= rules.until_age)
        if age < usual_population().phones.consent_from_age:
            assert resident.consents == ()
        if escort[row] >= 0:
            assert made.member[row] == CHILD and age < rules.escorted_below
            assert made.of[escort[row]] == made.of[row] and made.age[escort[row]] >= 20
    plan = private.plans[0]
    brought = np.flatnonzero(escort >= 0)
    assert len(brought) > 50
    for child in brought[:50].tolist():
        mine, theirs = _entries(plan, child), _entries(plan, int(escort[child]))
        assert SCHOOL in plan.activity[mine] and (plan.activity[theirs] == ESCORT).sum() == 2


def test_the_first_so_many_are_always_the_same(grid_city: City) -> None:
    assert register(grid_city, 7, 500)[:123] == register(grid_city, 7, 123)
    some, more = lives(grid_city, 7, 100), lives(grid_city, 7, 400)
    assert [life.private_key for life in some] == [life.private_key for life in more[:100]]
    assert [life.occupation for life in some][:90] == [life.occupation for life in more[:90]]


def test_plans_are_in_order_begin_at_home_and_use_what_people_have(grid_city: City) -> None:
    private = lives(grid_city, 7, COUNT)
    made = private.people
    for plan in private.plans:
        first = plan.first[:-1]
        assert (np.diff(plan.first) > 0).all() and (plan.start_s[first] == 0.0).all()
        within = np.ones(len(plan.start_s), np.bool_)
        within[first] = False
        assert (np.diff(plan.start_s)[within[1:]] >= 0.0).all()
        assert plan.start_s.max() < 86_400.0
    drivers = private.habits.mode == CAR
    assert drivers.any() and (made.cars[drivers] > 0).all()
    old = (made.households.member == PARENT) & (made.households.age >= 75)
    assert not private.habits.employed[old].any()


def test_another_process_makes_the_same_people(grid_city: City) -> None:
    script = (
        "import sys, hashlib\nfrom pathlib import Path\nfrom twin.city.load import load\n"
        "from twin.city.residents import register\nfrom twin.city.lives import lives\n"
        f"city = load(Path({str(grid_city.directory)!r}))\n"
        "print(hashlib.sha256(repr((register(city, 7, 60), lives(city, 7, 60)[:])).encode()).hexdigest())\n"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(said) == 1 and len(said.pop()) == 65


def test_a_city_without_buildings_has_nobody(grid_city: City) -> None:
    empty = replace(
        grid_city,
        buildings=type(grid_city.buildings)((), np.zeros(0, np.object_), (), np.zeros(0, np.float32), np.zeros((0, 2))),
    )
    assert register(empty, 7, 40) == () and len(lives(empty, 7, 40)) == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [("share = 0.13", "share = 0.53", "add up"), ("[newborn]", "[newborns]", "newborns"),
     ('members = ["head", "child"]', 'members = ["child"]', "one head")],
)  # fmt: skip
def test_a_faulty_file_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "population.toml"
    text = (config_directory() / "population.toml").read_text(encoding="utf-8")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        load_population(path)


def test_the_private_part_is_the_field_s_alone() -> None:
    """Nothing that believes, decides or draws imports lives, plans or habits; studies of whole days do, and whoever
    plays the simulated people before a city opens."""
    private = {
        "twin.city.lives",
        "twin.city.plans",
        "twin.city.plan_draft",
        "twin.city.habits",
    }
    allowed = {
        "twin/city/lives.py",
        "twin/city/plans.py",
        "twin/city/plan_draft.py",
        "twin/city/errand_demand.py",
        "services/app/bench_people.py",
    }
    allowed |= {
        "services/app/adoption_run.py",
        "services/app/opening.py",
        "services/evaluation/choices.py",
        "services/evaluation/itinerary.py",
        "services/evaluation/service_demand.py",
    }
    for file in sorted([*(ROOT / "twin").rglob("*.py"), *(ROOT / "services").rglob("*.py")]):
        name = file.relative_to(ROOT).as_posix()
        if name in allowed or name.startswith(("twin/field/", "services/evaluation/adoption")):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.module not in private, name
            if isinstance(node, ast.Import):
                assert not private & {alias.name for alias in node.names}, name


def test_three_thousand_are_soon_made() -> None:
    city = load(ROOT / "assets" / "cities" / "yunting")
    assert len(register(city, 7, COUNT)) == len(lives(city, 7, COUNT)) == COUNT


def _households(people: tuple[Resident, ...]) -> dict[str, list[Resident]]:
    found: dict[str, list[Resident]] = defaultdict(list)
    for resident in people[:-8]:  # the last household may be cut short
        found[resident.household].append(resident)
    found.popitem()
    return found


def _entries(plan: Plan, row: int) -> slice:
    return slice(int(plan.first[row]), int(plan.first[row + 1]))
