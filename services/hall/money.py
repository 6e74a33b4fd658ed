"""The city's money with its residents: a double-entry ledger in integer cents, balanced at every posting."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

import msgspec

from services.facts.money import Line, MoneyPosted
from twin.core.errors import CivitwinError

BANK = "bank"
KEPT_POSTINGS = 5_000
"""The newest postings that can still be refunded; all of them are in the journal."""


class UnbalancedError(CivitwinError):
    """Lines that do not come to nothing: a fault in a desk."""


@runtime_checkable
class Priced(Protocol):
    """An item of the catalogue that has a fee."""

    @property
    def fee_cents(self) -> int: ...


def fee_of(item: object) -> int:
    """An item without a price is free."""
    return item.fee_cents if isinstance(item, Priced) else 0


def due(person: str) -> str:
    """The account of what a resident owes; below nothing, of what is owed to them."""
    return f"due/{person}"


def moved(debit: str, credit: str, cents: int) -> tuple[Line, Line]:
    """Two lines that come to nothing."""
    return Line(debit, cents), Line(credit, -cents)


def balanced(lines: Iterable[Line]) -> bool:
    return sum(line.cents for line in lines) == 0


class MoneyState(msgspec.Struct):
    serial: int = 0
    balances: dict[str, int] = {}
    once: dict[str, str] = {}  # what was booked → its posting, of all that ever was
    postings: dict[str, MoneyPosted] = {}


class Accounts:
    """Balances by account, debits positive. Nothing is booked twice for one cause."""

    def __init__(self) -> None:
        self.state = MoneyState()

    def balance(self, account: str) -> int:
        return self.state.balances.get(account, 0)

    def booked(self, once: str) -> bool:
        return once in self.state.once

    def record(self, event: MoneyPosted) -> None:
        """Book it, unless its cause was booked before. Raises :class:`UnbalancedError` before anything is changed."""
        if not balanced(event.lines) or not event.lines:
            raise UnbalancedError(f"{event.posting}: its lines come to {sum(line.cents for line in event.lines)} cents")
        if self.booked(event.once):
            return
        state = self.state
        state.serial += 1
        state.once[event.once] = event.posting
        state.postings[event.posting] = event
        for line in event.lines:
            state.balances[line.account] = self.balance(line.account) + line.cents
        for old in list(state.postings)[: max(0, len(state.postings) - KEPT_POSTINGS)]:
            del state.postings[old]

    def trial_balance(self) -> dict[str, int]:
        """All accounts that are not empty, by name; together they come to nothing."""
        return {account: cents for account, cents in sorted(self.state.balances.items()) if cents}

    def of(self, person: str) -> tuple[MoneyPosted, ...]:
        """A resident's kept postings, oldest first."""
        return tuple(event for event in self.state.postings.values() if event.person == person)
