"""What the service hall decides: errands, credentials, and every use of personal data with its legal basis.

Residents act by their phones or at a terminal, whose messages arrive in a batch; the commands here are the officers'.
Reasons are codes from lists: what somebody writes about a person would stay readable in the journal for ever.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from services.facts.base import Command, Event
from services.facts.of_item import OfItem

ErrandChannel = Literal["online", "counter", "kiosk", "phone", "virtual"]
VisitKind = Literal["intake", "item", "supplement", "pick_up"]
Delivery = Literal["credential", "post", "pick_up"]
RefusalGround = Literal[
    "not_eligible", "contradicts_register", "materials_missing", "materials_invalid", "law_does_not_allow", "duplicate",
]  # fmt: skip
Remedy = Literal["appeal", "apply_again", "correct_register", "bring_valid_materials", "other_service"]
AppealGround = Literal["facts_wrong", "law_misapplied", "new_evidence", "unfair"]
ClosingGround = Literal["flooded", "power_out", "fire", "incident", "by_order"]


class CallNumber(Command, frozen=True, kw_only=True):
    """A clerk calls the next number at once, whatever the queue's order."""

    posts: ClassVar[tuple[str, ...]] = ("clerk",)
    errand: str


class RefuseErrand(Command, frozen=True, kw_only=True):
    """A clerk refuses the whole application; ``ground`` says why."""

    posts: ClassVar[tuple[str, ...]] = ("clerk",)
    errand: str
    ground: RefusalGround


class TakeReview(Command, frozen=True, kw_only=True):
    """An officer takes up the items of an errand that lie with their department, before the rule does."""

    posts: ClassVar[tuple[str, ...]] = ("clerk",)
    errand: str
    item: str


class AskSupplement(Command, frozen=True, kw_only=True):
    """补正: once, for everything that is missing (``materials``; empty: all that the catalogue says)."""

    posts: ClassVar[tuple[str, ...]] = ("clerk",)
    errand: str
    item: str
    materials: tuple[str, ...] = ()


class GrantItem(Command, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = ("clerk", "department_head")
    errand: str
    item: str


class RefuseItem(Command, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = ("clerk", "department_head")
    errand: str
    item: str
    ground: RefusalGround
    remedy: Remedy


class DecideItemAppeal(Command, frozen=True, kw_only=True):
    """The head of the department: ``upheld``, the refusal stays; else the item is reviewed again."""

    posts: ClassVar[tuple[str, ...]] = ("department_head",)
    errand: str
    item: str
    upheld: bool


class CloseCounter(Command, frozen=True, kw_only=True):
    """A hall's counters take nobody any more, until they are opened again."""

    posts: ClassVar[tuple[str, ...]] = ("clerk", "duty_chief")
    place: str
    ground: ClosingGround = "by_order"


class OpenCounter(Command, frozen=True, kw_only=True):
    posts: ClassVar[tuple[str, ...]] = ("clerk", "duty_chief")
    place: str


class ErrandBegun(Event, frozen=True, kw_only=True):
    """A request taken in. ``sealed`` is the form, readable only with the person's key; ``missing`` names the fields
    that the counter will have to ask for."""

    errand: str
    service: str
    person: str
    pseudonym: str
    request: str
    version: str
    sealed: bytes
    missing: tuple[str, ...]
    place: str
    provenance: int
    agent: str = ""  # who acts for the person: a guardian or proxy
    mandate: str = ""  # on which a proxy acts
    channel: ErrandChannel = "online"
    terminal: str = ""  # at which the applicant was, where it came by one
    materials: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    wallet: tuple[str, ...] = ()  # kinds of credential that the person holds
    skipped: tuple[str, ...] = ()  # optional items that are not open to the person, or not wanted


class ErrandRefused(Event, frozen=True, kw_only=True):
    """Not taken in, or ended without a result; ``reason`` is never empty."""

    errand: str
    person: str
    pseudonym: str
    service: str
    request: str
    tell_until_ms: int = 0  # the answer to the phone is resent until then


class ErrandStepped(Event, frozen=True, kw_only=True):
    """A step of the whole errand, or of a ``visit``. ``until_ms`` is when a counter is done, by when somebody is
    expected, or (sent home) when the hall opens; -1 where nobody can tell."""

    errand: str
    person: str
    pseudonym: str
    request: str
    state: Literal[
        "accepted", "expected", "sent_home", "queued", "serving", "served", "missed", "completed", "refused", "lapsed",
    ]  # fmt: skip
    item: str = ""
    number: int = 0
    clerk: str = ""
    counter: int = 0
    place: str = ""
    until_ms: int = -1
    tell_until_ms: int = 0
    visit: VisitKind | Literal[""] = ""


class ReviewBegun(Event, frozen=True, kw_only=True):
    """Items of one department come under review, on their own or as part of a ``joint`` review; ``ripe_ms`` is when
    the inquiries behind them are over and an officer can decide."""

    errand: str
    person: str
    items: tuple[str, ...]
    department: str
    ripe_ms: int
    joint: str = ""


class ReviewTaken(Event, frozen=True, kw_only=True):
    """An officer works on it, until ``until_ms``."""

    errand: str
    person: str
    items: tuple[str, ...]
    department: str
    officer: str
    until_ms: int


class SupplementAsked(OfItem, frozen=True, kw_only=True):
    """补正: everything that is missing, to be brought by ``until_ms``."""

    materials: tuple[str, ...]
    until_ms: int


class SupplementAnswered(OfItem, frozen=True, kw_only=True):
    materials: tuple[str, ...]
    ripe_ms: int = -1
    terminal: str = ""


class ItemGranted(OfItem, frozen=True, kw_only=True):
    """``due_ms``: when what is sent by post will be there; -1: nothing is."""

    delivery: Delivery
    due_ms: int = -1


class ItemDelivered(OfItem, frozen=True, kw_only=True):
    pass


class ItemRefused(OfItem, frozen=True, kw_only=True):
    """With a reason and a remedy; ``until_ms`` is by when it can be appealed, -1: it was, and this is for good."""

    ground: RefusalGround
    remedy: Remedy
    until_ms: int


class ItemAppealed(OfItem, frozen=True, kw_only=True):
    """Once for each item; ``materials`` come with it."""

    ground: AppealGround
    materials: tuple[str, ...] = ()


class ItemAppealDecided(OfItem, frozen=True, kw_only=True):
    """``upheld``: the refusal stays."""

    upheld: bool
    ripe_ms: int = -1


class ItemEscalated(OfItem, frozen=True, kw_only=True):
    """Silence past the law's limit: it lies before ``head``, who is to decide."""

    department: str
    head: str


class ItemEnded(OfItem, frozen=True, kw_only=True):
    """Let go by the applicant, or by their silence."""


class ErrandWithdrawn(Event, frozen=True, kw_only=True):
    errand: str
    person: str
    pseudonym: str
    service: str
    request: str
    tell_until_ms: int = 0


class CounterClosed(Event, frozen=True, kw_only=True):
    place: str
    ground: ClosingGround
    incident: str = ""  # for which it is closed; empty: by command


class CounterOpened(Event, frozen=True, kw_only=True):
    place: str


class CatalogueOffered(Event, frozen=True, kw_only=True):
    """The catalogue is told to phones and terminals, retained; ``digest`` is of what is told. ``withdrawn`` are
    services that are offered no more."""

    digest: str
    withdrawn: tuple[str, ...] = ()


class DataUsed(Event, frozen=True, kw_only=True):
    """A department read personal data; ``basis`` names the entry of the ledger that allows it."""

    person: str
    department: str
    purpose: str
    fields: tuple[str, ...]
    basis: str
    errand: str
    known_as: str = ""  # the department's own pseudonym of the person


class DataUseRefused(Event, frozen=True, kw_only=True):
    """No legal basis: nothing was read."""

    person: str
    department: str
    purpose: str
    fields: tuple[str, ...]
    errand: str


class CredentialIssued(Event, frozen=True, kw_only=True):
    """电子证照: ``claims`` are sealed; ``signature`` is the issuing department's over the canonical envelope."""

    credential: str
    kind: str
    issuer: str
    holder: str
    errand: str
    issued_ms: int
    expires_ms: int  # -1: does not expire
    claims: bytes
    evidence: tuple[str, ...]  # credentials it rests on
    signature: bytes
    holder_key: bytes = b""  # whoever presents it signs with this key's other half


class ErrandCompleted(Event, frozen=True, kw_only=True):
    errand: str
    service: str
    person: str
    pseudonym: str
    request: str
    credentials: tuple[str, ...]
    trips: int
    waited_ms: int
