"""Residents in virtual places, rumours that move them, and platforms that fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from field_runs import living
from yards import Yard

from twin.city.catalogue import config_directory
from twin.city.model import City
from twin.city.virtual import gateway_of
from twin.field.hazards.base import Moment
from twin.field.people import People
from twin.field.rumours import Rumours
from twin.field.settings import load_settings
from twin.field.virtual_life import VirtualLife
from twin.field.weather import Sky
from twin.formats.civic import Answer, PlaceHeard, PlaceWord, Presence

SETTINGS = load_settings(config_directory() / "field", "demo")
PLAZA = "virtual_plaza"


class Spoken:
    """Phones that only remember what was said."""

    def __init__(self, people: People) -> None:
        self.said: list[tuple[int, str, Any]] = []
        self.agreed = {kind: np.ones(len(people.register), np.bool_) for kind in people.phones.agreed}

    def say(self, row: int, kind: str, body: msgspec.Struct, city_ms: int) -> bool:
        self.said.append((row, kind, body))
        return True


class Town:
    """People, their phones and virtual lives; every word that enters a place is answered at once."""

    def __init__(self, city: City, residents: int = 120) -> None:
        self.people, _, self.step_people = living(city, vehicles=0, residents=residents, start_after_s=0.0)
        self.phones = Spoken(self.people)
        self.people.phones = self.phones  # type: ignore[assignment]
        self.life = VirtualLife(self.people, SETTINGS.places, SETTINGS.virtual, 7, "demo")
        self.second = 0
        self.heard = 0

    @property
    def now(self) -> Moment:
        sky = Sky(0.0, 20.0, 3.0, 0.4, 1.0, 36_000.0 + self.second, 1)
        return Moment(1_772_503_200_000 + 1000 * self.second, float(self.second), 1.0, sky)

    def run(self, seconds: int) -> None:
        for _ in range(seconds):
            self.second += 1
            self.step_people()
            self.life.step(self.now)
            new, self.heard = self.phones.said[self.heard :], len(self.phones.said)
            for row, _, body in new:
                if isinstance(body, Presence) and body.entered and body.place in SETTINGS.places:
                    self.life.answer(row, _answer("enter", "entered", f"A-{row}"), self.now)

    def words(self, word: str) -> list[tuple[int, PlaceWord]]:
        said = ((row, body) for row, _, body in self.phones.said if isinstance(body, PlaceWord))
        return [(row, body) for row, body in said if body.word == word]


def _answer(step: str, state: str, note: str = "") -> Answer:
    return Answer(request_id=f"virtual/{PLAZA}", errand="", step=step, state=state, place=PLAZA, note=note)


@pytest.fixture
def town(grid_city: City) -> Town:
    return Town(grid_city)


def test_they_come_for_something_and_leave_when_it_is_done(town: Town) -> None:
    assert town.life.rush(PLAZA, 5, town.now) == 5
    town.run(200)
    assert len(town.life.inside(PLAZA)) >= 5
    town.life.state.visits.clear()
    row = 3
    town.life._enter(row, PLAZA, "clinic", town.now)
    town.run(40)
    assert (row, PlaceWord(place=PLAZA, word="join", subject="clinic")) in town.words("join")
    town.life.answer(row, _answer("session", "prescription"), town.now)
    town.run(90)
    assert row not in town.life.state.visits
    assert (row, "presence", Presence(place=PLAZA, entered=False)) in town.phones.said
    town.life._enter(row, PLAZA, "clinic", town.now)
    town.life.answer(row, _answer("enter", "refused"), town.now)
    assert row not in town.life.state.visits


def test_others_report_who_does_not_behave_by_the_name_that_they_see(town: Town) -> None:
    town.life.rush(PLAZA, 12, town.now)
    town.run(150)
    who = town.life.misbehave(PLAZA, "harassment", 3, town.now)
    town.run(60)
    reports = town.words("report")
    assert len(reports) == 3 and len({body.subject for _, body in reports}) == 1
    subject = int(reports[0][1].subject[2:])
    assert town.people.register[subject].pseudonym == who and subject not in {row for row, _ in reports}


class Drawn:
    """A crowd that only remembers who was drawn."""

    def __init__(self) -> None:
        self.most: list[tuple[str, float]] = []

    def draw(self, place: str, most: float, now: Moment) -> None:
        self.most.append((place, most))


def test_a_rumour_sends_people_to_a_station_and_the_truth_turns_them_back(town: Town, grid_city: City) -> None:
    crowd = Drawn()
    rumours = Rumours(town.people, crowd, SETTINGS.virtual.rumours, 7)  # type: ignore[arg-type]
    said = PlaceHeard(place=PLAZA, rumour="u", kind="free_rides", target="metro")
    for row in range(60):
        rumours.heard(row, said, town.now)
        rumours.heard(row, said, town.now)  # twice is as good as once
    believers = dict(rumours.state.believers)
    assert 25 <= len(believers) <= 90
    for _ in range(900):
        town.second += 1
        town.step_people()
        rumours.step(town.now)
    there = [one for one in rumours.state.believers.values() if one.phase == "there"]
    assert there and all(town.people.place(one.row) == "metro" for one in there)
    assert crowd.most[-1] == ("metro", len(there) * SETTINGS.virtual.rumours.stands_for)
    kept = rumours.dump()
    for row in range(60):
        rumours.heard(row, msgspec.structs.replace(said, true=True), town.now)
    left = [one for one in rumours.state.believers.values() if one.phase != "over"]
    assert len(left) < 0.35 * len(believers)
    fresh = len(rumours.state.believers)
    rumours.heard(100, said, town.now)  # who hears it after the truth was said does not go
    assert len(rumours.state.believers) == fresh
    rumours.load(kept)
    assert rumours.dump() == kept


def test_a_drawn_crowd_grows_with_those_who_come_and_breaks_up_without_them(scene_grid: City) -> None:
    yard = Yard(scene_grid)
    crowds, place = yard.hazards.crowds, yard.hazards.crowds.places[0].id
    crowds.draw(place, 40.0, yard.now)
    assert not crowds.spots()  # too few to be one
    crowds.draw(place, 900.0, yard.now)
    yard.run(400)
    assert crowds.more().max() > 800
    crowds.draw(place, 0.0, yard.now)
    yard.run(600)
    assert not crowds.spots() and [past.kind for past in yard.ended] == ["crowd"]


def test_a_platform_is_not_heard_until_a_crew_has_restored_it(grid_city: City, tmp_path: Path) -> None:
    yard = Yard(grid_city)
    platforms = yard.hazards.platforms
    spot = yard.begin(platforms)
    place = platforms.state.failed[0].place
    assert platforms.down() == {gateway_of(place)}
    yard.run(60, platforms, spot.id, "inspect")
    assert platforms.down()
    platforms.complete(spot.id, "restore_service", yard.now)
    assert not platforms.down()
