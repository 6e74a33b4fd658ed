"""Families with a newborn: one form by phone, then the way to the service hall, step by step as the hall answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from twin.city.model import City
from twin.city.person_names import person_name
from twin.city.residents import Resident
from twin.core.chance import fraction, generator
from twin.field.hazards.base import Moment
from twin.field.keeping import keep, regain
from twin.field.people import People
from twin.field.people_settings import Newborn, Tempo
from twin.formats.civic import Answer, Presence, ServiceRequest

SERVICE = "newborn"
MATERIALS = (
    "identity_card", "hospital_record", "marriage_certificate", "household_book", "photo", "hospital_bill",
    "vaccination_book", "insurance_proof",
)  # fmt: skip
_OVER = ("completed", "lapsed", "refused_all", "withdrawn")


class Family(msgspec.Struct):
    """``stage``: waiting for the first answer, on the way, at the place, home again."""

    row: int
    request: ServiceRequest
    sent_s: float
    stage: Literal["asked", "going", "there", "over"] = "asked"
    place: str = ""
    heard_s: float = 0.0


class FamiliesState(msgspec.Struct):
    families: list[Family]
    begun: int
    next_s: float


class Families:
    """Parents apply one after another, in a seeded order of those who expect a child."""

    def __init__(self, city: City, people: People, settings: Newborn, seed: int, tempo: Tempo) -> None:
        self._city, self._people, self._settings = city, people, settings
        self._seed, self._tempo = seed, tempo
        self._parents = [row for row in range(len(people.lives)) if people.lives.expects_newborn(row)]
        low, high = settings.first_s
        first = low + (high - low) * fraction(seed, "newborn", 0)
        self.state = FamiliesState([], 0, first)

    def step(self, now: Moment) -> None:
        state = self.state
        if now.since_s >= state.next_s and state.begun < len(self._parents):
            self._apply(self._parents[state.begun], now)
            state.begun += 1
            low, high = self._settings.gap_s[self._tempo]
            state.next_s = now.since_s + low + (high - low) * fraction(self._seed, "newborn", state.begun)
        for family in state.families:
            self._follow(family, now)
        state.families = [family for family in state.families if family.stage != "over"]

    def answer(self, row: int, answer: Answer, now: Moment) -> None:
        """What the hall told a phone."""
        for family in self.state.families:
            if family.row != row or family.request.request_id != answer.request_id:
                continue
            family.heard_s = now.since_s
            if answer.state in _OVER:
                self._end(family, now)
            elif answer.place in self._people.places and answer.place != family.place:
                family.place, family.stage = answer.place, "going"
                self._people.send_to(row, answer.place, now)
            elif family.stage == "asked":
                self._end(family, now)  # nothing to go for: the hall works on it, and life goes on

    def _apply(self, row: int, now: Moment) -> None:
        resident = self._people.register[row]
        request = ServiceRequest(
            service=SERVICE,
            request_id=f"newborn-{resident.pseudonym}-{now.city_ms}",
            form=self._form(resident, now),
            materials=MATERIALS,
        )
        family = Family(row, request, now.since_s, heard_s=now.since_s)
        self.state.families.append(family)
        self._people.occupy(row)
        self._people.phones.say(row, "request", request, now.city_ms)

    def _form(self, resident: Resident, now: Moment) -> dict[str, str]:
        dice = generator(self._seed, "newborn", resident.id)
        child = person_name(dice, bool(dice.random() < 0.5))
        father = person_name(dice, False)
        born = datetime.fromtimestamp(now.city_ms / 1000.0, UTC) - timedelta(days=2 + int(dice.integers(9)))
        hospitals = self._city.of_kind("hospital")
        hospital = hospitals[int(dice.integers(len(hospitals)))].id if hospitals else ""
        phone, account, cost = (int(dice.integers(high)) for high in (10**9, 10**15, 9000))
        return {
            "child_name": father.zh[:1] + child.zh[1:],
            "birth_date": born.date().isoformat(),
            "hospital": hospital,
            "mother": resident.name.zh,
            "father": father.zh,
            "household_address": resident.address.zh,
            "clinic": hospital,
            "phone": f"13{phone:09d}",
            "insurance_from": born.date().isoformat(),
            "delivery_cost": f"{3000 + cost}",
            "bank_account": f"6222{account:015d}",
        }

    def _follow(self, family: Family, now: Moment) -> None:
        people, row = self._people, family.row
        if family.stage == "asked" and now.since_s - family.sent_s >= self._settings.resend_s:
            family.sent_s = now.since_s
            people.phones.say(row, "request", family.request, now.city_ms)
        if family.stage == "going" and people.still(row) and people.place(row) == family.place:
            family.stage, family.sent_s = "there", now.since_s
        if family.stage == "there" and family.place and now.since_s - family.sent_s >= self._settings.resend_s:
            family.sent_s = now.since_s
            people.phones.say(row, "presence", Presence(place=family.place, entered=True), now.city_ms)
        if family.stage != "going" and now.since_s - family.heard_s > self._settings.patience_s:
            self._end(family, now)

    def _end(self, family: Family, now: Moment) -> None:
        family.stage = "over"
        self._people.resume(family.row, now)

    def dump(self) -> bytes:
        return keep(self.state)

    def load(self, data: bytes) -> None:
        self.state = regain(data, FamiliesState)
