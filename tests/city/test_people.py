"""Units of departments, residents and their days."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from twin.city.catalogue import load_catalogue, load_taxonomy
from twin.city.lives import lives
from twin.city.model import City
from twin.city.residents import register
from twin.city.units import load_departments, units_of
from twin.core.errors import ConfigError


def test_a_depot_holds_its_departments_units(grid_city: City) -> None:
    departments = load_catalogue().departments
    units = units_of(grid_city, departments)
    for department in departments.values():
        depots = [place for place in grid_city.of_kind("depot") if place.department == department.id]
        mine = [unit for unit in units if unit.department == department.id]
        assert len(mine) == len(depots) * sum(kind.per_depot for kind in department.units)
        assert {unit.depot for unit in mine} <= {depot.id for depot in depots}
    assert len({unit.id for unit in units}) == len(units)
    pump = next(unit for unit in units if unit.kind == "pump_truck")
    assert "pump" in pump.skills and pump.emergency and pump.name.zh == "抽水车1号"


def test_a_misspelt_key_is_named(tmp_path: Path) -> None:
    path = tmp_path / "departments.toml"
    path.write_text('[x]\nname = { en = "X", zh = "某" }\ncolor = "#ffffff"\nunits = []\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="color"):
        load_departments(path)


def test_the_taxonomy_is_whole() -> None:
    taxonomy = load_catalogue().taxonomy
    kinds = [one.kind for one in taxonomy.classes.values()]
    assert (kinds.count("component"), kinds.count("matter")) == (153, 97)
    assert taxonomy.classes["01037"].name.zh == "路灯" and taxonomy.classes["06042"].kind == "matter"
    assert all(one.code[:2] == one.major and one.major in taxonomy.majors for one in taxonomy.classes.values())


def test_a_broken_taxonomy_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text(
        'standard = "X"\ntable = "t.csv"\neffective = 2026-01-01\n[majors]\n"01" = { en = "A", zh = "甲" }\n',
        encoding="utf-8",
    )
    (tmp_path / "t.csv").write_text("code,kind,major,name_en,name_zh\n01001,thing,01,a,甲\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"t\.csv:2"):
        load_taxonomy(tmp_path / "t.toml")


def test_residents_are_the_same_for_the_same_seed(grid_city: City) -> None:
    assert register(grid_city, 7, 40) == register(grid_city, 7, 40)
    assert register(grid_city, 7, 40)[:20] == register(grid_city, 7, 20)
    assert register(grid_city, 8, 40) != register(grid_city, 7, 40)


def test_register_and_lives_are_of_the_same_people(grid_city: City) -> None:
    residents, private = register(grid_city, 7), lives(grid_city, 7)
    assert len(residents) == len(private) == 300
    assert len({resident.pseudonym for resident in residents}) == 300
    for resident, life in zip(residents, private, strict=True):
        assert resident.id == life.resident
        key = Ed25519PrivateKey.from_private_bytes(life.private_key)
        Ed25519PublicKey.from_public_bytes(resident.public_key).verify(key.sign(b"x"), b"x")
        assert life.plan[0].start_s == 0.0 and life.plan[0].xy == resident.home_xy
        assert [step.start_s for step in life.plan] == sorted(step.start_s for step in life.plan)
        assert life.plan[0].activity == "home" and life.plan[-1].start_s < 86_400.0
        assert grid_city.buildings.use[resident.home_building] == "residential"
        assert resident.address.en and resident.address.zh.endswith("号")
        if life.expects_newborn:
            assert {"presence", "position", "service"} <= set(resident.consents)
            assert 1985 < resident.birth_year < 2005
    assert 4 <= sum(life.expects_newborn for life in private) <= 8
    assert 0 < sum("position" in resident.consents for resident in residents) < 300
    assert len({life.occupation for life in private}) >= 5


def test_people_work_where_their_work_is_done(grid_city: City) -> None:
    for life in lives(grid_city, 7, 100):
        if life.work_building >= 0:
            assert grid_city.buildings.use[life.work_building] != "residential"
            assert any(step.building == life.work_building for step in life.plan)
        else:
            assert "work" not in {step.activity for step in life.plan}
