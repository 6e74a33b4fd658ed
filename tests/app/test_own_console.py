"""A resident's console: their own twin, their own errands, the public map; never anybody else's, whatever it sends."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import numpy as np
import pytest
from own_city import Eyes, OwnCity, own_city

from services.app.figures import Figures
from services.app.people import resident_token
from services.facts.base import Command
from services.facts.embodiment import SteerTwin, TwinSteered
from services.facts.hall import DataUsed
from twin.city.model import City
from twin.core.errors import CivitwinError
from twin.core.text import Text
from twin.core.views import Alert, Card, DeviceStates, Mark, Room, Snapshot
from twin.core.words import StationType


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, grid_city: City) -> Iterator[OwnCity]:
    with own_city(tmp_path_factory.mktemp("own"), grid_city) as city:
        city.pass_(200)
        yield city


def _who(own: OwnCity, *purposes: str) -> list[str]:
    """Grown people whose phones speak, in the register's order."""
    return [
        one.id
        for one in own.world.residents.values()
        if set(purposes or ("position", "presence", "service", "report")) <= set(one.consents) and one.birth_year < 2005
    ]


def test_the_body_walks_as_its_person_steers_and_nobody_elses_moves(own: OwnCity) -> None:
    person, other = _who(own)[:2]
    eyes = own.own(person)
    assert eyes.snapshot and eyes.snapshot.person == person and eyes.snapshot.role == "resident"
    people = own.city.field.people
    row, beside = (people.index[own.world.residents[id].pseudonym] for id in (person, other))
    people.bodies.xy[row] = (300.0, 402.0)
    before = people.bodies.xy[beside].copy()
    assert own.propose(eyes, "SteerTwin", seq=0, for_s=2.0).accepted
    own.until(lambda: eyes.own and eyes.own.seq == 0 and eyes.own.held, eyes, city_s=1.0)
    assert own.propose(eyes, "SteerTwin", seq=1, east_mps=1.4, for_s=60.0).accepted
    own.until(lambda: eyes.own and eyes.own.seq == 1 and eyes.own.x_m > 305.0, eyes, city_s=1.0)
    assert eyes.own and abs(eyes.own.y_m - 402.0) < 0.5
    assert not people.steering.holds(beside) and (people.bodies.busy[beside] or np.array_equal(before, before))
    late = own.propose(eyes, "SteerTwin", seq=1, east_mps=-1.4, for_s=60.0)
    assert not late.accepted and late.reason is not None
    assert own.propose(eyes, "LetTwinAct", on=True).accepted
    own.until(lambda: eyes.own and not eyes.own.held, eyes, city_s=1.0)
    assert not people.steering.holds(row)


def test_where_somebody_walks_stands_nowhere_in_the_journal(own: OwnCity) -> None:
    eyes = own.own(_who(own)[0])
    first = len(own.city.facts)
    seq = eyes.own.seq + 1 if eyes.own else 10
    assert own.propose(eyes, "SteerTwin", seq=seq + 5, east_mps=1.2345, goal_x_m=321.125, goal_y_m=5.5).accepted
    facts = [entry.fact for entry in own.city.facts[first:]]
    steered = [fact for fact in facts if isinstance(fact, SteerTwin | TwinSteered)]
    assert len(steered) == 2 and all(fact.sealed for fact in steered)
    written = b"".join(entry.body for entry in own.city.facts[first:])
    assert b"1.2345" not in written and b"321.125" not in written


def test_forged_commands_are_given_in_ones_own_name_or_not_at_all(own: OwnCity) -> None:
    """Every command that a resident may give, with another person's id wherever there is room for one."""
    person, other = _who(own)[:2]
    eyes = own.own(person)
    first = len(own.city.facts)
    asked = {
        "person": other, "actor": {"kind": "person", "id": "p-001", "post": "duty_chief"}, "pseudonym": other,
        "on_behalf": own.world.residents[other].pseudonym, "seq": 9_000, "service": "newborn", "form": {"mother": "x"},
        "purpose": "service", "proxy": person, "services": ["newborn"], "from_ms": 0, "mandate": "M-1", "on": True,
        "until_ms": own.now_ms + 10**9, "errand": "E-0001", "word": "withdraw", "given": False, "ground": "request",
        "place": "service_hall",
    }  # fmt: skip
    for cls in own.twin.facts.classes:
        if issubclass(cls, Command):
            fields = {name: asked[name] for name in cls.__struct_fields__ if name in asked and name != "id"}
            own.propose(eyes, cls.__name__, **fields)
    for entry in own.city.facts[first:]:
        fact = entry.fact
        if isinstance(fact, Command):
            assert (fact.actor.kind, fact.actor.id) == ("resident", person)
        elif type(fact).__name__ not in ("CommandRefused", "WordRefused"):
            theirs = fact.actor.kind == "resident" and fact.actor.id == person
            assert not theirs or getattr(fact, "person", person) == person, fact


def test_nothing_of_others_is_told_or_shown(own: OwnCity) -> None:
    person = _who(own)[0]
    eyes, chief = own.own(person), own.operator()
    own.until(lambda: len(eyes.heard) > 60, eyes, chief, city_s=1.0)
    mine = {errand.id for errand in own.residents.mine.errands(person)}
    assert {card.kind for card in eyes.cards.values()} <= {"errand"}
    for view in eyes.heard:
        match view:
            case Card():
                assert view.id in mine
            case Mark():
                assert view.kind == "closure" or view.id in mine
            case Alert():
                assert view.card in mine
            case DeviceStates():
                raise AssertionError("devices are the centre's")
            case Snapshot():
                assert len(view.devices.device) == 0 and {card.id for card in view.cards} <= mine
                assert not view.status.counts
            case _:
                pass
    assert chief.cards or chief.marks or chief.frame is not None


def test_others_are_figures_in_sight_and_have_no_lasting_number(own: OwnCity) -> None:
    people, person = own.city.field.people, _who(own)[0]
    eyes = own.own(person)
    seq = own.residents._steering.seq(person) + 1
    people.bodies.xy[people.index[own.world.residents[person].pseudonym]] = (300.0, 402.0)
    own.propose(eyes, "SteerTwin", seq=seq, for_s=1.0)
    own.until(lambda: eyes.own and eyes.own.seq >= seq, eyes, city_s=1.0)
    frame = eyes.frame
    assert frame is not None and eyes.own is not None
    walkers = np.isin(frame.kind, (StationType.PEDESTRIAN, StationType.CYCLIST)) & (frame.department < 0)
    away = np.hypot(frame.x_m - eyes.own.x_m, frame.y_m - eyes.own.y_m)
    assert (away[walkers] <= 121.0).all()
    assert ((frame.id[walkers] < 0) | (frame.id[walkers] == eyes.own.mover)).all()


def _refused(own: OwnCity, eyes: Eyes, kind: str, id: str) -> None:
    reply = own.ask(eyes, kind, id)
    assert not reply.accepted and reply.card is None, (kind, id)


def test_pages_of_others_and_of_the_centre_are_refused(own: OwnCity) -> None:
    person, other = _who(own)[:2]
    eyes, chief = own.own(person), own.operator()
    for kind in ("life", "resident"):
        assert own.ask(eyes, kind, person).accepted
        _refused(own, eyes, kind, other)
        assert own.ask(chief, kind, other).accepted
    for kind, id in (("departments", ""), ("duty", ""), ("measures", ""), ("scenes", ""), ("room", "C-0001"),
                     ("device", own.world.city.devices[0].id), ("unit", next(iter(own.world.units))),
                     ("errand", "E-0001" if "E-0001" not in eyes.cards else "E-9999"), ("service", f"newborn:{other}"),
                     ("case", "C-0001"), ("summary ", ""), ("reload", "x")):  # fmt: skip
        _refused(own, eyes, kind, id)
    for entry in (chief.frame,):
        assert entry is not None
        walkers = entry.id[np.isin(entry.kind, (StationType.PEDESTRIAN,))]
        for id in walkers[:5].tolist():
            if eyes.own is None or id != eyes.own.mover:
                _refused(own, eyes, "resident", str(id))


def test_the_centre_sees_no_numbers_of_documents_and_no_day_without_consent(own: OwnCity) -> None:
    chief = own.operator()
    agreed = _who(own)[0]
    silent = next(one.id for one in own.world.residents.values() if not one.consents)
    shown = own.ask(chief, "life", silent).card
    assert shown is not None and shown.mover == -1
    assert b"not agreed to" in msgspec.json.encode(shown)
    assert not [section for section in shown.sections if type(section).__name__ == "Timeline"]
    assert own.ask(chief, "life", agreed).accepted


def test_who_opens_a_residents_page_is_on_record_and_the_resident_reads_it(own: OwnCity) -> None:
    person = _who(own)[3]
    chief, viewer, first = own.operator(), own.operator("viewer"), len(own.city.facts)

    def looks() -> list[DataUsed]:
        facts = (entry.fact for entry in own.city.facts[first:])
        return [fact for fact in facts if isinstance(fact, DataUsed) and fact.purpose == "duty"]

    for kind in ("life", "resident"):
        refused = own.ask(viewer, kind, person)
        assert not refused.accepted and refused.card is None and refused.reason is not None
    assert looks() == []
    for _ in range(3):
        assert own.ask(chief, "life", person).accepted
    assert [(look.person, look.fields, look.actor.kind) for look in looks()] == [(person, ("day",), "person")]
    assert own.ask(chief, "resident", person).accepted
    assert [look.fields for look in looks()] == [("day",), ("data",)]
    mover = own.twin.senses.person_position(person)
    figure = own.ask(chief, "resident", str(mover.id)).card if mover is not None else None
    assert figure is None or figure.title == Text("A resident"), "no name without a look on record"
    official = own.world.roster.person(looks()[0].actor.id)
    mine = own.ask(own.own(person), "resident", person).card
    assert official is not None and mine is not None and mine.subtitle == Text("My data")
    assert msgspec.json.encode(official.name) in msgspec.json.encode(mine)
    assert len(looks()) == 2, "one's own look is nobody's business"


def test_consents_are_given_and_withdrawn_on_the_page_of_ones_own_data(own: OwnCity) -> None:
    person = _who(own)[2]
    eyes = own.own(person)

    def offered() -> set[str]:
        card = own.ask(eyes, "resident", person).card
        assert card is not None and all(action.posts == ("resident",) for action in card.actions)
        return {action.command for action in card.actions if action.fixed.get("purpose") == "report"}

    assert offered() == {"WithdrawConsent"}
    assert own.propose(eyes, "WithdrawConsent", person=person, purpose="report").accepted
    assert offered() == {"GiveConsent"}
    own.until(lambda: not own.city.field.people.phones.may(_row(own, person), "report"), eyes, city_s=1.0)
    assert own.propose(eyes, "GiveConsent", person=person, purpose="report").accepted
    own.until(lambda: own.city.field.people.phones.may(_row(own, person), "report"), eyes, city_s=1.0)


def _row(own: OwnCity, person: str) -> int:
    return own.city.field.people.index[own.world.residents[person].pseudonym]


def test_a_resident_token_is_for_somebody_of_the_register_alone(own: OwnCity) -> None:
    with pytest.raises(CivitwinError, match="the register has nobody"):
        resident_token(own.data, own.world.residents, "res_9999")
    chosen = resident_token(own.data, own.world.residents)
    assert own.visitors.who(chosen) is None and own.visitors.resident(chosen) in own.world.residents
    assert own.visitors.stream(chosen) == own.visitors.resident(chosen)


def test_in_the_plaza_ones_own_words_are_heard_and_never_written_down(own: OwnCity) -> None:
    person, other = _who(own)[:2]
    eyes, first = own.own(person), len(own.city.facts)
    assert own.propose(eyes, "EnterPlace", place="virtual_plaza", nick="crane").accepted
    own.pass_(2.0)
    secret = "my neighbour Wang owes me money"
    assert own.propose(eyes, "SayInPlace", place="virtual_plaza", text=secret).accepted
    room = _room(own, eyes)
    mine = next(figure for figure in room.figures if figure.own)
    assert mine.bubble == secret and room.walk == "MoveAvatar"
    assert own.propose(eyes, "MoveAvatar", place="virtual_plaza", x_m=30.0, y_m=8.0).accepted
    assert not own.propose(eyes, "MoveAvatar", place="virtual_plaza", x_m=-30.0, y_m=8.0).accepted
    written = b"".join(entry.body for entry in own.city.facts[first:])
    assert secret.encode() not in written and b"SpokenInPlace" in written
    assert not own.propose(own.own(other), "SayInPlace", place="virtual_plaza", text="hello").accepted  # not there
    chief = own.operator()
    assert not own.propose(chief, "TakeMeasure", place="virtual_plaza", about=mine.id, step="mute", ground="spam",
                           minutes=5).accepted  # fmt: skip
    assert own.propose(eyes, "LeavePlace", place="virtual_plaza").accepted
    assert not any(figure.own for figure in _room(own, eyes).figures)


def _room(own: OwnCity, eyes: Eyes) -> Room:
    card = own.ask(eyes, "virtual", "virtual_plaza").card
    assert card is not None
    return next(section for section in card.sections if isinstance(section, Room))


def test_of_fewer_than_three_people_in_a_place_nothing_is_told(own: OwnCity) -> None:
    crowds = own.twin.senses.signals.crowds
    before = dict(crowds.present)
    crowds.present.clear()
    crowds.present.update({"a": "x", "b": "x", "c": "x", "d": "y", "e": "y"})
    assert own.twin.senses.present() == {"x": 3, "y": 2}
    figures = Figures(own.twin, ())
    assert figures.status(cast(Any, SimpleNamespace(connected=True, publishing=True))).present == {"x": 3}
    crowds.present.clear()
    crowds.present.update(before)
