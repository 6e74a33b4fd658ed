"""Fees, benefits, fines and refunds: postings in integer cents whose lines come to nothing."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec

from services.facts.base import Command, Event

Cents = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]
FineGround = Literal["parking", "late_filing", "unlicensed", "littering"]
BenefitGround = Literal["pension", "birth_grant", "rent_subsidy", "hardship"]
RefundGround = Literal["charged_in_error", "withdrawn", "appeal_upheld", "hardship"]
PostingKind = Literal["fee", "payment", "benefit", "payout", "fine", "refund"]


class Line(msgspec.Struct, frozen=True):
    """Debits are positive, credits negative. Accounts: ``due/<resident>`` what a resident owes the city (negative: is
    owed), ``fees/<department>``, ``fines/<department>``, ``benefits/<department>``, and ``bank``."""

    account: str
    cents: int


class ImposeFine(Command, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = ("department_head",)
    person: str
    cents: Cents
    ground: FineGround


class GrantBenefit(Command, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = ("department_head",)
    person: str
    cents: Cents
    ground: BenefitGround


class TakePayment(Command, frozen=True, kw_only=True):
    """A clerk takes what a resident owes, or a part of it."""

    posts: ClassVar[tuple[str, ...]] = ("clerk",)
    person: str
    cents: Cents


class RefundPosting(Command, frozen=True, kw_only=True):
    """The posting, undone by its counter-posting; once. A payment is given back with its fee."""

    posts: ClassVar[tuple[str, ...]] = ("department_head",)
    posting: str
    ground: RefundGround


class MoneyPosted(Event, frozen=True, kw_only=True):
    """``once`` is what it was booked for: no two postings have the same. ``reverses`` is the posting that a refund
    undoes."""

    posting: str
    once: str
    kind: PostingKind
    person: str
    department: str
    lines: tuple[Line, ...]
    errand: str = ""
    item: str = ""
    reverses: str = ""
