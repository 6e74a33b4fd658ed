"""The treasury's desk: fees of what was done, fines, benefits, payments, and refunds as counter-postings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from services.collaboration.authority import Authority
from services.collaboration.canon import canonical, revive
from services.engine.desk import Fact, Turn
from services.facts.base import Actor, Event
from services.facts.because import Because, because
from services.facts.hall import ErrandCompleted, ErrandStepped, ErrandWithdrawn
from services.facts.money import (
    GrantBenefit,
    ImposeFine,
    Line,
    MoneyPosted,
    PostingKind,
    RefundPosting,
    TakePayment,
)
from services.hall.book import Book
from services.hall.emergencies import no
from services.hall.money import BANK, Accounts, MoneyState, due, fee_of, moved
from services.hall.ports import Registered
from twin.core.text import Text

FINE_TEXT: dict[str, Text] = {
    "parking": Text("parking where it is forbidden"),
    "late_filing": Text("filed too late"),
    "unlicensed": Text("acting without a licence"),
    "littering": Text("littering"),
}
BENEFIT_TEXT: dict[str, Text] = {
    "pension": Text("a pension"),
    "birth_grant": Text("a birth grant"),
    "rent_subsidy": Text("a rent subsidy"),
    "hardship": Text("hardship"),
}
REFUND_TEXT: dict[str, Text] = {
    "charged_in_error": Text("charged in error"),
    "withdrawn": Text("the application was withdrawn"),
    "appeal_upheld": Text("the appeal was upheld"),
    "hardship": Text("hardship"),
}
REFUNDABLE = ("fee", "fine")
_Booking = tuple[PostingKind, tuple[Line, ...]]


class MoneyDesk:
    """A fee is charged and paid at the counter when an errand ends, for what was granted of it and for nothing else:
    who withdraws once a part is granted pays for that part."""

    name = "money"

    def __init__(self, book: Book, residents: Mapping[str, Registered], authority: Authority) -> None:
        self.accounts = Accounts()
        self._book, self._residents, self._authority = book, residents, authority

    def decide(self, fact: Fact, turn: Turn) -> Iterable[Event]:
        match fact:
            case ErrandCompleted() | ErrandWithdrawn() | ErrandStepped(state="lapsed"):
                return self._charge(fact)
            case ImposeFine() | GrantBenefit() | TakePayment() | RefundPosting():
                why = self._authority.refusal(fact, turn.city_ms) or self._fault(fact, turn)
                return (no(fact, why),) if why else self._by_hand(fact, turn)
            case _:
                return ()

    def _charge(self, done: ErrandCompleted | ErrandWithdrawn | ErrandStepped) -> Iterator[Event]:
        """One posting an item that has a fee, and one payment of them all."""
        errand = self._book.state.errands.get(done.errand)
        if errand is None:
            return
        service = self._book.service_of(errand)
        serial, total = self.accounts.state.serial, 0
        for item in service.items:
            once, cents = f"fee/{done.errand}/{item.id}", fee_of(item)
            if item.id not in errand.done or cents <= 0 or self.accounts.booked(once):
                continue
            serial, total = serial + 1, total + cents
            yield MoneyPosted(
                actor=done.actor, cause=done.errand, **because("the fee of {item}", item=item.name),
                posting=_id(serial), once=once, kind="fee", person=done.person, department=item.department,
                lines=moved(due(done.person), f"fees/{item.department}", cents), errand=done.errand, item=item.id,
            )  # fmt: skip
        once = f"payment/{done.errand}"
        if total and not self.accounts.booked(once):
            yield MoneyPosted(
                actor=done.actor, cause=done.errand, **because("paid at the counter"), posting=_id(serial + 1),
                once=once, kind="payment", person=done.person, department=service.reception,
                lines=moved(BANK, due(done.person), total), errand=done.errand,
            )  # fmt: skip

    def _fault(self, fact: ImposeFine | GrantBenefit | TakePayment | RefundPosting, turn: Turn) -> Text | None:
        if isinstance(fact, RefundPosting):
            posting = self.accounts.state.postings.get(fact.posting)
            if posting is None or posting.kind not in REFUNDABLE:
                return Text("there is no such fee or fine")
            if self.accounts.booked(f"refund/{posting.posting}"):
                return Text("it was refunded before")
            ours = self._authority.department(fact.actor, turn.city_ms) == posting.department
            return None if ours else Text("only the department that charged it refunds it")
        if fact.person not in self._residents:
            return Text("nobody of this identity is registered")
        if isinstance(fact, TakePayment) and fact.cents > self.accounts.balance(due(fact.person)):
            return Text("that is more than is owed")
        return None

    def _by_hand(self, fact: ImposeFine | GrantBenefit | TakePayment | RefundPosting, turn: Turn) -> Iterator[Event]:
        department = self._authority.department(fact.actor, turn.city_ms)
        if isinstance(fact, RefundPosting):
            yield from self._refund(fact, self.accounts.state.postings[fact.posting])
            return
        why, steps = _booking(fact, department)
        for number, (kind, lines) in enumerate(steps, self.accounts.state.serial + 1):
            yield self._posting(fact.actor, why, number, f"{kind}/{fact.id}", kind, fact.person, department, lines)

    def _refund(self, fact: RefundPosting, old: MoneyPosted) -> Iterator[Event]:
        """The counter-posting; and what was paid for it already is given back."""
        why = because("{ground}", ground=REFUND_TEXT[fact.ground])
        serial = self.accounts.state.serial + 1
        lines = tuple(Line(line.account, -line.cents) for line in old.lines)
        once, owed = f"refund/{old.posting}", due(old.person)
        yield self._posting(
            fact.actor,
            why,
            serial,
            once,
            "refund",
            old.person,
            old.department,
            lines,
            old.errand,
            old.item,
            old.posting,
        )
        after = self.accounts.balance(owed) + sum(line.cents for line in lines if line.account == owed)
        if after < 0:
            yield self._posting(
                fact.actor, why, serial + 1, f"payout/{once}", "payout", old.person, old.department,
                moved(owed, BANK, -after), old.errand, old.item,
            )  # fmt: skip

    @staticmethod
    def _posting(
        actor: Actor, why: Because, serial: int, once: str, kind: PostingKind, person: str, department: str,
        lines: tuple[Line, ...], errand: str = "", item: str = "", reverses: str = "",
    ) -> MoneyPosted:  # fmt: skip
        return MoneyPosted(
            actor=actor, **why, posting=_id(serial), once=once, kind=kind, person=person, department=department,
            lines=lines, errand=errand, item=item, reverses=reverses,
        )  # fmt: skip

    def apply(self, event: Event, turn: Turn) -> None:
        if isinstance(event, MoneyPosted):
            self.accounts.record(event)

    def snapshot(self) -> bytes:
        return canonical(self.accounts.state)

    def restore(self, data: bytes) -> None:
        state = revive(data, MoneyState)
        state.postings = dict(sorted(state.postings.items(), key=lambda item: int(item[0][2:])))
        self.accounts.state = state


def _booking(fact: ImposeFine | GrantBenefit | TakePayment, department: str) -> tuple[Because, tuple[_Booking, ...]]:
    """Why, and what is booked one after another."""
    owed = due(fact.person)
    match fact:
        case ImposeFine():
            fine: _Booking = ("fine", moved(owed, f"fines/{department}", fact.cents))
            return because("{ground}", ground=FINE_TEXT[fact.ground]), (fine,)
        case GrantBenefit():
            benefit: _Booking = ("benefit", moved(f"benefits/{department}", owed, fact.cents))
            payout: _Booking = ("payout", moved(owed, BANK, fact.cents))
            return because("{ground}", ground=BENEFIT_TEXT[fact.ground]), (benefit, payout)
        case TakePayment():
            payment: _Booking = ("payment", moved(BANK, owed, fact.cents))
            return because("paid at the counter"), (payment,)


def _id(serial: int) -> str:
    return f"J-{serial:06d}"
