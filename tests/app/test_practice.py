"""Practising at the hall: days pass at a word until one's errand has come further; no promise is shorter for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from own_city import own_city

from services.app.people import resident_token
from services.app.practice import PACE, Practice
from services.facts.hall import CredentialIssued, ReviewBegun
from twin.city.model import City
from twin.core.views import Leaps, OwnTwin, Reply, View

FORM = {
    "child_name": "林小满", "birth_date": "2026-06-01", "hospital": "hospital", "mother": "林月", "father": "林山",
    "clinic": "hospital", "household_address": "2号街18号", "phone": "13800000000", "insurance_from": "2026-06-01",
    "delivery_cost": "4200", "bank_account": "6222000000000000",
}  # fmt: skip
PAPERS = ("identity_card", "hospital_record", "marriage_certificate", "household_book", "photograph", "hospital_bill")


def test_days_pass_at_a_word_until_something_comes_of_it(tmp_path: Path, grid_city: City) -> None:
    with own_city(tmp_path, grid_city) as city:
        person = next(
            one.id for one in city.world.residents.values() if len(one.consents) == 4 and 1982 < one.birth_year < 2002
        )
        practice = Practice(city, city.link(resident_token(tmp_path, city.world.residents, person)), person)
        assert isinstance(practice, Leaps) and city.pace == PACE
        heard: list[View] = []

        def until(done: Callable[[], object]) -> None:
            deadline = time.monotonic() + 30.0
            while time.monotonic() < deadline:
                heard.extend(practice.poll())
                city.tell()
                if done():
                    return
            raise AssertionError("it did not come to be")

        until(lambda: any(isinstance(view, OwnTwin) and view.held for view in heard))
        id = practice.propose({"t": "ApplyForService", "service": "newborn", "form": FORM, "materials": PAPERS})
        until(lambda: any(isinstance(view, Reply) and view.id == id for view in heard))
        reply = next(view for view in heard if isinstance(view, Reply) and view.id == id)
        assert reply.accepted, reply.reason
        began_ms = city.now_ms
        practice.leap()
        assert practice.leaping
        until(lambda: not practice.leaping)
        facts = [entry.fact for entry in city.city.facts]
        assert any(isinstance(fact, CredentialIssued) and fact.holder == person for fact in facts)
        ripe_ms = [fact.ripe_ms for fact in facts if isinstance(fact, ReviewBegun) and fact.person == person]
        assert began_ms < min(ripe_ms) <= city.now_ms  # inquiries took as long as ever
        assert city.city.field.now_ms >= city.now_ms - 1_000  # the streets live at the new time of day
        until(lambda: any(isinstance(view, OwnTwin) and view.held and view.observed_ms > began_ms for view in heard))
