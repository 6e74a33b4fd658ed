"""Which halls an open incident closes: what governance knows, put as the hall asks it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

from services.facts.hall import ClosingGround
from services.governance.incidents import Incident
from services.hall.hall_settings import HallSettings
from twin.city.model import City


class OpenIncidents(Protocol):
    """Governance's incidents, as far as they are needed here."""

    @property
    def open(self) -> Mapping[str, Incident]: ...


class IncidentClosures:
    """An incident of certain scenes, believable and near enough, closes the counters of a hall."""

    def __init__(self, city: City, settings: HallSettings) -> None:
        self._xy = {place.id: place.xy for place in city.places}
        self._grounds, self._within_m = settings.closed_by, settings.closed_within_m
        self._incidents: OpenIncidents | None = None

    def heed(self, incidents: OpenIncidents) -> None:
        """From composition: governance is put together after the hall that it asks."""
        self._incidents = incidents

    def closing(self, place: str) -> tuple[ClosingGround, str] | None:
        """Why a hall's counters are closed, and by which incident; None where they are not."""
        xy = self._xy.get(place)
        if self._incidents is None or xy is None or not self._grounds:
            return None
        for incident in self._incidents.open.values():
            ground = self._grounds.get(incident.scene)
            if ground is None or incident.doubtful:
                continue
            if incident.place == place or math.hypot(incident.x_m - xy[0], incident.y_m - xy[1]) <= self._within_m:
                return ground, incident.id
        return None
