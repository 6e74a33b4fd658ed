"""``config/dispatch.toml``: priorities, cover, recall, shifts and capacity."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from twin.city.model import City
from twin.city.units import Department
from twin.core.errors import ConfigError

_Hour = Annotated[int, msgspec.Meta(ge=0, le=24)]
_Least = Annotated[int, msgspec.Meta(ge=1)]
_Weight = Annotated[float, msgspec.Meta(gt=0, le=100)]


class Recall(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """For tasks of severity ``at_least`` (0: never), where it saves so much."""

    at_least: Annotated[int, msgspec.Meta(ge=0, le=4)] = 2
    saves_s: Annotated[float, msgspec.Meta(ge=0)] = 120.0


class Keep(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """So many units with a skill stay free in a district (empty: in the city)."""

    skill: str
    units: _Least = 1
    district: str = ""


class Cover(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    patience_s: Annotated[float, msgspec.Meta(ge=0)] = 900.0
    keep: tuple[Keep, ...] = ()


class DispatchPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``weights`` of a second, by severity Ⅰ to Ⅳ; ``shifts`` and ``capacity`` by kind of unit.

    ``method``: the best for all open tasks together, or for each in turn the unit whose station is nearest, with
    neither recall nor cover. ``lend_after_s``: units of the scene's other departments are asked for a case's first task
    once it has waited so long; only where its own department has none with the skill."""

    method: Literal["joint", "nearest_station"] = "joint"
    lend_after_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    weights: tuple[_Weight, _Weight, _Weight, _Weight] = (8.0, 4.0, 2.0, 1.0)
    recall: Recall = Recall()
    cover: Cover = Cover()
    shifts: dict[str, tuple[_Hour, _Hour]] = {}
    capacity: dict[str, _Least] = {}

    def on_shift(self, kind: str, hour: int) -> bool:
        """Whether units of this kind work in this local hour."""
        first, last = self.shifts.get(kind, (0, 24))
        return first <= hour < last if first < last else hour >= first or hour < last


def load_dispatch(path: Path, city: City, departments: Mapping[str, Department]) -> DispatchPolicy:
    """Read and check the file. Raises :class:`ConfigError` naming file and key."""
    try:
        policy = msgspec.toml.decode(path.read_bytes(), type=DispatchPolicy)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    if list(policy.weights) != sorted(policy.weights, reverse=True):
        raise ConfigError(f"{path}: weights", "a graver severity weighs no less than a lesser one")
    districts = {part.id for part in city.meta.districts}
    for index, keep in enumerate(policy.cover.keep):
        if keep.district and keep.district not in districts:
            raise ConfigError(f"{path}: cover.keep[{index}].district", f"no district {keep.district!r}")
    kinds = [kind for department in departments.values() for kind in department.units]
    words = _unknown(policy, {kind.kind for kind in kinds}, {skill for kind in kinds for skill in kind.skills})
    if words:
        raise ConfigError(f"{path}: {words[0]}", "use a word of departments.toml")
    return policy


def _unknown(policy: DispatchPolicy, kinds: Collection[str], skills: Collection[str]) -> list[str]:
    """Kinds and skills that no department has."""
    found = [f"shifts.{kind}: no kind of unit" for kind in policy.shifts if kind not in kinds]
    found += [f"capacity.{kind}: no kind of unit" for kind in policy.capacity if kind not in kinds]
    keeps = enumerate(policy.cover.keep)
    found += [f"cover.keep[{i}].skill: no unit can {keep.skill!r}" for i, keep in keeps if keep.skill not in skills]
    return found
