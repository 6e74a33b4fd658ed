"""``config/measures.toml``: what is expected where nobody is heard, and what counts as the same again."""

from __future__ import annotations

from pathlib import Path

import msgspec

from twin.core.errors import ConfigError

HOURS = 24


class ExposureSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``at_home``: share of residents at home at each full hour. The rest is explained in the file."""

    at_home: tuple[float, ...] = (0.75,) * HOURS
    occupants: float = 1.3
    in_vehicle_mps: float = 6.0
    most_for_one: float = 6.0


class Again(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same scene at the same spot so soon after its end is the same affair again."""

    within_h: float = 2.0
    near_m: float = 30.0


class MeasureSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``reach_m`` by scene, ``default`` for those not named; ``targets`` by measure."""

    exposure: ExposureSettings = ExposureSettings()
    reach_m: dict[str, float] = msgspec.field(default_factory=lambda: {"default": 120.0})
    again: Again = Again()
    targets: dict[str, float] = {}

    def reach(self, scene: str) -> float:
        return self.reach_m.get(scene, self.reach_m["default"])


def load_measures(path: Path) -> MeasureSettings:
    """Read and check the file. Raises :class:`ConfigError` naming file and key."""
    try:
        settings = msgspec.toml.decode(path.read_bytes(), type=MeasureSettings)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    shares = settings.exposure.at_home
    if len(shares) != HOURS or not all(0.0 <= share <= 1.0 for share in shares):
        raise ConfigError(f"{path}: exposure.at_home", f"{HOURS} shares between 0 and 1, one for each hour")
    if "default" not in settings.reach_m or min(settings.reach_m.values()) <= 0:
        raise ConfigError(f"{path}: reach_m", "metres above 0 for each scene, and a default")
    positive = {
        "exposure.occupants": settings.exposure.occupants,
        "exposure.in_vehicle_mps": settings.exposure.in_vehicle_mps,
        "exposure.most_for_one": settings.exposure.most_for_one - 1.0 + 1e-9,
        "again.near_m": settings.again.near_m,
    }
    for key, value in positive.items():
        if value <= 0:
            raise ConfigError(f"{path}: {key}", "too small")
    if settings.again.within_h < 0 or not all(0.0 <= target <= 1.0 for target in settings.targets.values()):
        raise ConfigError(f"{path}: again, targets", "hours from 0 up, targets between 0 and 1")
    return settings
