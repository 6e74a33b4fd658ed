"""What one piece of ground is painted on: its view in metres and its oversampled pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pygame
from numpy.typing import NDArray

Floats = NDArray[np.float64]

OVERSAMPLE = 2


@dataclass(frozen=True, slots=True)
class Sheet:
    """A square of ground: its view in metres and the oversampled pixels it is drawn on."""

    view: tuple[float, float, float, float]
    scale: float  # surface pixels a metre
    detail: float  # logical pixels a metre
    px: float  # surface pixels a logical pixel
    surface: pygame.Surface

    def to(self, points: Floats) -> Floats:
        """World metres to surface pixels."""
        west, _, _, north = self.view
        return np.stack([(points[:, 0] - west) * self.scale, (north - points[:, 1]) * self.scale], axis=1)
