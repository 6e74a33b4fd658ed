"""Integer cents, balanced at every posting, nothing booked twice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hall_bench import Hall
from hypothesis import given
from hypothesis import strategies as st

from services.collaboration.authority import Authority
from services.engine.desk import Turn
from services.facts.base import Actor, Command, CommandRefused, Event
from services.facts.hall import ErrandCompleted, ErrandWithdrawn, ItemGranted
from services.facts.money import GrantBenefit, ImposeFine, Line, MoneyPosted, RefundPosting, TakePayment
from services.hall.catalogue import Item
from services.hall.money import BANK, Accounts, UnbalancedError, balanced, due, fee_of, moved
from services.hall.money_desk import MoneyDesk
from twin.city.model import City
from twin.core.text import Name
from twin.formats.civic import ErrandWord

NAME = Name("x", "x")


@pytest.fixture
def hall(grid_city: City, tmp_path: Path) -> Hall:
    return Hall(grid_city, tmp_path)


def money(hall: Hall) -> MoneyDesk:
    return next(desk for desk in hall.desks if isinstance(desk, MoneyDesk))


@dataclass(frozen=True)
class Fee:
    """An item with a price."""

    id: str
    name: Name
    department: str
    fee_cents: int


def priced(hall: Hall, *cents: int) -> None:
    """Give the newborn's items fees, as the treasury sees them."""
    services = hall.errands.book.services
    service = services["newborn"]
    items: Any = tuple(
        Fee(item.id, item.name, item.department, fee) for item, fee in zip(service.items, cents, strict=True)
    )
    desk = money(hall)
    book = type(hall.errands.book)(
        {**services, "newborn": msgspec.structs.replace(service, items=items)}, hall.errands.book.due
    )
    book.state = hall.errands.book.state
    desk._book = book


def done(hall: Hall) -> ErrandCompleted:
    hall.ask()
    hall.come()
    hall.through()
    return hall.of(ErrandCompleted)[0]


def head(hall: Hall, department: str) -> Actor:
    """Who heads a department at this hour."""
    post = hall.world.roster.holder("department_head", hall.now_ms, department)
    assert post is not None, department
    return Actor("person", post.id, "department_head")


CLERK = Actor("person", "p-022", "clerk")


def test_an_item_without_a_price_is_free_and_books_nothing(hall: Hall) -> None:
    assert fee_of(object()) == 0 and fee_of(Fee("a", NAME, "d", 500)) == 500
    done(hall)
    service = hall.errands.book.services["newborn"]
    assert isinstance(service.items[0], Item)
    if not any(fee_of(item) for item in service.items):
        assert hall.of(MoneyPosted) == [] and money(hall).accounts.trial_balance() == {}


def test_a_fee_is_charged_and_paid_when_the_errand_is_done(hall: Hall) -> None:
    hall.ask()
    hall.come()
    priced(hall, 1_250, 0)
    hall.through()
    booked = hall.of(MoneyPosted)
    assert [(one.posting, one.kind, one.once) for one in booked] == [
        ("J-000001", "fee", "fee/E-0001/birth_certificate"), ("J-000002", "payment", "payment/E-0001"),
    ]  # fmt: skip
    assert booked[0].lines == (Line("due/res_1", 1250), Line("fees/health", -1250))
    assert money(hall).accounts.trial_balance() == {"bank": 1250, "fees/health": -1250}


def test_the_same_errand_is_charged_once_however_often_it_is_said(hall: Hall, grid_city: City, tmp_path: Path) -> None:
    priced(hall, 1_250, 300)
    said = done(hall)
    before = money(hall).accounts.trial_balance()
    assert before == {"bank": 1550, "fees/health": -1250, "fees/police": -300}
    assert list(money(hall).decide(said, Turn(99, hall.now_ms, 1))) == []
    again = MoneyDesk(hall.errands.book, hall.world.residents, Authority(hall.world.roster))
    again.restore(money(hall).snapshot())
    again._book = money(hall)._book
    assert list(again.decide(said, Turn(99, hall.now_ms, 1))) == [], "not after a restart either"
    for event in hall.of(MoneyPosted):
        again.apply(event, Turn(99, hall.now_ms, 1))
    assert again.accounts.trial_balance() == before, "nor when its own events come again"


def test_what_was_refused_costs_nothing(hall: Hall) -> None:
    priced(hall, 1_250, 300)
    hall.ask()
    hall.come()
    hall.tick(1)
    hall.vault.erased.add("res_1")
    hall.through()
    assert hall.of(MoneyPosted) == []


def test_who_withdraws_pays_for_what_was_granted_before_and_once(hall: Hall) -> None:
    priced(hall, 1_250, 300)
    hall.ask()
    hall.come()
    while not hall.of(ItemGranted):
        hall.tick(1)
    withdraw = ErrandWord(errand="E-0001", word="withdraw")
    hall.said("res_1", withdraw, withdraw)
    hall.through()
    assert [(one.kind, one.item, one.lines[0].cents) for one in hall.of(MoneyPosted)] == [
        ("fee", "birth_certificate", 1_250), ("payment", "", 1_250),
    ]  # fmt: skip
    assert len(hall.of(ErrandWithdrawn)) == 1 and not hall.of(ErrandCompleted)


def test_fines_benefits_payments_and_refunds_come_to_nothing(hall: Hall) -> None:
    police = head(hall, "police")

    def give(command: Command) -> list[Event]:
        return hall.run(command)

    give(ImposeFine(id="f1", actor=police, person="res_1", cents=20_000, ground="parking"))
    accounts = money(hall).accounts
    assert accounts.balance(due("res_1")) == 20_000 and accounts.balance("fines/police") == -20_000
    too_much = TakePayment(id="p1", actor=CLERK, person="res_1", cents=20_001)
    assert isinstance(give(too_much)[0], CommandRefused)
    give(TakePayment(id="p2", actor=CLERK, person="res_1", cents=15_000))
    assert accounts.trial_balance() == {"bank": 15_000, "due/res_1": 5_000, "fines/police": -20_000}
    other = RefundPosting(id="r0", actor=head(hall, "health"), posting="J-000001", ground="appeal_upheld")
    assert isinstance(give(other)[0], CommandRefused), "another department's"
    refunded = give(RefundPosting(id="r1", actor=police, posting="J-000001", ground="appeal_upheld"))
    assert [event.kind for event in refunded if isinstance(event, MoneyPosted)] == ["refund", "payout"]
    assert accounts.trial_balance() == {}, "the fine is gone, and what was paid is given back"
    again = RefundPosting(id="r2", actor=police, posting="J-000001", ground="appeal_upheld")
    assert isinstance(give(again)[0], CommandRefused)
    assert isinstance(give(msgspec.structs.replace(again, id="r3", posting="J-000002"))[0], CommandRefused)
    give(GrantBenefit(id="b1", actor=police, person="res_3", cents=100, ground="hardship"))
    assert accounts.trial_balance() == {"bank": -100, "benefits/police": 100}
    nobody = ImposeFine(id="f2", actor=police, person="nobody", cents=1, ground="parking")
    assert isinstance(give(nobody)[0], CommandRefused)
    assert isinstance(
        give(ImposeFine(id="f3", actor=CLERK, person="res_1", cents=1, ground="parking"))[0], CommandRefused
    )


POSTINGS = st.tuples(
    st.sampled_from(("fee/1", "fee/2", "fine/1", "payment/1", "benefit/1")),
    st.sampled_from(("due/ann", "due/bob", "fees/health", "fines/police", BANK)),
    st.sampled_from(("due/ann", "due/bob", "fees/health", "fines/police", BANK)),
    st.integers(1, 10**9),
)


def posting(number: int, once: str, *lines: Line) -> MoneyPosted:
    return MoneyPosted(posting=f"J-{number:06d}", once=once, kind="fee", person="ann", department="health", lines=lines)


@given(st.lists(POSTINGS, max_size=20), st.integers(0, 20))
def test_balanced_after_every_event_and_nothing_twice(booked: list[tuple[str, str, str, int]], restart: int) -> None:
    accounts, first = Accounts(), dict[str, int]()
    for number, (once, debit, credit, cents) in enumerate(booked, 1):
        first.setdefault(once, cents)
        event = posting(number, once, *moved(debit, credit, cents))
        accounts.record(event)
        accounts.record(event)
        assert sum(accounts.state.balances.values()) == 0
        if number == restart:
            state = msgspec.msgpack.decode(msgspec.msgpack.encode(accounts.state), type=type(accounts.state))
            accounts = Accounts()
            accounts.state = state
    assert set(accounts.state.once) == set(first) and accounts.state.serial == len(first)
    turned = sum(max(0, line.cents) for one in accounts.state.postings.values() for line in one.lines)
    assert turned == sum(first.values())
    assert sum(accounts.trial_balance().values()) == 0


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=6))
def test_lines_that_do_not_come_to_nothing_are_never_booked(cents: list[int]) -> None:
    lines = tuple(Line(f"a/{number}", value) for number, value in enumerate(cents))
    accounts = Accounts()
    if balanced(lines):
        accounts.record(posting(1, "x", *lines))
        assert accounts.booked("x")
    else:
        with pytest.raises(UnbalancedError):
            accounts.record(posting(1, "x", *lines))
        assert not accounts.booked("x") and accounts.state.balances == {}
    with pytest.raises(UnbalancedError):
        accounts.record(posting(2, "y"))


COMMANDS = st.lists(
    st.tuples(st.sampled_from(("fine", "benefit", "payment", "refund")), st.integers(1, 500), st.integers(1, 8)),
    max_size=12,
)


@given(COMMANDS)
def test_whatever_the_heads_and_clerks_do_no_money_is_made_or_lost(wishes: list[tuple[str, int, int]]) -> None:
    class Everybody:
        """Who may do everything."""

        def refusal(self, command: Command, city_ms: int) -> None:
            return None

        def department(self, actor: Actor, city_ms: int) -> str:
            return "health"

    authority: Any = Everybody()
    people: Any = {"ann": object()}
    book: Any = None
    desk = MoneyDesk(book, people, authority)
    outside = 0
    for number, (kind, cents, which) in enumerate(wishes):
        own: dict[str, Any] = {"id": f"c{number}", "actor": Actor("person", "p", "department_head")}
        command: Any = {
            "fine": ImposeFine(**own, person="ann", cents=cents, ground="parking"),
            "benefit": GrantBenefit(**own, person="ann", cents=cents, ground="pension"),
            "payment": TakePayment(**own, person="ann", cents=cents),
            "refund": RefundPosting(**own, posting=f"J-{which:06d}", ground="hardship"),
        }[kind]
        for event in list(desk.decide(command, Turn(number, 1, 1))):
            desk.apply(event, Turn(number, 1, 1))
            if isinstance(event, MoneyPosted):
                assert balanced(event.lines)
                outside += sum(line.cents for line in event.lines if line.account == BANK)
        assert sum(desk.accounts.state.balances.values()) == 0
        assert desk.accounts.balance(BANK) == outside
        assert desk.accounts.balance(due("ann")) >= 0, "what the city owes is paid out at once"
