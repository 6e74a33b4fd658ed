"""What governance asks of belief. ``twin.state`` offers it; tests write it by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twin.state.beliefs import DeviceBelief, MoverBelief
from twin.state.conditions import Calm, Crossing
from twin.state.heard import Heard


class Tested(Protocol):
    """What a closing test asks."""

    def calm(self, condition_id: str, subject: str, hold_s: float, now_ms: int) -> Calm:
        """Whether a condition has been calm for ``hold_s`` for a subject."""


class Sensing(Protocol):
    """Belief as governance reads it; never changed from here."""

    @property
    def crossings(self) -> Sequence[Crossing]:
        """What the batch or tick under way made conditions raise and clear."""

    def calm(self, condition_id: str, subject: str, hold_s: float, now_ms: int) -> Calm:
        """Whether a condition has been calm for ``hold_s`` for a subject."""

    def edge_times(self) -> NDArray[np.float64]:
        """(E,) believed seconds to drive each edge; inf where closed."""

    def trip_times(self) -> NDArray[np.float64]:
        """(E,) the same as of the last city minute; inf where closed now."""

    def heard(self) -> Heard:
        """Everyone believed to be somewhere now, crews left out."""

    def unit_position(self, unit: str) -> MoverBelief | None:
        """Where the unit was last heard."""

    def device(self, id: str) -> DeviceBelief:
        """What is believed of a device; KeyError names an unknown one."""

    def rest(self, scenes: Iterable[str]) -> None:
        """The scenes that notice nothing from now on, and no others; called from ``apply`` alone."""

    def silent(self) -> tuple[str, ...]:
        """Devices that cannot be heard, by their gateway's word."""

    def set_closed(self, edges: Iterable[int]) -> None:
        """The edges that orders of ours have closed, and no others; called from ``apply`` alone."""
