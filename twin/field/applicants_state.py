"""What the field remembers of residents' errands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from twin.city.errand_conduct import Stage
from twin.formats.civic import ServiceRequest

Deed = Literal["ask", "go", "return", "supply", "appeal", "let_go", "withdraw", "take_back"]


class Wish(msgspec.Struct, frozen=True):
    """Somebody will ask for something today, ``at_ms``; ``share`` is the draw behind it."""

    at_ms: int
    id: str
    service: str
    row: int
    day: str
    share: float


class Todo(msgspec.Struct, frozen=True):
    """What an applicant does at ``at_s``, seconds since the field's beginning. ``item`` of a ``return``: the place."""

    at_s: float
    deed: Deed
    item: str = ""
    materials: tuple[str, ...] = ()
    ground: str = ""


class Applicant(msgspec.Struct):
    """``row`` deals with one errand, for ``of``. ``words``: the application, until the hall is known to have it;
    ``agree``: the purpose to which ``of`` consents first; ``brought``: what is in the bag for the next visit."""

    row: int
    of: int
    request: str
    service: str
    channel: str
    heard_s: float
    stage: Stage = Stage.RESTING
    errand: str = ""
    place: str = ""
    words: ServiceRequest | None = None
    agree: str = ""
    mandated: bool = False  # waits for the mandate of ``of``
    said_s: float = -1.0
    tries: int = 0
    bag: list[Todo] = msgspec.field(default_factory=list)
    todo: list[Todo] = msgspec.field(default_factory=list)


class Trip(msgspec.Struct):
    """A body on the way to a place for the sake of errands, or there. ``shown_s``: when it last said so."""

    row: int
    place: str
    since_s: float
    there: bool = False
    shown_s: float = -1.0


class ApplicantsState(msgspec.Struct):
    """``taken``: who asked before for what is asked for once; ``silent``: rows that took their consent back."""

    day: str = ""
    wishes: list[Wish] = msgspec.field(default_factory=list)
    taken: list[tuple[str, int]] = msgspec.field(default_factory=list)
    applicants: dict[str, Applicant] = msgspec.field(default_factory=dict)
    trips: dict[int, Trip] = msgspec.field(default_factory=dict)
    silent: list[int] = msgspec.field(default_factory=list)
    offers: dict[str, bytes] = msgspec.field(default_factory=dict)
    dropped: int = 0

    def of(self, row: int) -> Iterator[Applicant]:
        """What one resident deals with."""
        return (one for one in self.applicants.values() if one.row == row)
