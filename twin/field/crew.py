"""One unit's state, and the words of its reports."""

from __future__ import annotations

from typing import Literal

import msgspec

from twin.formats.civic import Order

Phase = Literal[
    "available", "patrolling", "acknowledged", "driving", "waiting", "working", "done", "returning", "broken_down"
]
Finding = Literal["", "confirmed", "resolved", "unresolved", "nothing_found"]
Word = Literal[
    "acknowledged", "refused", "driving", "arrived", "working", "done", "unable", "broken_down", "returning",
    "available",
]  # fmt: skip
FREE: tuple[Phase, ...] = ("available", "patrolling", "returning", "done")
"""Phases in which a crew takes a new order."""


class Crew(msgspec.Struct):
    """Times in seconds since the start; ``answers`` are the reports on recent orders, by order id, to say again."""

    unit: str
    x_m: float
    y_m: float
    edge: int
    offset_m: float
    phase: Phase = "available"
    order: Order | None = None
    vehicle: int = -1
    heading_deg: float = 0.0
    speed_mps: float = 0.0
    since_s: float = 0.0  # when this phase began
    until_s: float = 0.0
    still_s: float = 0.0
    site: str = ""
    site_kind: str = ""
    sought: bool = False  # has already looked around for the cause
    answers: dict[str, list[bytes]] = msgspec.field(default_factory=dict)
    serial: int = 0

    def enter(self, phase: Phase, since_s: float, lasts_s: float = float("inf")) -> None:
        self.phase, self.since_s, self.until_s = phase, since_s, since_s + lasts_s

    @property
    def task(self) -> Order:
        """The order in hand; only asked for in phases that have one."""
        assert self.order is not None
        return self.order
