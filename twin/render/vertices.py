"""ImGui's vertices and atlas as arrays and surfaces: which triangles are plain rectangles, and what they hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pygame
from imgui_bundle import imgui
from numpy.typing import NDArray

VERTEX = np.dtype([("p", "<f4", 2), ("u", "<f4", 2), ("c", "<u4")])
Colour = tuple[int, int, int, int]


def surface_of(texture: imgui.ImTextureData, x: int, y: int, width: int, height: int) -> pygame.Surface:
    """A part of ImGui's atlas as a surface with alpha (the atlas is RGBA or alpha alone)."""
    pixels = np.asarray(texture.get_pixels_array()).reshape(texture.height, texture.width, -1)
    part = np.ascontiguousarray(pixels[y : y + height, x : x + width])
    if part.shape[2] == 1:
        part = np.concatenate([np.full((*part.shape[:2], 3), 255, np.uint8), part], axis=2)
    picture = pygame.image.frombytes(part.tobytes(), (width, height), "RGBA")
    return picture.convert_alpha() if pygame.display.get_surface() else picture


def bytes_of(packed: int) -> Colour:
    return packed & 255, packed >> 8 & 255, packed >> 16 & 255, packed >> 24


def fill(target: pygame.Surface, colour: Colour, x: int, y: int, width: int, height: int) -> None:
    if width < 1 or height < 1 or colour[3] == 0:
        return
    if colour[3] == 255:
        target.fill(colour[:3], (x, y, width, height))
        return
    area = pygame.Rect(x, y, width, height).clip(target.get_clip())
    if area.width and area.height:
        veil = pygame.Surface(area.size, pygame.SRCALPHA)
        veil.fill(colour)
        target.blit(veil, area)


def quads_of(
    vertices: NDArray[np.void], triangles: NDArray[np.int64]
) -> tuple[list[bool], list[list[int]], list[tuple[Any, ...]], list[Colour]]:
    """For every triangle i: whether i and i + 1 are an upright rectangle of one colour, its pixel box, its texture
    span (first item: whether it has none), its colour. Lists of length len(triangles) - 1."""
    if len(triangles) < 2:
        return [], [], [], []
    one, two = triangles[:-1], triangles[1:]
    joined = (one[:, 0] == two[:, 0]) & (one[:, 2] == two[:, 1])
    corners = np.stack([one[:, 0], one[:, 1], one[:, 2], two[:, 2]], axis=1)
    place, span, tint = vertices["p"][corners], vertices["u"][corners], vertices["c"][corners]
    low, high = place.min(1), place.max(1)
    upright = (((place == low[:, None]) | (place == high[:, None])).all((1, 2))) & (place[:, 0] != place[:, 2]).all(1)
    even = (tint == tint[:, :1]).all(1)
    blank = (span == span[:, :1]).all((1, 2))
    # a textured rectangle must run left to right, else it is turned text
    straight = blank | ((place[:, 0, 1] == place[:, 1, 1]) & (place[:, 0] <= place[:, 2]).all(1))
    boxes = np.floor(np.concatenate([low, high], axis=1) + 0.5).astype(int).tolist()
    spans = [
        (flat, *first, *far)
        for flat, first, far in zip(blank.tolist(), span[:, 0].tolist(), span[:, 2].tolist(), strict=True)
    ]
    colours = [bytes_of(packed) for packed in tint[:, 0].tolist()]
    return (joined & upright & even & straight).tolist(), boxes, spans, colours
