"""``config/evaluation/measures.toml``: what is measured, which way is better, and which few decide."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from twin.core.errors import ConfigError
from twin.core.text import Name, Text

Direction = Literal["lower", "higher"]

_NONE = Text("")
_UNITS = (
    ("resident_min", Text("resident-min")),
    ("vehicle_h", Text("vehicle-h")),
    ("share", Text("%")),
    ("yuan", Text("yuan")),
    ("min", Text("min")),
    ("h", Text("h")),
)
"""By how an id ends; the longest ending first."""


class Measure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """``id`` ends with the unit; ``what`` says exactly what is counted."""

    id: str
    better: Direction
    name: Name
    what: Name

    @property
    def unit(self) -> Text:
        """As it is shown; an empty text for a plain number."""
        return next((unit for ending, unit in _UNITS if self.id.endswith(f"_{ending}")), _NONE)

    @property
    def share(self) -> bool:
        """Whether values go from 0 to 1 and are shown in per cent."""
        return self.id.endswith("_share")

    @property
    def sign(self) -> float:
        """What a difference is multiplied by so that above 0 is an improvement."""
        return 1.0 if self.better == "higher" else -1.0


class Measures(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"all": "measure"}):
    """All measures, in the file's order; ``primary`` ids, in theirs."""

    primary: tuple[str, ...]
    all: tuple[Measure, ...]

    @property
    def primaries(self) -> tuple[Measure, ...]:
        return tuple(self[id] for id in self.primary)

    @property
    def primary_first(self) -> tuple[Measure, ...]:
        return (*self.primaries, *(measure for measure in self.all if measure.id not in self.primary))

    def __getitem__(self, id: str) -> Measure:
        return next(measure for measure in self.all if measure.id == id)


def load_evaluation_measures(path: Path) -> Measures:
    """Read and check the file. Raises :class:`ConfigError` naming file and key."""
    try:
        measures = msgspec.toml.decode(path.read_bytes(), type=Measures)
    except (OSError, msgspec.DecodeError) as fault:
        raise ConfigError(path, str(fault)) from fault
    ids = [measure.id for measure in measures.all]
    for index, measure in enumerate(measures.all):
        if not measure.id.isidentifier() or ids.index(measure.id) != index:
            raise ConfigError(f"{path}: measure[{index}].id", f"{measure.id!r}: a word of its own for each measure")
        if not all((measure.name.en, measure.name.zh, measure.what.en, measure.what.zh)):
            raise ConfigError(f"{path}: measure[{index}]", "name and what in both languages")
    if not measures.primary or len(set(measures.primary)) != len(measures.primary):
        raise ConfigError(f"{path}: primary", "at least one measure, each once")
    for id in measures.primary:
        if id not in ids:
            raise ConfigError(f"{path}: primary", f"no measure {id!r}")
    return measures
