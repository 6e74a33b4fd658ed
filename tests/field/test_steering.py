"""A body in which somebody is: it walks as it is told, no faster and nowhere else than a person, until it is let go."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from field_runs import NAMESPACE, START_MS, Run, run
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.city.model import City
from twin.city.walkable import Walkable
from twin.core.bus import Message
from twin.field.steering import WALK_MPS
from twin.formats.civic import Answer, PersonPosition, PhoneMessage, Presence, Steer, encode


def _walker(city: Run) -> int:
    agreed = city.field.people.phones.agreed
    return int(np.flatnonzero(agreed["position"] & agreed["presence"])[0])


def _steer(city: Run, row: int, **words: object) -> None:
    word = msgspec.convert({"held": True, **words}, Steer)
    city.twin.publish(f"{NAMESPACE}/person/{city.field.people.register[row].pseudonym}/steer", encode(word), qos=1)


def _said(messages: list[Message], row: int, city: Run, kind: str) -> list[PhoneMessage]:
    pseudonym = city.field.people.register[row].pseudonym
    topic = f"{NAMESPACE}/person/{pseudonym}/{kind}"
    return [msgspec.json.decode(message.payload, type=PhoneMessage) for message in messages if message.topic == topic]


def test_it_walks_as_told_at_walking_pace_and_says_which_word_it_obeys(grid_city: City) -> None:
    city = run(grid_city, vehicles=0, residents=40)
    city.until(5)
    row, people = _walker(city), city.field.people
    people.bodies.xy[row] = (300.0, 402.0)  # on the pavement of a long straight road
    _steer(city, row, seq=3, east_mps=9.0, until_ms=START_MS + 20_000)
    said = _said(city.until(15), row, city, "position")
    east = people.bodies.xy[row, 0] - 300.0
    assert 9 * WALK_MPS <= east <= 11 * WALK_MPS  # as fast as a person, whatever was asked for
    positions = [msgspec.json.decode(message.body, type=PersonPosition) for message in said]
    assert len(positions) >= 9 and {position.seq for position in positions} == {3}
    _steer(city, row, seq=2, east_mps=-1.0, until_ms=START_MS + 90_000)  # an old word moves nobody
    city.until(40)
    assert people.bodies.xy[row, 0] > 300.0 + east - 0.1
    assert people.bodies.speed_mps[row] == 0.0  # and without a new one it stands


def test_held_it_follows_no_plan_and_no_errand_and_let_go_it_does_again(grid_city: City) -> None:
    city = run(grid_city, vehicles=0, residents=40)
    city.until(5)
    row, people = _walker(city), city.field.people
    _steer(city, row, seq=0)
    city.until(7)
    here = people.bodies.xy[row].copy()
    people.send_to(row, "metro", city.now)
    people.resume(row, city.now)
    city.until(2_400)
    assert np.array_equal(people.bodies.xy[row], here)
    _steer(city, row, seq=1, held=False)
    city.until(2_410)
    assert not people.bodies.busy[row]
    assert city.field.snapshot()


def test_a_walk_to_a_place_ends_in_it_and_the_phone_says_so(grid_city: City) -> None:
    city = run(grid_city, vehicles=0, residents=40)
    city.until(5)
    row, people = _walker(city), city.field.people
    hall = grid_city.place("service_hall")
    people.bodies.xy[row] = (hall.xy[0] + 60.0, hall.xy[1])
    longitude, latitude = grid_city.frame.point_to_lonlat(*hall.xy)
    _steer(city, row, seq=0, goal_latitude=latitude, goal_longitude=longitude)
    said = _said(city.until(400), row, city, "presence")
    assert people.place(row) == "service_hall"
    assert Presence(place="service_hall", entered=True) in [
        msgspec.json.decode(message.body, type=Presence) for message in said
    ]
    kept = city.field.snapshot()
    other = run(grid_city, vehicles=0, residents=40)
    other.field.restore(kept)
    assert other.field.people.steering.seq(row) == 0 and other.field.people.steering.holds(row)


def test_a_phone_speaks_by_the_consents_that_stand(grid_city: City) -> None:
    """Given or withdrawn at a console, the hall says so to the phone; a restored field knows it still."""
    city = run(grid_city, vehicles=0, residents=40)
    city.until(5)
    row, people = _walker(city), city.field.people
    _steer(city, row, seq=0)
    topic = f"{NAMESPACE}/person/{people.register[row].pseudonym}/answer"

    def told(state: str) -> None:
        answer = Answer(request_id="consent/position/", errand="", step="consent", state=state)
        city.twin.publish(topic, encode(answer), qos=1)

    assert _said(city.until(10), row, city, "position")
    told("withdrawn")
    city.until(12)
    assert not _said(city.until(20), row, city, "position")
    other = run(grid_city, vehicles=0, residents=40)
    other.field.restore(city.field.snapshot())
    assert not other.field.people.phones.may(row, "position") and other.field.people.phones.may(row, "presence")
    told("given")
    city.until(22)
    assert _said(city.until(26), row, city, "position")


def test_nonsense_on_the_topic_moves_nobody(grid_city: City) -> None:
    city = run(grid_city, vehicles=0, residents=40)
    row, people = _walker(city), city.field.people
    topic = f"{NAMESPACE}/person/{people.register[row].pseudonym}/steer"
    for payload in (b"", b"{}", b'{"seq":-1,"held":true}', b'{"seq":0,"held":true,"east_mps":1e300}', b"\xff" * 90):
        city.twin.publish(topic, payload, qos=1)
    city.twin.publish(f"{NAMESPACE}/person/nobody/steer", encode(Steer(seq=1, held=True)), qos=1)
    city.until(3)
    assert not people.steering.rows()


@pytest.fixture(scope="module")
def grid_ground(grid_city: City) -> Walkable:
    return Walkable(grid_city)


_PLACE = st.floats(-100.0, 900.0)
_WAY = st.floats(-40.0, 40.0)


@settings(max_examples=120, deadline=None)
@given(x=_PLACE, y=_PLACE, ways=st.lists(st.tuples(_WAY, _WAY), min_size=1, max_size=6))
def test_no_way_leads_into_a_house_or_the_river(
    grid_ground: Walkable, x: float, y: float, ways: list[tuple[float, float]]
) -> None:
    spot = (x, y)
    if not grid_ground.free(*spot):
        return
    for east, north in ways:
        before, spot = spot, grid_ground.walk(spot, east, north)
        assert grid_ground.free(*spot)
        assert math.dist(before, spot) <= math.hypot(east, north) + 1e-6
