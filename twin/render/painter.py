"""Dear ImGui's draw lists on a plain pygame surface: no OpenGL, so panels work with any driver and in tests.

Rectangles become fills, glyphs cached tinted blits, everything else anti-aliased cached shapes. A window whose
vertices did not change since the last frame is blitted whole.
"""

from __future__ import annotations

import ctypes
import itertools
import math
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pygame
from imgui_bundle import imgui
from numpy.typing import NDArray

from twin.render.vertices import VERTEX, Colour, bytes_of, fill, quads_of, surface_of

FIRST_OWN_TEXTURE = 1_000_000
SHAPES_KEPT = 6_000
OVERSAMPLE = 4
LARGEST_SHAPE_PX = 700


@dataclass(slots=True)
class _Window:
    """A painted draw list that may be shown again."""

    key: int
    rect: pygame.Rect
    picture: pygame.Surface | None = None


@dataclass(frozen=True, slots=True)
class _List:
    """One draw list, copied out of ImGui. ``commands``: texture, (n, 3) vertex indices, clip edges."""

    root: str  # the window it belongs to; children are named "window/child"
    key: int
    vertices: NDArray[np.void]
    commands: tuple[tuple[int, NDArray[np.int64], tuple[float, float, float, float]], ...]

    @classmethod
    def of(cls, draw_list: imgui.ImDrawList) -> _List:
        places, order = draw_list.vtx_buffer, draw_list.idx_buffer
        vertex_bytes = ctypes.string_at(places.data_address(), places.size() * imgui.VERTEX_SIZE)
        index_bytes = ctypes.string_at(order.data_address(), order.size() * imgui.INDEX_SIZE)
        indices = np.frombuffer(index_bytes, "<u2" if imgui.INDEX_SIZE == 2 else "<u4").astype(np.int64)
        commands, heads = [], []
        for command in draw_list.cmd_buffer:
            count, box = command.elem_count, command.clip_rect
            if count:
                clip, start = (box.x, box.y, box.z, box.w), command.idx_offset
                triangles = indices[start : start + count].reshape(-1, 3) + command.vtx_offset
                commands.append((command.get_tex_id(), triangles, clip))
                heads.append((command.get_tex_id(), start, count, clip))
        key = hash((vertex_bytes, index_bytes, tuple(heads)))
        root = draw_list._owner_name.partition("/")[0]
        return cls(root, key, np.frombuffer(vertex_bytes, VERTEX), tuple(commands))

    def shown(self) -> tuple[float, float, float, float]:
        """The box of all that its clips let through."""
        boxes = []
        for _, triangles, clip in self.commands:
            places = self.vertices["p"][triangles.ravel()]
            boxes.append((*np.maximum(places.min(0), clip[:2]), *np.minimum(places.max(0), clip[2:])))
        edges = np.array(boxes)
        low, high = edges[:, :2].min(0), edges[:, 2:].max(0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


@dataclass(slots=True)
class Painter:
    """Keeps the textures, the tinted glyphs and the last picture of every window."""

    textures: dict[int, pygame.Surface] = field(default_factory=dict)
    _shapes: OrderedDict[Any, pygame.Surface] = field(default_factory=OrderedDict)
    _windows: dict[str, _Window] = field(default_factory=dict)
    _own: dict[int, int] = field(default_factory=dict)
    _next: int = 1

    def texture_of(self, picture: pygame.Surface) -> imgui.ImTextureRef:
        """A surface that ``imgui.image`` may show; the painter keeps it."""
        number = self._own.get(id(picture))
        if number is None:
            number = FIRST_OWN_TEXTURE + len(self._own)
            self._own[id(picture)] = number
            self.textures[number] = picture
        return imgui.ImTextureRef(number)

    def forget(self) -> None:
        """Drop all that depends on colours or size (a new theme or scale)."""
        self._shapes.clear()
        self._windows.clear()
        for number in self._own.values():
            del self.textures[number]
        self._own.clear()

    def paint(self, draw_data: imgui.ImDrawData, target: pygame.Surface) -> None:
        """Draw one ImGui frame."""
        self._take_textures(draw_data)
        lists = [_List.of(draw_list) for draw_list in draw_data.cmd_lists if draw_list.idx_buffer.size()]
        for root, members in itertools.groupby(lists, key=lambda one: one.root):
            self._paint_window(root, list(members), target)
        target.set_clip(None)

    def _take_textures(self, draw_data: imgui.ImDrawData) -> None:
        for texture in draw_data.textures or ():
            status = texture.status
            if status == imgui.ImTextureStatus.want_create:
                texture.set_tex_id(self._next)
                self._next += 1
                self.textures[texture.get_tex_id()] = surface_of(texture, 0, 0, texture.width, texture.height)
                texture.set_status(imgui.ImTextureStatus.ok)
            elif status == imgui.ImTextureStatus.want_updates:
                part = texture.update_rect
                fresh = surface_of(texture, part.x, part.y, part.w, part.h)
                self.textures[texture.get_tex_id()].blit(fresh, (part.x, part.y), special_flags=0)
                texture.set_status(imgui.ImTextureStatus.ok)
            elif status == imgui.ImTextureStatus.want_destroy:
                gone = texture.get_tex_id()
                self.textures.pop(gone, None)
                for key in [key for key in self._shapes if key[0] == "glyph" and key[1] == gone]:
                    del self._shapes[key]
                texture.set_tex_id(0)
                texture.set_status(imgui.ImTextureStatus.destroyed)

    def _paint_window(self, root: str, members: list[_List], target: pygame.Surface) -> None:
        """A window with its children: its last picture if nothing of it changed, else all of them anew."""
        key = hash(tuple(member.key for member in members))
        last = self._windows.get(root)
        if last is not None and last.key == key and last.picture is not None:
            target.set_clip(None)
            target.blit(last.picture, last.rect)
            return
        for member in members:
            for texture, triangles, clip in member.commands:
                left, top, right, bottom = (math.floor(edge) for edge in clip)
                target.set_clip(pygame.Rect(left, top, max(0, right - left), max(0, bottom - top)))
                self._paint_command(member.vertices, triangles, texture, target)
        self._windows[root] = self._remembered(key, last, members, target)

    def _remembered(self, key: int, last: _Window | None, members: list[_List], target: pygame.Surface) -> _Window:
        """With a picture if the window has stood still for a frame and its first rectangle is opaque and holds all
        that is shown of it: then nothing below shows through and nothing of it lies elsewhere."""
        first = members[0].vertices[:4]
        corner, far = first["p"].min(0), first["p"].max(0)
        rect = pygame.Rect(round(corner[0]), round(corner[1]), round(far[0] - corner[0]), round(far[1] - corner[1]))
        window = _Window(key, rect)
        if last is None or last.key != key or not target.get_rect().contains(rect):
            return window
        shown = np.array([member.shown() for member in members])
        held = (shown[:, :2] >= corner - 1).all() and (shown[:, 2:] <= far + 1).all()
        if held and (first["c"] >> 24 == 255).all():
            target.set_clip(None)
            window.picture = target.subsurface(rect).copy()
        return window

    def _paint_command(
        self, vertices: NDArray[np.void], triangles: NDArray[np.int64], texture: int, target: pygame.Surface
    ) -> None:
        quads, boxes, spans, colours = quads_of(vertices, triangles)
        glyphs: list[tuple[pygame.Surface, tuple[int, int]]] = []
        atlas = self.textures.get(texture)
        index, total = 0, len(triangles)
        while index < total:
            if index < total - 1 and quads[index]:
                x, y, right, bottom = boxes[index]
                plain, span, colour = spans[index][0], spans[index], colours[index]
                index += 2
                if plain:
                    if glyphs:
                        target.fblits(glyphs)
                        glyphs = []
                    fill(target, colour, x, y, right - x, bottom - y)
                elif atlas is not None:
                    picture = self._tinted(texture, atlas, span[1:], colour, (right - x, bottom - y))
                    if picture is not None:
                        glyphs.append((picture, (x, y)))
                continue
            if glyphs:
                target.fblits(glyphs)
                glyphs = []
            index = self._paint_shape(vertices, triangles, index, quads, atlas, target)
        if glyphs:
            target.fblits(glyphs)

    def _tinted(
        self,
        texture: int,
        atlas: pygame.Surface,
        span: tuple[float, ...],
        colour: Colour,
        size: tuple[int, int],
    ) -> pygame.Surface | None:
        key = ("glyph", texture, span, colour, size)
        picture = self._shapes.get(key)
        if picture is not None:
            return picture
        wide, high = atlas.get_size()
        left, top = round(min(span[0], span[2]) * wide), round(min(span[1], span[3]) * high)
        part = pygame.Rect(left, top, round(abs(span[2] - span[0]) * wide), round(abs(span[3] - span[1]) * high))
        part = part.clip(atlas.get_rect())
        if part.width < 1 or part.height < 1 or size[0] < 1 or size[1] < 1:
            return None
        picture = atlas.subsurface(part).copy()
        if abs(part.width - size[0]) > 1 or abs(part.height - size[1]) > 1:
            picture = pygame.transform.smoothscale(picture, size)
        if colour != (255, 255, 255, 255):
            picture.fill(colour, special_flags=pygame.BLEND_RGBA_MULT)
        self._keep(key, picture)
        return picture

    def _keep(self, key: Any, picture: pygame.Surface) -> None:
        self._shapes[key] = picture
        if len(self._shapes) > SHAPES_KEPT:
            self._shapes.popitem(last=False)

    def _paint_shape(
        self,
        vertices: NDArray[np.void],
        triangles: NDArray[np.int64],
        start: int,
        quads: list[bool],
        atlas: pygame.Surface | None,
        target: pygame.Surface,
    ) -> int:
        """All triangles of one colour from ``start`` on, as one smooth shape; gives the index after them."""
        first = vertices[triangles[start, 0]]
        end = start + 1
        while end < len(triangles) and vertices["c"][triangles[end, 0]] == first["c"]:
            if end < len(quads) and quads[end]:
                break
            end += 1
        corners = vertices[triangles[start:end].ravel()]
        if atlas is not None and float(np.ptp(corners["u"], axis=0).max()) * atlas.get_width() > 3:
            self._paint_turned(corners, atlas, target)
            return end
        points = corners["p"]
        low = np.floor(points.min(0)) - 1
        wide, high = (np.ceil(points.max(0)) + 1 - low).astype(int).tolist()
        colour = bytes_of(int(first["c"]))
        if wide > LARGEST_SHAPE_PX or high > LARGEST_SHAPE_PX:
            for triangle in points.reshape(-1, 3, 2).tolist():
                pygame.draw.polygon(target, colour[:3], triangle)
            return end
        local = np.round((points - low) * OVERSAMPLE).astype(np.int32)
        key = ("shape", colour, wide, high, local.tobytes())
        picture = self._shapes.get(key)
        if picture is None:
            large = pygame.Surface((wide * OVERSAMPLE, high * OVERSAMPLE), pygame.SRCALPHA)
            large.fill((*colour[:3], 0))
            for triangle in local.reshape(-1, 3, 2).tolist():
                pygame.draw.polygon(large, colour, triangle)
            picture = pygame.transform.smoothscale(large, (wide, high))
            self._keep(key, picture)
        target.blit(picture, (int(low[0]), int(low[1])))
        return end

    def _paint_turned(self, corners: NDArray[np.void], atlas: pygame.Surface, target: pygame.Surface) -> None:
        """Textured quads that are not upright (turned text): each glyph is turned about its middle."""
        for six in corners[: len(corners) // 6 * 6].reshape(-1, 6):
            top_left, top_right, far = six[0], six[1], six[2]
            along = top_right["p"] - top_left["p"]
            wide, high = float(np.hypot(*along)), float(np.hypot(*(far["p"] - top_right["p"])))
            span = (*top_left["u"].tolist(), *far["u"].tolist())
            picture = self._tinted(0, atlas, span, bytes_of(int(six[0]["c"])), (round(wide), round(high)))
            if picture is None:
                continue
            turned = pygame.transform.rotozoom(picture, -math.degrees(math.atan2(along[1], along[0])), 1.0)
            middle = (top_left["p"] + far["p"]) / 2
            target.blit(turned, turned.get_rect(center=(round(float(middle[0])), round(float(middle[1])))))
