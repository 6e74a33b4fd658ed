"""A believed incident of a scene that closes halls, near enough, closes a hall; nothing else does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
import pytest

from services.app.hall_closures import IncidentClosures
from services.app.installation import config_directory
from services.governance.incidents import Incident
from services.hall.hall_settings import load_hall
from twin.city.model import City


@dataclass
class Incidents:
    open: Mapping[str, Incident] = field(default_factory=dict)


def flood(city: City, away_m: float, **change: object) -> Incident:
    x_m, y_m = city.place("service_hall").xy
    incident = Incident(
        id="I-0001", scene="flooded_underpass", signals=(), evidence=(), x_m=x_m + away_m, y_m=y_m, edge=-1, place="",
        severity=2, opened_ms=0,
    )  # fmt: skip
    return msgspec.structs.replace(incident, **change)


@pytest.mark.parametrize(
    ("away_m", "change", "ground"),
    [
        (50.0, {}, "flooded"),
        (5_000.0, {}, ""),
        (5_000.0, {"place": "service_hall"}, "flooded"),
        (50.0, {"doubtful": True}, ""),
        (50.0, {"scene": "night_noise"}, ""),
        (50.0, {"scene": "lamp_circuit"}, "power_out"),
    ],
)
def test_what_closes_a_hall(grid_city: City, away_m: float, change: dict[str, object], ground: str) -> None:
    closures = IncidentClosures(grid_city, load_hall(config_directory() / "hall.toml"))
    assert closures.closing("service_hall") is None, "before anybody is asked"
    closures.heed(Incidents({"I-0001": flood(grid_city, away_m, **change)}))
    found = closures.closing("service_hall")
    assert found == ((ground, "I-0001") if ground else None)
    assert closures.closing("nowhere") is None
