"""A person in their twin's shoes, with mouse and keyboard: through the streets into the hall, and through a life event
from the one form to the credentials, against a real server in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pygame
import pytest
from in_shoes import Person
from own_city import OwnCity, own_city

from services.app.people import resident_token
from services.app.practice import Practice
from services.facts.hall import CredentialIssued, ErrandBegun, ErrandCompleted
from twin.city.kinds import DeviceKind
from twin.city.model import City
from twin.core.views import Ask, Graph, Leaps
from twin.render.console import Console

ROOT = Path(__file__).parents[2]
HAND_MS = 180_000
WORDS = 20
"""So often one lets days pass at most: each time something comes of it."""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, grid_city: City) -> Iterator[OwnCity]:
    with own_city(tmp_path_factory.mktemp("shoes"), grid_city) as opened:
        opened.pass_(30)
        yield opened


@pytest.fixture
def person(city: OwnCity, kinds: dict[str, DeviceKind], window: pygame.Surface) -> Iterator[Callable[[str], Person]]:
    """Somebody in their own twin's shoes: another resident each time."""
    opened: list[Console] = []
    taken = {errand.person for errand in city.residents.mine._errands().values()}

    def embody(language: str) -> Person:
        grown = [
            one.id
            for one in city.world.residents.values()
            if len(one.consents) == 4 and 1982 < one.birth_year < 2002 and one.household and one.id not in taken
        ]
        token = resident_token(city.data, city.world.residents, grown[len(taken) % len(grown)])
        practice = Practice(city, city.link(token, language), city.visitors.resident(token))
        console = Console(practice, city.world.city, kinds, ROOT / "assets", window, language=language)
        opened.append(console)
        somebody = Person(city, console, window)
        somebody.until(lambda: console.world.role == "resident")
        return somebody

    yield embody
    for console in opened:
        console.close()


def test_a_twin_is_walked_into_the_hall_and_out_again(city: OwnCity, person: Callable[[str], Person]) -> None:
    me = person("en")
    console, hall = me.console, city.world.city.place("service_hall")
    people = city.city.field.people
    row = people.index[city.world.residents[console.world.person].pseudonym]
    me.until(lambda: console.world.own and console.world.own.held, city_s=0.5)
    people.bodies.xy[row] = (hall.xy[0] + 26.0, hall.xy[1])
    me.until(lambda: console.shoes.spot and abs(console.shoes.spot[0] - hall.xy[0] - 26.0) < 1.0, city_s=0.5)
    began = console.shoes.spot
    me.key(pygame.K_a, hold=12, city_s=0.033)
    assert began and console.shoes.spot and console.shoes.spot[0] < began[0] - 0.2  # at once, before the server says it
    me.frames(2, pygame.event.Event(pygame.KEYDOWN, key=pygame.K_a, mod=0, unicode="", scancode=0))
    me.until(lambda: console.world.own and console.world.own.place == hall.id, city_s=0.25)
    me.frames(2, pygame.event.Event(pygame.KEYUP, key=pygame.K_a, mod=0, unicode="", scancode=0))
    me.until(lambda: _stands(console), city_s=0.25)
    me.frames(40, city_s=0.05)
    own = console.world.own
    assert own is not None and abs(console.shoes.spot[0] - own.x_m) < 0.6  # what was predicted has come to what is so
    me.key(pygame.K_e)
    me.until(lambda: console.world.pages.get(f"hall/{hall.id}"))
    reply = city.residents.page(console.world.person, _ask("hall", hall.id))
    assert reply.card and reply.card.actions[0].command == "TakeNumber"
    spot = console.camera.to_screen(hall.xy[0] + 60.0, hall.xy[1])
    console.choices.select(None)
    me.frames(3)
    me.click_at(*spot)
    me.until(lambda: console.world.own and console.world.own.place == "", city_s=1.0)
    assert not city.residents.mine.owns(console.world.person, "E-0001")
    me.click("let_act")
    me.until(lambda: console.world.own and not console.world.own.held, city_s=0.5)


@pytest.mark.parametrize(("language", "child"), [("en", "Lin Xiaoman"), ("zh_CN", "林小满")])
def test_a_newborn_is_registered_with_mouse_and_keyboard(
    city: OwnCity, person: Callable[[str], Person], language: str, child: str
) -> None:
    me = person(language)
    console, who = me.console, me.console.world.person
    first = len(city.city.facts)
    me.click("door-services")
    me.click("link-service-newborn")
    me.until(lambda: ("service", "newborn") in console.world.whole)
    me.click("submit")  # too early: it says what is missing, and sends nothing
    assert console.choices.applications["newborn:"].tried and not console.choices.applications["newborn:"].sent
    _fill(me, child)
    me.click("submit")  # without consent nobody may read it
    assert not console.choices.applications["newborn:"].sent
    me.click("grant")
    me.click("submit")
    draft = console.choices.applications["newborn:"]
    me.until(lambda: draft.refused or any(card.kind == "errand" for card in console.world.cards.values()))
    assert draft.refused is None, draft.refused
    me.click("done")
    errand = next(card.id for card in console.world.cards.values() if card.kind == "errand")
    me.click(f"errand-{errand}")
    me.frames(5)
    used_ms = me.used_ms
    assert used_ms < HAND_MS
    facts = [entry.fact for entry in city.city.facts[first:]]
    begun = next(fact for fact in facts if isinstance(fact, ErrandBegun))
    assert begun.person == who and not begun.missing
    assert child.encode() not in b"".join(entry.body for entry in city.city.facts[first:])
    _wait_for_the_end(me, errand)
    assert me.used_ms < HAND_MS
    facts = [entry.fact for entry in city.city.facts[first:]]
    issued = [fact.kind for fact in facts if isinstance(fact, CredentialIssued) and fact.holder == who]
    assert {"birth_certificate", "household_registration", "social_security_card"} <= set(issued)
    assert any(isinstance(fact, ErrandCompleted) and fact.errand == errand for fact in facts)
    graph = next(one for one in console.world.cards[errand].sections if isinstance(one, Graph))
    assert all(step.state == "done" for step in graph.steps), graph
    me.key(pygame.K_i)
    me.until(lambda: who in console.world.pages)
    assert console.language.translate(console.world.pages[who].title)


def _stands(console: Console) -> bool:
    own = console.world.own
    return own is not None and own.seq >= console.shoes.seq and own.speed_mps == 0.0


def _fill(me: Person, child: str) -> None:
    """What the register knows is there already; materials and all else is the person's to put in."""
    answers = {"child_name": child, "birth_date": "2026-06-01", "phone": "13800000000", "insurance_from": "2026-06-01",
               "delivery_cost": "4200", "bank_account": "6222000000000000"}  # fmt: skip
    draft = me.console.choices.applications["newborn:"]
    for field in ("mother", "father", "household_address"):
        if not draft.answers[field]:
            answers[field] = "林月"
    for field, words in answers.items():
        me.type(f"field-{field}", words)
    for field in ("hospital", "clinic"):
        me.pick(field, 0)
    for name in [name for name in me.console.board.spots if name.startswith("paper-")]:
        me.click(name)
    assert me.console.choices.applications["newborn:"].answers["child_name"] == child


def _wait_for_the_end(me: Person, errand: str) -> None:
    """The button lets days pass, and stops whenever something came of it; no promise is shortened."""
    source = me.console.source
    assert isinstance(source, Leaps)
    for _ in range(WORDS):
        me.click("leap")
        me.until(lambda: not source.leaping)
        me.frames(3)
        if me.console.world.cards[errand].closed_ms >= 0:
            return
    raise AssertionError(f"{errand} is not over: {me.console.world.cards[errand].state}")


def _ask(kind: str, id: str) -> Ask:
    return Ask(token="", kind=kind, id=id)
