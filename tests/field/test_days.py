"""Whole days in small: buses are boarded, children brought, cars drive, and who saw something reports it."""

from __future__ import annotations

import json
import math
import tomllib
from dataclasses import replace
from typing import get_args

import numpy as np
from field_runs import NAMESPACE, Run, living, run

from twin.city.catalogue import config_directory
from twin.city.lives import lives
from twin.city.model import City
from twin.field.bodies import BICYCLE, BUS, CAR, FOOT, LIFT, RIDE, STILL, WAIT
from twin.field.hazards.base import Moment, Spot
from twin.field.people_settings import Channel
from twin.formats.civic import Inquiry, encode

MORNING_S = -2.5 * 3600  # the tests' city opens at ten


def test_a_morning_goes_by_on_foot_wheels_and_buses(grid_city: City) -> None:
    people, traffic, step = living(grid_city, vehicles=40, residents=900, start_after_s=MORNING_S)
    seen, loads, gates = set[int](), 0, 0
    for second in range(1, 2700):
        step()
        if second % 10:
            continue
        mode = people.bodies.mode
        seen |= set(np.unique(mode).tolist())
        for vehicle in np.unique(people.bodies.vehicle[mode == BUS]).tolist():
            on = np.flatnonzero((mode == BUS) & (people.bodies.vehicle == vehicle))
            at = traffic.position(vehicle)
            assert np.allclose(people.xy[on], [at.x_m, at.y_m])
            assert people.rides.aboard(vehicle) == len(on) <= 80
            loads = max(loads, len(on))
        taken = np.flatnonzero(people.bodies.lift >= 0)
        assert (mode[taken] == LIFT).all()
        assert np.allclose(people.xy[taken], people.xy[people.bodies.lift[taken]])
        gates = max(gates, len(people.dropping("school")))
    assert {STILL, FOOT, BICYCLE, WAIT, BUS, CAR, LIFT} <= seen
    assert loads > 0 and gates > 0 and people.bodies.trips[BUS] > 0
    pupils = [row for row, resident in enumerate(people.register) if resident.school]
    there = people.bodies.place[pupils] == people.places["school"]
    assert there.mean() > 0.9  # a little after eight
    assert people.at_place("school") == people.in_places()["school"] >= there.sum()


def test_without_buses_and_a_share_of_the_traffic_people_get_about_all_the_same(grid_city: City) -> None:
    bare = replace(grid_city, bus_lines=())
    people, traffic, step = living(bare, vehicles=0, residents=900, start_after_s=MORNING_S)
    for _ in range(1500):
        step()
    trips = people.bodies.trips
    assert trips[BUS] == trips[CAR] == 0 and not traffic.alive.any()
    assert trips[FOOT] > 0 and trips[BICYCLE] > 0
    assert trips[RIDE] > 0  # they drive without a vehicle


def test_a_restored_morning_goes_on_the_same(grid_city: City) -> None:
    first = run(grid_city, vehicles=30, residents=300, start_after_s=MORNING_S)
    first.until(MORNING_S + 600)
    second = run(grid_city, vehicles=30, residents=300, start_after_s=MORNING_S)
    second.field.restore(first.field.snapshot())
    assert second.field.snapshot() == first.field.snapshot()
    ahead, again = first.until(MORNING_S + 720), second.until(MORNING_S + 720)
    mine = [(m.topic, m.payload) for m in ahead if "/person/" in m.topic]
    assert mine == [(m.topic, m.payload) for m in again if "/person/" in m.topic]
    assert first.field.snapshot() == second.field.snapshot()


def test_days_off_are_spent_otherwise(grid_city: City) -> None:
    private = lives(grid_city, 7, 400)
    working, off = private.plans
    assert not np.array_equal(working.activity, off.activity)
    school = [entry.activity for row in range(400) for entry in private.day(row, 1)]
    assert "school" not in school and "leisure" in school


def test_reports_come_from_people_who_were_there_with_their_errors(grid_city: City) -> None:
    city = run(grid_city, vehicles=0, residents=900)
    sightings, people, truth = city.field._sightings, city.field.people, city.truth
    fire = Spot("fire", "fire-x", 300.0, 300.0, 90.0, (), False)
    see_m = city.field._settings.people.matter["fire"].see_m
    now = city.now
    said: list[dict[str, object]] = []
    for second in range(5, 400, 5):
        then = Moment(now.city_ms + second * 1000, now.since_s + second, 1.0, now.sky)
        sightings.step(then, [fire])
        said += _reports(city)
    seen = set(people.near(300.0, 300.0, see_m).tolist())
    told = [fact for fact in truth if fact.kind == "report" and fact.id == "fire-x"]
    assert len(told) >= 3
    rows = [people.index[fact.residents[0]] for fact in told]
    assert len(set(rows)) == len(rows) and set(rows) <= seen
    assert all("report" in people.register[row].consents for row in rows)
    away = [math.hypot(fact.x_m - 300.0, fact.y_m - 300.0) for fact in told]
    assert 0.0 < max(away) < 60.0
    assert {fact.detail["channel"] for fact in told} <= {"119", "12345", "snapshot", "110", "120"}
    assert "119" in {report["channel"] for report in said}


def test_who_is_asked_says_whether_it_is_still_there(grid_city: City) -> None:
    city = run(grid_city, vehicles=0, residents=900)
    sightings, people = city.field._sightings, city.field.people
    fire, now = Spot("fire", "fire-x", 300.0, 300.0, 90.0, (), False), city.now

    def then(second: int) -> Moment:
        return Moment(now.city_ms + second * 1000, now.since_s + second, 1.0, now.sky)

    for second in range(5, 400, 5):
        sightings.step(then(second), [fire])
    told = [one for one in sightings._replies.state.told if one.site == "fire-x"]
    assert len(told) >= 3
    for number, one in enumerate(told):
        inquiry = Inquiry(inquiry=f"C-0001/0/{number}", case="C-0001", reported_ms=one.city_ms)
        topic = f"{NAMESPACE}/person/{people.register[one.row].pseudonym}/ask"
        for _ in range(2):  # heard twice, answered once
            city.twin.publish(topic, encode(inquiry), qos=1)
    stranger = Inquiry(inquiry="C-0001/0/x", case="C-0001", reported_ms=1)
    city.twin.publish(f"{NAMESPACE}/person/{people.register[0].pseudonym}/ask", encode(stranger), qos=1)
    city.until(2)
    owed = sightings._replies.state.owed
    assert owed and len(owed) <= len(told) and len({one.inquiry for one in owed}) == len(owed)
    kept = sightings.dump()
    city.twin.drain()
    replies = {}
    for there in ([fire], []):
        sightings.load(kept)
        sightings.step(then(2000), there)
        said = [m for m in city.twin.drain() if m.topic.endswith("/reply")]
        replies[bool(there)] = [json.loads(json.loads(m.payload)["body"]) for m in said]
    assert len(replies[True]) == len(replies[False]) > 0
    assert not any(one["solved"] or one["satisfied"] for one in replies[True])
    assert all(one["solved"] for one in replies[False])


def test_the_channel_follows_from_what_it_is_and_from_age(grid_city: City) -> None:
    city = run(grid_city, vehicles=0, residents=400)
    sightings, matter = city.field._sightings, city.field._settings.people.matter
    ages = city.field.people.lives.people.households.age
    young, old = int(np.flatnonzero((ages > 20) & (ages < 40))[0]), int(np.flatnonzero(ages > 70)[0])
    draws = np.linspace(0.0, 0.999, 200).tolist()
    share = {
        (kind, row, channel): np.mean([sightings.channel(row, matter[kind], draw) == channel for draw in draws])
        for kind in ("fire", "bin") for row in (young, old) for channel in ("119", "12345", "snapshot")
    }  # fmt: skip
    assert share["fire", young, "119"] > 0.9 and share["bin", young, "119"] == 0.0
    assert share["bin", old, "12345"] > 0.5 > share["bin", young, "12345"]
    assert share["bin", young, "snapshot"] > 0.7


def test_now_and_then_somebody_reports_what_is_not_there(grid_city: City) -> None:
    city = run(grid_city, vehicles=0, residents=900)
    city.until(2)
    sightings, now = city.field._sightings, city.now
    for second in range(5, 40_000, 5):
        sightings.step(Moment(now.city_ms + second * 1000, now.since_s + second, 1.0, now.sky), [])
    false = [fact for fact in city.truth if fact.kind == "report" and fact.what == "false"]
    assert 1 <= len(false) <= 20
    assert all(fact.id == "" for fact in false)


def test_every_kind_of_hazard_has_a_code_and_words(grid_city: City) -> None:
    matter = run(grid_city, vehicles=0, residents=0).field._settings.people.matter
    assert set(matter) >= {
        "flood", "fire", "collision", "cover", "bin", "tree", "main", "air", "lamp", "river", "light_failure",
        "school_run", "fire_lane", "rubbish", "gas", "dust", "noise", "crowd", "care",
    }  # fmt: skip
    assert all(len(one.code) == 5 and one.code.isdigit() and one.en and one.zh for one in matter.values())


def test_the_field_tells_who_is_near_and_who_lives_alone(grid_city: City) -> None:
    people = run(grid_city, vehicles=0, residents=900).field.people
    rows = people.near(400.0, 400.0, 150.0)
    assert (np.hypot(*(people.xy[rows] - 400.0).T) <= 150.0).all() and (np.diff(rows) > 0).all()
    assert people.at_place("nowhere") == 0 and people.dropping("nowhere") == ()
    alone = people.alone()
    assert [one.row for one in alone] == [row for row, each in enumerate(people.register) if each.alone]


def _reports(city: Run) -> list[dict[str, object]]:
    """What was reported since the last call, decoded."""
    messages = [m for m in city.twin.drain() if m.topic.startswith(f"{NAMESPACE}/person/")]
    said = [json.loads(m.payload) for m in messages if m.topic.endswith("/report")]
    return [json.loads(one["body"]) for one in said]


def test_what_residents_say_is_something_that_a_scene_hears(grid_city: City) -> None:
    heard: dict[str, set[str]] = {}
    for file in sorted((config_directory() / "scenes").glob("*.toml")):
        for signal in tomllib.loads(file.read_text(encoding="utf-8")).get("signals", []):
            condition = signal["condition"]
            if condition["type"] == "report":
                for code in condition["matters"]:
                    heard.setdefault(code, set()).update(condition.get("channels", get_args(Channel)))
    for kind, matter in run(grid_city, vehicles=0, residents=0).field._settings.people.matter.items():
        assert {"12345", matter.emergency} <= heard.get(matter.code, set()), kind
