"""The one form filled in: every field of every service has an answer, the same each time, of the right person."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from services.hall.catalogue import load_services
from twin.city.errand_forms import Forms, load_forms
from twin.city.model import City
from twin.city.residents import CENSUS_YEAR, Resident, register
from twin.city.units import load_departments
from twin.core.errors import ConfigError

CONFIG = Path(__file__).parents[2] / "config"
PATH = CONFIG / "field" / "forms.toml"
SERVICES = load_services(CONFIG / "services", load_departments(CONFIG / "departments.toml"))
FIELDS = sorted({field.id for service in SERVICES.values() for field in service.fields})
DAY = datetime.date(2026, 6, 15)


def filler(city: City, people: tuple[Resident, ...]) -> Forms:
    return Forms(load_forms(PATH), city, people, 7)


def test_every_field_of_every_service_has_an_answer(grid_city: City) -> None:
    people = register(grid_city, 7, 200)
    forms = filler(grid_city, people)
    for person in people[:40]:
        form = forms.fill(FIELDS, person, "a/1", DAY)
        assert list(form) == FIELDS and all(form.values())
        assert all(len(answer) <= 200 for answer in form.values())
    ways = [way.rpartition("/") for way in load_forms(PATH)]
    assert not {field for _, _, field in ways} - set(FIELDS), "no answer to what nobody asks"
    assert {service for service, _, _ in ways} <= {"", *SERVICES}


def test_the_same_application_gets_the_same_answers_and_another_gets_others(grid_city: City) -> None:
    people = register(grid_city, 7, 60)
    forms, again = filler(grid_city, people), filler(grid_city, people)
    assert forms.fill(FIELDS, people[3], "a/1", DAY) == again.fill(FIELDS, people[3], "a/1", DAY)
    assert forms.fill(FIELDS, people[3], "a/1", DAY) != forms.fill(FIELDS, people[3], "a/2", DAY)


def test_what_the_register_holds_is_written_as_it_holds_it(grid_city: City) -> None:
    people = register(grid_city, 7, 200)
    forms = filler(grid_city, people)
    mother = next(one for one in people if one.woman and one.relation == "spouse")
    father = next(one for one in people if one.household == mother.household and one.relation == "head")
    for person in (mother, father):
        form = forms.fill(FIELDS, person, "newborn/1", DAY)
        assert (form["mother"], form["father"]) == (mother.name.zh, father.name.zh)
        assert form["child_name"][:1] == father.name.zh[:1]
        assert (form["applicant"], form["household_address"]) == (person.name.zh, person.address.zh)
        assert form["insurance_from"] == form["birth_date"] < DAY.isoformat()
    pupil = next(one for one in people if CENSUS_YEAR - one.birth_year in (6, 7))
    parent = next(one for one in people if one.household == pupil.household and one.relation == "head")
    form = forms.fill(FIELDS, parent, "school/1", DAY)
    assert (form["pupil_name"], form["pupil_birth_date"][:4]) == (pupil.name.zh, str(pupil.birth_year))


def test_identity_numbers_are_sound_and_of_nobody(grid_city: City) -> None:
    people = register(grid_city, 7, 120)
    forms = filler(grid_city, people)
    numbers = [forms.identity_number(person) for person in people]
    for number, person in zip(numbers, people, strict=True):
        assert number.startswith("99") and number[6:10] == str(person.birth_year) and len(number) == 18
        value = sum(int(digit) * 2 ** (17 - at) for at, digit in enumerate(number[:17]))
        assert (value + (10 if number[17] == "X" else int(number[17]))) % 11 == 1, "ISO 7064, MOD 11-2"
        assert (int(number[16]) % 2 == 0) == person.woman


def test_a_wrong_answer_is_one_that_the_register_contradicts(grid_city: City) -> None:
    people = register(grid_city, 7, 60)
    forms = filler(grid_city, people)
    right, wrong = (forms.fill(FIELDS, people[2], "a/1", DAY, wrong=wrong) for wrong in (False, True))
    changed = [field for field in FIELDS if right[field] != wrong[field]]
    assert len(changed) == 1 and right[changed[0]] == people[2].name.zh


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("a = {}", "a: exactly one of"),
        ('a = { digits = 3, place = "school" }', "a: exactly one of"),
        ('a = { same_as = "b" }', "'b' is no field"),
        ('a = { same_as = "a" }', "'a' is no field"),
        ("a = { number = [3, 1] }", "a: first and last"),
        ("a = { one_of = [] }", "a: at least one answer"),
        ("a = { digits = 99 }", "a: at least one answer"),
        ('a = { say = "secret" }', "forms.toml"),
        ("a = { run = 1 }", "forms.toml"),
    ],
)
def test_a_faulty_way_is_named(tmp_path: Path, line: str, fault: str) -> None:
    (tmp_path / "forms.toml").write_text(line, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_forms(tmp_path / "forms.toml")
    assert fault in str(caught.value)
