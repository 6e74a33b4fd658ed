"""Residents live by their plans, and agree before they tell."""

from __future__ import annotations

import base64

import msgspec
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from errand_bench import SERVICES
from field_runs import NAMESPACE, run

from services.hall.offers import offer_of
from twin.city.model import City
from twin.city.residents import register
from twin.core.bus import Message
from twin.field.bodies import BICYCLE, FOOT
from twin.field.publish import Bounds
from twin.formats.civic import PhoneMessage, encode, phone_words

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
    assert {message.kind for message in said} >= {"position", "presence"}
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


def test_the_halls_catalogue_is_heard_and_nonsense_on_its_topic_is_not(grid_city: City) -> None:
    city = run(grid_city, vehicles=0, residents=60)
    offer = offer_of(SERVICES["newborn"])
    assert len(encode(offer)) < 16_384, "what the field reads of one message"
    city.twin.publish(f"{NAMESPACE}/hall/services/newborn", encode(offer), qos=1, retain=True)
    city.twin.publish(f"{NAMESPACE}/hall/services/company", encode(offer), qos=1, retain=True)
    city.twin.publish(f"{NAMESPACE}/hall/services/school", b"{", qos=1, retain=True)
    city.until(3)
    assert list(city.field._applicants.state.offers) == ["newborn"]
    kept = city.field.snapshot()
    again = run(grid_city, vehicles=0, residents=60)
    again.field.restore(kept)
    assert again.field.snapshot() == kept


def test_in_a_study_nobody_asks_the_hall_for_anything(grid_city: City) -> None:
    asking, silent = (run(grid_city, vehicles=0, residents=120, bounds=Bounds(errands=on)) for on in (True, False))
    for one in (asking, silent):
        one.until(3)
    assert asking.field._applicants.state.wishes and not silent.field._applicants.state.day
