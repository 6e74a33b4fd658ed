"""The whole hall, in any order of words, requests, visits, mandates, emergencies and time: nothing is read without a
ground in force at that moment, money balances, and a restart changes nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hall_bench import CLERK, FORM, Hall
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_rights import CHIEF, legal
from test_rights_hold import applies

from services.facts.base import Event
from services.facts.hall import DataUsed, ErrandBegun, ErrandCompleted, ErrandRefused
from services.facts.money import MoneyPosted
from services.facts.rights import (
    ConsentGiven,
    ConsentWithdrawn,
    EmergencyEnded,
    EmergencyOpened,
    OpenEmergencyAccess,
    ReadInEmergency,
    WithdrawConsent,
)
from twin.city.model import City
from twin.formats.civic import ConsentWord, MandateWord, ServiceRequest

PERSONS = ("res_1", "res_2", "res_3", "res_4")
PERSON = st.sampled_from(PERSONS)
PURPOSE = st.sampled_from(("service", "service/newborn", "presence", "marketing"))
STEPS = st.one_of(
    st.tuples(st.just("word"), PERSON, PURPOSE, st.booleans(), st.sampled_from(("", "civil_affairs", "health")),
              st.sampled_from((-1, 60, 600)), st.sampled_from(("", "p4"))),
    st.tuples(st.just("paper"), PERSON, PURPOSE),
    st.tuples(st.just("ask"), PERSON, st.sampled_from(("r1", "r2")), st.sampled_from(("", "p1", "p4")),
              st.sampled_from(("", "M-0001", "M-0002"))),
    st.tuples(st.just("come"), PERSON),
    st.tuples(st.just("mandate"), PERSON, st.sampled_from(("p1", "p2", "p3")), st.sampled_from((30, 900))),
    st.tuples(st.just("revoke"), PERSON, st.sampled_from(("M-0001", "M-0002"))),
    st.tuples(st.just("break"), PERSON, st.sampled_from(("health", "police"))),
    st.tuples(st.just("look"), PERSON, st.sampled_from(("health", "police"))),
    st.tuples(st.just("wait"), st.sampled_from((1, 30, 90, 400))),
)  # fmt: skip


def step(hall: Hall, number: int, wish: tuple[Any, ...]) -> list[Event]:
    match wish:
        case ("word", person, purpose, given_, department, seconds, ward):
            until = -1 if seconds < 0 else hall.now_ms + 1000 * seconds
            said = ConsentWord(purpose=purpose, given=given_, department=department, until_ms=until, on_behalf=ward)
            return hall.said(person, said)
        case ("paper", person, purpose):
            return hall.run(WithdrawConsent(id=f"c{number}", actor=CLERK, person=person, purpose=purpose))
        case ("ask", person, request, principal, mandate):
            wanted = ServiceRequest(
                service="newborn", request_id=request, form=FORM, on_behalf=principal, mandate=mandate
            )
            return hall.said(person, wanted)
        case ("come", person):
            return hall.come(person)
        case ("mandate", person, proxy, seconds):
            until = hall.now_ms + 1000 * seconds
            return hall.said(person, MandateWord(proxy=proxy, services=("newborn",), until_ms=until))
        case ("revoke", person, mandate):
            return hall.said(person, MandateWord(revoke=mandate))
        case ("break", person, department):
            return hall.run(OpenEmergencyAccess(
                id=f"c{number}", actor=CHIEF, person=person, department=department, fields=("address",),
                ground="life", minutes=2,
            ))  # fmt: skip
        case ("look", person, department):
            return hall.run(ReadInEmergency(
                id=f"c{number}", actor=CHIEF, person=person, department=department, fields=("address",)
            ))  # fmt: skip
        case _:
            return hall.tick(wish[1])


class Plain:
    """The rules again, in the plainest way: all words in their order, all accesses with their times."""

    def __init__(self, hall: Hall) -> None:
        self.words: list[tuple[str, str, str, bool, int]] = []
        self.open: dict[str, tuple[str, str, int]] = {}
        self._register = {id: resident.consents for id, resident in hall.world.residents.items()}

    def heard(self, event: Event) -> None:
        match event:
            case ConsentGiven():
                self.words.append((event.person, event.purpose, event.department, True, event.until_ms))
            case ConsentWithdrawn():
                self.words.append((event.person, event.purpose, event.department, False, -1))
            case EmergencyOpened():
                self.open[event.access] = (event.person, event.department, event.until_ms)
            case EmergencyEnded():
                del self.open[event.access]
            case _:
                pass

    def allows(self, used: DataUsed, now_ms: int) -> bool:
        if used.purpose == "emergency":
            return any(
                (person, department) == (used.person, used.department) and now_ms < until
                for person, department, until in self.open.values()
            )
        if used.basis.endswith("/statute"):
            return used.purpose.count("/") == 2
        covering = [word for word in self.words if applies(word, used.person, used.purpose, used.department)]
        if not covering:
            return "service" in self._register[used.person]
        return covering[-1][3] and (covering[-1][4] < 0 or now_ms < covering[-1][4])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wishes=st.lists(STEPS, max_size=40), restart=st.integers(0, 40))
def test_nothing_is_read_without_a_ground(grid_city: City, wishes: list[tuple[Any, ...]], restart: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        hall = Hall(grid_city, Path(folder))
        plain = Plain(hall)
        for number, wish in enumerate(wishes):
            if number == restart:
                kept = Hall(grid_city, Path(folder), now_ms=hall.now_ms, turn=hall.turn)
                for desk, old in zip(kept.desks, hall.desks, strict=True):
                    desk.restore(old.snapshot())
                    assert desk.snapshot() == old.snapshot()
                kept.events = hall.events
                hall = kept
            for event in step(hall, number, wish):
                plain.heard(event)
                if isinstance(event, DataUsed):
                    assert plain.allows(event, hall.now_ms), (wish, event)
        ended = {event.errand for event in hall.of(ErrandCompleted)} | {
            event.errand for event in hall.of(ErrandRefused)
        }
        assert len(ended - {""}) <= len(hall.of(ErrandBegun))
        lines = [line.cents for event in hall.of(MoneyPosted) for line in event.lines]
        assert sum(lines) == 0 and not [one for one in legal(hall).ledger.state.accesses.values() if one.looks < 0]
