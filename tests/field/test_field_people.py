"""Residents live by their plans, agree before they tell, and fetch what a newborn needs."""

from __future__ import annotations

import base64

import msgspec
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from field_runs import NAMESPACE, Run, run

from services.hall.catalogue import load_services
from twin.city.catalogue import config_directory
from twin.city.model import City
from twin.city.residents import register
from twin.city.units import load_departments
from twin.core.bus import Message
from twin.field.bodies import BICYCLE, FOOT
from twin.field.publish import Bounds
from twin.formats.civic import Answer, PhoneMessage, Presence, ServiceRequest, encode, phone_words

CONFIG = config_directory()
PURPOSE = {
    "presence": "presence", "position": "position", "report": "report", "reply": "report", "request": "service",
    "virtual": "presence",
}  # fmt: skip


def _phones(messages: list[Message]) -> list[PhoneMessage]:
    return [
        msgspec.json.decode(message.payload, type=PhoneMessage)
        for message in messages
        if "/person/" in message.topic and not message.topic.endswith("/answer")
    ]


def test_phones_tell_only_what_their_owners_agreed_to_and_sign_it(grid_city: City) -> None:
    people = {resident.pseudonym: resident for resident in register(grid_city, 7, 120)}
    said = _phones(run(grid_city, vehicles=0, residents=120).until(420))
    assert {message.kind for message in said} >= {"position", "request"}
    for message in said:
        owner = people[message.pseudonym]
        assert PURPOSE[message.kind] in owner.consents
    for message in said[:50]:
        key = Ed25519PublicKey.from_public_bytes(people[message.pseudonym].public_key)
        words = phone_words(message.pseudonym, message.kind, message.time_ms, message.body)
        key.verify(base64.b64decode(message.signature), words)


def test_in_a_study_phones_say_the_same_without_signing_it(grid_city: City) -> None:
    said = _phones(run(grid_city, vehicles=0, residents=60).until(200))
    unsigned = _phones(run(grid_city, vehicles=0, residents=60, bounds=Bounds(signed=False)).until(200))
    assert unsigned == [msgspec.structs.replace(message, signature="") for message in said] != []


def _answer(city: Run, request: ServiceRequest, pseudonym: str, state: str, place: str = "") -> None:
    answer = Answer(request_id=request.request_id, errand="e1", step="birth", state=state, place=place)
    city.twin.publish(f"{NAMESPACE}/person/{pseudonym}/answer", encode(answer), qos=1)


def test_a_parent_applies_early_goes_where_told_waits_and_goes_home(grid_city: City) -> None:
    city = run(grid_city, vehicles=0, residents=60)
    said = _phones(city.until(240))
    asked = next(message for message in said if message.kind == "request")
    request = msgspec.json.decode(asked.body, type=ServiceRequest)
    assert 120_000 <= asked.time_ms - city.field.started_ms <= 240_000
    assert request.service == "newborn"
    bundle = load_services(CONFIG / "services", load_departments(CONFIG / "departments.toml"))["newborn"]
    assert set(request.form) == {field.id for field in bundle.fields}
    assert all(request.form.values())
    _answer(city, request, asked.pseudonym, "accepted", "service_hall")
    row = city.field.people.index[asked.pseudonym]
    people = city.field.people
    said = []
    while city.field.now_ms < city.field.started_ms + 1_100_000 and people.place(row) != "service_hall":
        said += _phones(city.until((city.field.now_ms - city.field.started_ms) / 1000 + 10))
    entered = [
        msgspec.json.decode(message.body, type=Presence)
        for message in said
        if message.kind == "presence" and message.pseudonym == asked.pseudonym
    ]
    assert Presence(place="service_hall", entered=True) in entered
    assert (people.place(row), people.bodies.busy[row]) == ("service_hall", True)
    _answer(city, request, asked.pseudonym, "completed")
    said = _phones(city.until((city.field.now_ms - city.field.started_ms) / 1000 + 5))
    assert (people.place(row), people.bodies.busy[row]) == ("", False)
    assert not people.still(row)
    assert any(
        message.pseudonym == asked.pseudonym and '"entered":false' in message.body
        for message in said
        if message.kind == "presence"
    )


def test_an_unanswered_request_is_sent_again_the_same(grid_city: City) -> None:
    said = [m for m in _phones(run(grid_city, vehicles=0, residents=60).until(310)) if m.kind == "request"]
    assert len(said) >= 2
    assert len({message.body for message in said}) == 1


def test_people_are_at_work_by_day_and_at_home_by_night(grid_city: City) -> None:
    city = run(grid_city, vehicles=0, residents=200)
    people = city.field.people
    homes = np.array([resident.home_xy for resident in people.register])
    away = np.hypot(*(people.xy - homes).T) > 1.0
    assert 0.4 < away.mean() < 0.95


def test_streets_are_never_empty_by_day(grid_city: City) -> None:
    city = run(grid_city, vehicles=0, residents=100)
    for since_s in (2, 150, 300):  # dry, then in the rain
        city.until(since_s)
        assert np.isin(city.field.people.bodies.mode, (FOOT, BICYCLE)).sum() >= 20
    assert city.now.sky.rain_mm_h > 40.0
