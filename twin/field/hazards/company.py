"""Who is near, as hazards may ask the residents of the field."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Dweller(Protocol):
    """One elderly resident who lives alone; ``device`` is the care alarm of their home, empty without one."""

    @property
    def row(self) -> int: ...

    @property
    def device(self) -> str: ...


class Company(Protocol):
    """The residents. None of them are needed for a hazard to be."""

    def near(self, x_m: float, y_m: float, radius_m: float) -> NDArray[np.int64]: ...

    def at_place(self, place: str) -> int: ...

    def dropping(self, place: str) -> tuple[int, ...]: ...

    def alone(self) -> tuple[Dweller, ...]: ...
