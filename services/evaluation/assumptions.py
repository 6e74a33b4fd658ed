"""``config/evaluation/assumptions.toml``: figures that a run rests on and that the code cannot know, each with its
source or without one. Those without, and those with a weak one, are swept from half to double."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from services.evaluation.job import Policy
from twin.core.errors import CivitwinError, ConfigError
from twin.core.text import Name

SHARE = "share"


class Assumption(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One figure. ``concerns``: the policy that uses it; ``source`` is empty where there is none; ``why`` says why this
    value. Without ``sweep``, what has no source is swept; true: also what has one (where that is weak), false: neither,
    and ``why`` says what for."""

    id: str
    value: float
    unit: str
    concerns: Literal["siloed", "scene", "both"]
    name: Name
    why: Name
    source: str = ""
    sweep: bool | None = None

    @property
    def swept(self) -> bool:
        return self.sweep if self.sweep is not None else not self.source

    @property
    def policies(self) -> tuple[Policy, ...]:
        """Whose runs change when this figure does."""
        return ("siloed", "scene") if self.concerns == "both" else (self.concerns,)


class Assumptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"all": "assumption"}):
    """All of them, in the file's order."""

    all: tuple[Assumption, ...] = ()

    @property
    def swept(self) -> tuple[Assumption, ...]:
        return tuple(assumption for assumption in self.all if assumption.swept)

    def values(self, factors: Iterable[tuple[str, float]] = ()) -> Mapping[str, float]:
        """Value by id, multiplied by an arm's factors; shares stay between 0 and 1. Raises :class:`CivitwinError` for a
        factor of no assumption."""
        found = {assumption.id: assumption.value for assumption in self.all}
        shares = {assumption.id for assumption in self.all if assumption.unit == SHARE}
        for id, factor in factors:
            if id not in found:
                raise CivitwinError(f"no assumption {id!r} to multiply by {factor:g}")
            found[id] *= factor
            if id in shares:
                found[id] = min(1.0, max(0.0, found[id]))
        return found


def load_assumptions(path: Path) -> Assumptions:
    """Read and check the file. Raises :class:`ConfigError` naming file and key."""
    try:
        assumptions = msgspec.toml.decode(path.read_bytes(), type=Assumptions)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    ids = [assumption.id for assumption in assumptions.all]
    for index, assumption in enumerate(assumptions.all):
        where = f"{path}: assumption[{index}]"
        if not assumption.id.isidentifier() or ids.index(assumption.id) != index:
            raise ConfigError(f"{where}.id", f"{assumption.id!r}: a word of its own for each assumption")
        if not math.isfinite(assumption.value) or (assumption.unit == SHARE and not 0.0 <= assumption.value <= 1.0):
            raise ConfigError(f"{where}.value", "a finite number; a share is between 0 and 1")
        if not all((assumption.name.en, assumption.name.zh, assumption.why.en, assumption.why.zh)):
            raise ConfigError(where, "name and why in both languages")
        if assumption.swept and assumption.value == 0.0:
            raise ConfigError(f"{where}.value", "half and double of 0 are 0: sweep = false")
    return assumptions
