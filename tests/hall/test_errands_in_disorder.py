"""Whatever people, officers and incidents do in whatever order: no desk fails, nothing is done twice, a restart goes on
the same, and in the end everything has ended."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from hall_bench import Hall
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_errands import SERVICES, all_materials, whole, wish

from services.facts.base import Actor
from services.facts.hall import (
    AskSupplement,
    CallNumber,
    CloseCounter,
    CredentialIssued,
    DecideItemAppeal,
    ErrandBegun,
    ErrandCompleted,
    GrantItem,
    ItemDelivered,
    ItemEnded,
    ItemEscalated,
    ItemGranted,
    OpenCounter,
    RefuseErrand,
    RefuseItem,
    SupplementAsked,
    TakeReview,
)
from services.facts.resident import SayErrandWord, TakeNumber
from services.hall.money_desk import MoneyDesk
from twin.city.model import City
from twin.formats.civic import ErrandWord, Presence

PEOPLE = ("res_1", "res_7", "res_8")
KINDS = ("birth_certificate", "gas_transfer", "company_seal", "restaurant", "social_security_card", "newborn")
NUMBERS = st.integers(0, 1 << 30)
ACTS = st.lists(st.tuples(st.integers(0, 13), NUMBERS, NUMBERS), min_size=5, max_size=40)


def pick(things: Any, number: int) -> Any:
    return sorted(things)[number % len(things)] if things else None


def act(hall: Hall, kind: int, one: int, two: int) -> None:
    """One thing by somebody, sensible or not."""
    person, place = pick(PEOPLE, one), pick(("service_hall", "metro"), two // 7)
    errand = f"E-{one % (hall.errands.book.state.serial + 2):04d}"
    known = hall.errands.book.get(errand)
    item = pick(known.progress.parts, two) if known is not None else "nothing"
    about: dict[str, Any] = {"errand": errand, "item": item}
    clerks = [p for p in hall.world.roster.people if "clerk" in p.posts]
    heads = [p for p in hall.world.roster.people if "department_head" in p.posts]
    clerk = Actor("person", clerks[two % len(clerks)].id, "clerk")
    if known is not None and item is not None:
        department = hall.errands.book.service_of(known).item(item).department
        mine = hall.world.roster.holder("clerk", hall.now_ms, department)
        clerk = clerk if mine is None or two % 3 == 0 else Actor("person", mine.id, "clerk")
    id = f"c{hall.turn}"
    word: Any = ("supply", "appeal", "let_go", "withdraw")[two % 4 if two % 11 == 0 else two % 3]
    papers = known.progress.asked if known is not None else ("photo",)
    match kind:
        case 0 | 1:
            service = pick(KINDS, one)
            given = all_materials(SERVICES[service])[: two % 5]
            channel = ("online", "counter", "kiosk")[two % 3]
            by: dict[str, Any] = {"channel": "counter", "terminal": "t_1"} if person == "res_7" else {}
            hall.said(person, wish(service, f"r{one % 5}", materials=given, channel=channel), **by)
        case 2 | 3:
            said = ErrandWord(errand=errand, word=word, item=item or "", materials=papers, ground="unfair")
            hall.said(known.applicant if known is not None and two % 2 else person, said, said)
        case 4 | 5:
            hall.said(person, Presence(place=place, entered=True))
        case 6:
            hall.run(pick_command(id, clerk, about, two))
        case 7:
            head = Actor("person", heads[two % len(heads)].id, "department_head")
            hall.run(DecideItemAppeal(id=id, actor=head, upheld=bool(one % 2), **about))
        case 8:
            hall.around.closed = {"service_hall": ("flooded", "I-1")} if two % 2 else {}
            hall.tick(1)
        case 9:
            command = CloseCounter if two % 2 else OpenCounter
            hall.run(command(id=id, actor=clerk, place=place))
        case 10:
            own = Actor("resident", person)
            hall.run(TakeNumber(id=id, actor=own, place=place) if two % 2 else
                     SayErrandWord(id=id, actor=own, word=word, materials=papers, **about))  # fmt: skip
        case _:
            hall.tick((60, 1_800, 14_400, 100_000)[two % 4])


def pick_command(id: str, clerk: Actor, about: dict[str, Any], two: int) -> Any:
    errand = about["errand"]
    return (
        TakeReview(id=id, actor=clerk, **about), GrantItem(id=id, actor=clerk, **about),
        AskSupplement(id=id, actor=clerk, **about), CallNumber(id=id, actor=clerk, errand=errand),
        RefuseItem(id=id, actor=clerk, ground="duplicate", remedy="appeal", **about),
        RefuseErrand(id=id, actor=clerk, errand=errand, ground="duplicate"),
    )[two % 6]  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTS)
def test_nothing_breaks_and_nothing_is_done_twice(grid_city: City, tmp_path: Path, acts: list[Any]) -> None:
    hall = whole(grid_city, tmp_path)
    for number, (kind, one, two) in enumerate(acts):
        act(hall, kind, one, two)
        if number % 8 == 7:
            snapshot = hall.errands.snapshot()
            entries = hall.errands.book.agenda._entries
            hall.errands.restore(snapshot)
            assert hall.errands.snapshot() == snapshot and hall.errands.book.agenda._entries == entries
    hall.around.closed = {}
    for place in list(hall.errands.book.state.closed):
        hall.run(OpenCounter(id=f"o{place}", actor=Actor("person", "p-020", "clerk"), place=place))
    for _ in range(900):  # nobody says anything any more: silence ends what people owe, time what the office does
        if not list(hall.errands.book.open()):
            break
        hall.tick(25_000)
        for id, _, item in waiting_for_heads(hall):
            department = hall.errands.book.service_of(hall.errand(id)).item(item).department
            head = hall.world.roster.holder("department_head", hall.now_ms, department)
            if head is not None:
                actor = Actor("person", head.id, "department_head")
                hall.run(DecideItemAppeal(id=f"d{hall.turn}", actor=actor, errand=id, item=item, upheld=True))
    assert not list(hall.errands.book.open()), [(e.id, e.visit, e.reviews) for e in hall.errands.book.open()]
    for kind_, key in (
        (SupplementAsked, lambda e: (e.errand, e.materials)), (ItemGranted, lambda e: (e.errand, e.item)),
        (ItemDelivered, lambda e: (e.errand, e.item)), (ErrandCompleted, lambda e: e.errand),
        (ErrandBegun, lambda e: (e.agent or e.person, e.request)), (CredentialIssued, lambda e: e.credential),
        (ItemEnded, lambda e: (e.errand, e.item)), (ItemEscalated, lambda e: (e.errand, e.item, e.cause)),
    ):  # fmt: skip
        counted = Counter(key(event) for event in hall.of(kind_))
        assert kind_ is ItemEscalated or all(times == 1 for times in counted.values()), (kind_, counted)
    asked = Counter((one.errand, id) for one in hall.of(SupplementAsked) for id in one.materials)
    assert all(times == 1 for times in asked.values())
    money = next(desk for desk in hall.desks if isinstance(desk, MoneyDesk))
    assert sum(money.accounts.trial_balance().values()) == 0


def waiting_for_heads(hall: Hall) -> list[tuple[str, str, str]]:
    return [
        (errand.id, errand.service, item)
        for errand in hall.errands.book.open()
        for item, part in errand.progress.parts.items()
        if part.state == "appealed"
    ]
