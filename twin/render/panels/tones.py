"""The palette's colours as ImGui wants them."""

from __future__ import annotations

from imgui_bundle import imgui

from twin.render.theme import RGB


def packed(colour: RGB, alpha: int = 255) -> int:
    """A colour as ImGui packs it."""
    return colour[0] | colour[1] << 8 | colour[2] << 16 | alpha << 24


def vec4(colour: RGB, alpha: float = 1.0) -> imgui.ImVec4:
    return imgui.ImVec4(colour[0] / 255, colour[1] / 255, colour[2] / 255, alpha)
