"""Thousands of tiny squares a frame, written straight into the surface's pixels."""

from __future__ import annotations

import numpy as np
import pygame
from numpy.typing import NDArray


def stamp(
    surface: pygame.Surface,
    x_px: NDArray[np.float64],
    y_px: NDArray[np.float64],
    colour: NDArray[np.uint32],
    size_px: int,
) -> None:
    """Squares of ``size_px`` centred on the points; ``colour`` holds ``surface.map_rgb`` values, one a point. What
    would cross the surface's rim is left out. ``surface`` must have 32 bits a pixel."""
    width, height = surface.get_size()
    half = size_px // 2
    left = np.rint(x_px).astype(np.int64) - half
    top = np.rint(y_px).astype(np.int64) - half
    inside = (left >= 0) & (top >= 0) & (left <= width - size_px) & (top <= height - size_px)
    if not inside.all():
        left, top, colour = left[inside], top[inside], colour[inside]
    pixels = pygame.surfarray.pixels2d(surface).T  # (height, width), rows may be padded
    pitch = pixels.strides[0] // 4
    flat = np.lib.stride_tricks.as_strided(pixels, (height * pitch,), (4,)) if pitch * height else pixels.ravel()
    corner = top * pitch + left
    for row in range(size_px):
        for column in range(size_px):
            flat[corner + (row * pitch + column)] = colour
