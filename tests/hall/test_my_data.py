"""What a resident may always see, and what may be done there by whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hall_bench import CLERK, FORM, Hall
from test_rights import CHIEF, HOUR_MS, broken, for_another, look, mandated, word

from services.facts.base import Actor, Command, CommandRefused
from services.facts.registry import all_facts
from twin.city.model import City
from twin.core import codec
from twin.core.text import Name, Text
from twin.core.views import Action, Card, Facts, Table
from twin.formats.civic import ServiceRequest


@pytest.fixture
def hall(grid_city: City, tmp_path: Path) -> Hall:
    return Hall(grid_city, tmp_path)


def page(hall: Hall, person: str = "res_1") -> Card:
    card = hall.board.page("resident", person, hall.now_ms)
    assert card is not None and codec.decode(codec.encode(card), Card) == card
    return card


def table(card: Card, title: str) -> Table:
    return next(one for one in card.sections if isinstance(one, Table) and one.title == Text(title))


def test_nobody_has_no_page_and_a_quiet_life_a_short_one(hall: Hall) -> None:
    assert hall.board.page("resident", "nobody", hall.now_ms) is None
    assert hall.board.page("case", "res_1", hall.now_ms) is None
    assert [type(section) for section in page(hall, "res_4").sections] == [Facts]


def test_who_looked_when_why_and_on_what_ground(hall: Hall) -> None:
    hall.ask()
    hall.come()
    hall.through()
    look(hall)
    rows = table(page(hall), "Who looked at the data").rows
    assert len(rows) == 4, "newest first"
    refused, police, health, reception = rows
    assert isinstance(refused[5], Text) and refused[5].msgid == "refused: {why}" and refused[2] == "–"
    assert isinstance(police[5], Text) and "户口登记条例" in str(police[5])
    assert isinstance(health[3], Name) and "母亲" in health[3].zh
    assert isinstance(reception[4], Name) and reception[4].zh == "新生儿出生一件事"
    assert len({row[2] for row in (police, health, reception)}) == 3, "each department knows another name"
    assert [row[1] for row in table(page(hall), "Credentials").rows] == ["K-00001", "K-00002"]


def test_consents_and_mandates_as_they_stand(hall: Hall) -> None:
    mandated(hall)
    hall.said("res_1", word("presence"))
    hall.said("res_1", word("service", True, department="police", until_ms=hall.now_ms + HOUR_MS))
    rows = table(page(hall), "Consents, the last word counts").rows
    assert [(row[0], row[2]) for row in rows] == [
        (Text("presence in places"), Text("given")), (Text("public services"), Text("given")),
        (Text("presence in places"), Text("withdrawn")), (Text("public services"), Text("given")),
    ]  # fmt: skip
    for person in ("res_1", "res_3"):
        assert table(page(hall, person), "Mandates").rows[0][5] == Text("in force")
    hall.tick(3600)
    assert table(page(hall), "Mandates").rows[0][5] == Text("expired")
    assert table(page(hall), "Consents, the last word counts").rows[-1][2] == Text("expired")


def test_the_errands_page_says_who_acts_for_whom(hall: Hall) -> None:
    mandated(hall)
    for_another(hall, "r1", "M-0001")
    hall.said("res_1", word("service", True, on_behalf="p4"))
    hall.said("res_1", ServiceRequest(service="newborn", request_id="r2", form=FORM, on_behalf="p4"))
    told = []
    for card in hall.board.cards():
        facts = next(section for section in card.sections if isinstance(section, Facts))
        told += [value for label, value in facts.rows if label == Text("Acted for by")]
    grounds = [value.args["ground"] for value in told if isinstance(value, Text)]
    assert grounds == [Text("mandate {mandate}", {"mandate": "M-0001"}), Text("guardian")]
    marks = {mark.id: mark.follows for mark in hall.board.marks()}
    assert marks == {"E-0001": -1, "E-0002": 4242}, "the bubble goes with whoever acts"


def filled(action: Action, dice: int) -> dict[str, Any]:
    """A button's blanks, filled as its form demands."""
    fields: dict[str, Any] = dict(action.fixed)
    for name in action.asks:
        if name in action.choices:
            options = action.choices[name]
            value = options[dice % len(options)].value
            fields[name] = [value] if name in action.many else value
        else:
            fields[name] = 5 if name in action.numbers else ""
    return fields


def test_every_button_is_a_command_that_its_posts_may_give_and_that_is_done(hall: Hall) -> None:
    facts, dice, pressed = all_facts(), 0, set[tuple[str, bool]]()
    hall.ask()
    hall.come()
    hall.through()
    mandated(hall)
    broken(hall)
    head = hall.world.roster.holder("department_head", hall.now_ms, "police")
    assert head is not None
    actors = {"clerk": CLERK, "duty_chief": CHIEF, "department_head": Actor("person", head.id, "department_head")}
    while True:
        actions = page(hall).actions
        for action in actions:
            command_type = facts.by_tag[action.command]
            assert issubclass(command_type, Command) and set(action.posts) <= set(command_type.posts)
        tried = {name for name, _ in pressed}
        fresh = [action for action in actions if action.command not in tried]
        if not fresh:
            break
        action, dice = fresh[0], dice + 1
        if action.command == "ErasePerson":  # the engine's own to do, not the hall's
            pressed.add((action.command, True))
            continue
        body = msgspec.json.encode({"t": action.command, **filled(action, dice)})
        events = hall.run(facts.proposed(body, f"c{dice}", actors[action.posts[0]]))
        assert events, action.command
        pressed.add((action.command, isinstance(events[-1], CommandRefused)))
    assert {name for name, refused in pressed if not refused} >= {
        "WithdrawConsent", "GiveConsent", "OpenEmergencyAccess", "EndEmergencyAccess", "ImposeFine", "GrantBenefit",
        "TakePayment", "RevokeMandate",
    }  # fmt: skip
    assert {"RevokeCredential", "RefundPosting", "ReadInEmergency"} <= {name for name, _ in pressed}
