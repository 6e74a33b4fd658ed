"""What is wrong with a city's files, said so that whoever drew them can put it right."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from twin.core.errors import ConfigError

_SHOWN = 20


class Fault(NamedTuple):
    """One fault: ``layer`` is a file's stem (``roads``, ``city``), ``feature`` an id, or empty for the whole layer."""

    layer: str
    feature: str
    problem: str
    cure: str

    def __str__(self) -> str:
        where = f"{self.layer}/{self.feature}" if self.feature else self.layer
        return f"{where}: {self.problem} ({self.cure})"


class CityError(ConfigError):
    """A city that cannot be used, with every fault found in it."""

    def __init__(self, directory: Path, faults: tuple[Fault, ...]) -> None:
        lines = [str(fault) for fault in faults[:_SHOWN]]
        if len(faults) > _SHOWN:
            lines.append(f"and {len(faults) - _SHOWN} more")
        super().__init__(directory, f"{len(faults)} fault(s)\n  " + "\n  ".join(lines))
        self.faults = faults
