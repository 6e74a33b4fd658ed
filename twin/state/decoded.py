"""One batch on its way from frames to columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from twin.core.bus import Message
from twin.formats.refusal import Refused
from twin.state.batch import Notice
from twin.state.sources import Route


class ReadingRow(NamedTuple):
    """``observed_ms`` is -1 where the message carries no time; ``flags`` are Doubt bits."""

    slot: int
    value: float
    observed_ms: int
    flags: int
    retained: bool
    message: int
    source: int


class PlaceRow(NamedTuple):
    """A crew's or person's position; NaN where heading or speed is not said."""

    slot: int
    x_m: float
    y_m: float
    heading_deg: float
    speed_mps: float
    observed_ms: int
    message: int
    source: int


class Decoded:
    """Lists of rows, one entry a row, in order of arrival."""

    def __init__(self, messages: Sequence[Message], received_ms: int, wall_ms: float | None) -> None:
        self.messages = messages
        self.received_ms = received_ms
        self.wall_ms = wall_ms
        self.readings: list[ReadingRow] = []
        self.places: list[PlaceRow] = []
        self.lights: list[tuple[int, int, int, int]] = []  # intersection, group, state, observed_ms
        self.notices: list[Notice] = []
        self.cam_routes: list[Route] = []
        self.cam_payloads: list[bytes] = []
        self.cam_index: list[int] = []
        self.refused: dict[int, tuple[int, str, Refused]] = {}  # by message: source, sender, first reason

    def refuse(self, message: int, route: Route, refusal: Refused) -> None:
        self.refused.setdefault(message, (route.source, route.sender, refusal))
