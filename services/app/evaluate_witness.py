"""Who saw what really happened: the field's truth, and what it cost whom, looked at every few seconds."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

import numpy as np

from services.app.truth import Hazard, hazards_of
from twin.core.words import StationType
from twin.field.field import Field
from twin.field.hazards.base import Spot
from twin.field.truth import TruthFact

LOOK_S: Final = 5.0
_AT_HOME = ("available", "patrolling", "broken_down")
_SLOWEST_MPS = 0.1


class Witness:
    """A truth sink that also looks by itself. ``exposed_min`` resident-minutes by hazard; ``lost_h`` vehicle-hours;
    ``away_h`` hours of units on their way, at work or going home."""

    def __init__(self) -> None:
        self.facts: list[TruthFact] = []
        self.exposed_min: defaultdict[str, float] = defaultdict(float)
        self.lost_h = 0.0
        self.away_h = 0.0

    def note(self, fact: TruthFact) -> None:
        self.facts.append(fact)

    @property
    def hazards(self) -> list[Hazard]:
        return hazards_of(self.facts)

    def look(self, field: Field) -> None:
        """What stands now stood since the last look."""
        for spot in field.hazards.spots():
            self.exposed_min[spot.id] += _near(field, spot) * LOOK_S / 60.0
        self.lost_h += _losing(field) * LOOK_S / 3600.0
        away = sum(crew.phase not in _AT_HOME for crew in field.crews.crews.values())
        self.away_h += away * LOOK_S / 3600.0


def _near(field: Field, spot: Spot) -> int:
    """Residents within reach of a hazard, indoors or out."""
    xy = field.people.xy
    return int(np.count_nonzero((xy[:, 0] - spot.x_m) ** 2 + (xy[:, 1] - spot.y_m) ** 2 <= spot.seen_m**2))


def _losing(field: Field) -> float:
    """How many vehicles' worth of driving is lost now: each loses the share of the allowed speed that it does not
    drive; whoever is parked, or at work, loses nothing."""
    traffic, roads = field.traffic, field.city.roads
    rows = np.flatnonzero(traffic.moving & (traffic.kind != StationType.SPECIAL) & (traffic.edge >= 0))
    allowed = np.maximum(roads.speed_mps[traffic.edge[rows]], _SLOWEST_MPS)
    return float(np.clip(1.0 - traffic.speed_mps[rows] / allowed, 0.0, 1.0).sum())
