"""How far an application has come: one part for each item of its service."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec

from services.hall.catalogue import Limit
from twin.core.errors import CivitwinError
from twin.core.text import Text

Due = Callable[[int, Limit], int]
"""The moment at which a limit that begins at a moment runs out, both in milliseconds of city time."""

SUPPLEMENT = Limit("working_day", 10)
"""How long an applicant has to bring what was asked. Assumed."""

APPEAL = Limit("working_day", 40)
"""How long a refusal can be appealed: the Administrative Reconsideration Law's sixty days (art. 20), at work about."""

GENERAL = Limit("working_day", 20)
"""The general limit of the Administrative Licensing Law, art. 42, where an item names none of its own."""


class GraphError(CivitwinError):
    """A step that the graph does not allow."""


class NotEligibleError(GraphError):
    """Somebody who may not ask for the service; ``why`` says it to them."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.msgid)
        self.why = why


class PartState(StrEnum):
    WAITING = "waiting"
    REVIEW = "review"
    SUPPLEMENT = "supplement"  # 补正: the applicant was asked for materials; the clock stands
    GRANTED = "granted"  # decided, and to be delivered by post or pick-up
    REFUSED = "refused"  # can still be appealed
    APPEALED = "appealed"
    DELIVERED = "delivered"
    CLOSED = "closed"  # refused for good
    SKIPPED = "skipped"  # optional, and not wanted or not open to this applicant
    STOPPED = "stopped"  # can never begin: what it waits for was refused for good


P = PartState

ENDED = frozenset({P.DELIVERED, P.CLOSED, P.SKIPPED, P.STOPPED})
DONE = frozenset({P.GRANTED, P.DELIVERED, P.SKIPPED})
"""What lets the items behind it begin."""

FOLLOWS: dict[PartState, frozenset[PartState]] = {
    P.WAITING: frozenset({P.REVIEW, P.STOPPED}),
    P.REVIEW: frozenset({P.SUPPLEMENT, P.GRANTED, P.DELIVERED, P.REFUSED, P.CLOSED}),
    P.SUPPLEMENT: frozenset({P.REVIEW, P.CLOSED}),
    P.GRANTED: frozenset({P.DELIVERED}),
    P.REFUSED: frozenset({P.APPEALED, P.CLOSED}),
    P.APPEALED: frozenset({P.REVIEW, P.CLOSED}),
    P.DELIVERED: frozenset(),
    P.CLOSED: frozenset(),
    P.SKIPPED: frozenset(),
    P.STOPPED: frozenset(),
}


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One item's part. ``until_ms`` is when the present state's limit runs out (the law's in review and on appeal, the
    applicant's while they are asked or may appeal), -1 where none runs; ``promised_ms`` the promise's. ``why`` and
    ``remedy`` say why it was refused, skipped or stopped, and what helps."""

    state: PartState = P.WAITING
    begun_ms: int = -1
    until_ms: int = -1
    promised_ms: int = -1
    escalated: bool = False
    appealed: bool = False
    why: Text | None = None
    remedy: Text | None = None


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Never changed in place. ``held``: materials the applicant gave; ``wallet``: kinds of credential that are there;
    ``asked``: materials that a supplement request has asked for, each once."""

    parts: dict[str, Part]
    held: tuple[str, ...] = ()
    wallet: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
