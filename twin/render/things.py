"""Devices and traffic lights: small, quiet, and never normal when their word is old."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pygame
from numpy.typing import NDArray

from twin.city.model import City
from twin.core.words import Freshness, LightState, Severity
from twin.render.plan import LANE_M, stop_lines
from twin.render.stage import Stage
from twin.render.theme import RGB, mix

DOTS_FROM = 0.7
BADGES_FROM = 1.9
VALUES_FROM = 5.2
LIGHTS_FROM = 1.2
OVERSAMPLE = 4

UNITS: dict[str, tuple[float, str, int]] = {
    "/": (100.0, "%", 0),
    "Pa": (0.001, "kPa", 0),
    "Cel": (1.0, "°C", 1),
    "ug/m3": (1.0, "µg/m³", 0),
    "count": (1.0, "", 0),
    "1/min": (1.0, "/min", 0),
    "m3/s": (1.0, "m³/s", 2),
    "m/s": (3.6, "km/h", 0),
    "deg": (1.0, "°", 1),
    "m": (1.0, "m", 2),
    "mm/h": (1.0, "mm/h", 1),
    "dB": (1.0, "dB", 0),
    "W": (1.0, "W", 0),
}
"""SenML unit → what a person reads: factor, unit, decimals."""


def reading(value: float, unit: str) -> str:
    """A value as a person reads it; a dash when there is none."""
    if not math.isfinite(value):
        return "–"
    factor, shown, decimals = UNITS.get(unit, (1.0, unit, 2))
    number = f"{value * factor:,.{decimals}f}"
    return f"{number}{shown}" if shown in ("%", "°") else f"{number} {shown}".rstrip()


def light_tone(stage: Stage, state: int, freshness: int) -> RGB:
    """The colour of a traffic light group; the stale tone when it is not known to be so now."""
    if not stage.looks_fresh(freshness) or state in (LightState.UNAVAILABLE, LightState.DARK):
        return stage.theme.stale
    if state in (LightState.PERMISSIVE_GREEN, LightState.GREEN):
        return stage.theme.go
    if state in (LightState.STOP_THEN_PROCEED, LightState.RED):
        return stage.theme.stop
    return stage.theme.caution


@dataclass(slots=True)
class DeviceMarks:
    """Devices by state: nothing from afar but what is wrong, dots nearer, badges with icons at street level."""

    city: City
    x_m: NDArray[np.float64] = field(init=False)
    y_m: NDArray[np.float64] = field(init=False)
    _kept: dict[tuple[object, ...], pygame.Surface] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.x_m = np.array([device.xy[0] for device in self.city.devices], float)
        self.y_m = np.array([device.xy[1] for device in self.city.devices], float)

    def draw(self, stage: Stage) -> None:
        if not len(self.x_m):
            return
        detail, told = stage.camera.detail, stage.world.devices
        x, y = stage.camera.to_screen(self.x_m, self.y_m)
        width, height = stage.surface.get_size()
        shown = (x > -20) & (y > -20) & (x < width + 20) & (y < height + 20)
        if detail < DOTS_FROM:
            shown &= (told.alarm > 0) | (told.freshness == Freshness.SILENT)
        alarm, freshness, doubt = told.alarm.tolist(), told.freshness.tolist(), told.doubt.tolist()
        chosen = stage.selection.id if stage.selection and stage.selection.kind == "device" else ""
        rows = np.flatnonzero(shown)
        rows = rows[np.argsort((told.alarm[rows] > 0) * 1, kind="stable")]  # what is wrong is drawn last
        blits: list[tuple[pygame.Surface, tuple[int, int]]] = []
        for row in rows.tolist():
            device = self.city.devices[row]
            picture = self._picture(
                stage, device.kind, alarm[row], freshness[row], bool(doubt[row]), device.id == chosen, detail
            )
            blits.append(
                (picture, (round(x[row]) - picture.get_width() // 2, round(y[row]) - picture.get_height() // 2))
            )
        stage.surface.fblits(blits)
        if detail >= VALUES_FROM:
            self._values(stage, rows.tolist(), x, y)

    def _picture(
        self, stage: Stage, kind: str, alarm: int, freshness: int, doubt: bool, chosen: bool, detail: float
    ) -> pygame.Surface:
        if stage.stale and freshness == Freshness.FRESH:
            freshness = Freshness.STALE
        style = "badge" if detail >= BADGES_FROM or (chosen and detail >= DOTS_FROM) else "dot"
        icon = stage.kinds[kind].icon if kind in stage.kinds else "device"
        key = (style, icon if style == "badge" else "", alarm, freshness, doubt, chosen, stage.ui, stage.theme.name)
        picture = self._kept.get(key)
        if picture is None:
            make = self._badge if style == "badge" else self._dot
            picture = self._kept[key] = make(stage, icon, alarm, freshness, doubt, chosen)
        return picture

    def _dot(self, stage: Stage, _icon: str, alarm: int, freshness: int, _doubt: bool, chosen: bool) -> pygame.Surface:
        theme, unit = stage.theme, stage.ui * OVERSAMPLE
        large = pygame.Surface((round(12 * unit), round(12 * unit)), pygame.SRCALPHA)
        middle = (6 * unit, 6 * unit)
        if chosen:
            pygame.draw.circle(large, (*theme.selected, 255), middle, 5.6 * unit, round(1.4 * unit))
        if freshness != Freshness.FRESH:
            pygame.draw.circle(large, (*theme.halo, 150), middle, 3.8 * unit)
            pygame.draw.circle(large, (*theme.stale, 255), middle, 3.2 * unit, round(1.2 * unit))
        elif alarm:
            pygame.draw.circle(large, (*theme.halo, 220), middle, 4.6 * unit)
            pygame.draw.circle(large, (*theme.of_severity(alarm), 255), middle, 3.5 * unit)
        else:
            pygame.draw.circle(large, (*mix(theme.calm, theme.land, 0.25), 255), middle, 1.9 * unit)
        return pygame.transform.smoothscale(large, (stage.px(12), stage.px(12)))

    def _badge(self, stage: Stage, icon: str, alarm: int, freshness: int, doubt: bool, chosen: bool) -> pygame.Surface:
        """18 px: filled by severity when in alarm, quiet when calm, a dashed hollow ring when its word is old."""
        theme, unit = stage.theme, stage.ui * OVERSAMPLE
        side = 24
        large = pygame.Surface((round(side * unit), round(side * unit)), pygame.SRCALPHA)
        middle = (side / 2 * unit, side / 2 * unit)
        tone = theme.calm
        if chosen:
            pygame.draw.circle(large, (*theme.selected, 255), middle, 11.6 * unit, round(1.6 * unit))
        if freshness != Freshness.FRESH:
            tone = theme.stale
            pygame.draw.circle(large, (*theme.halo, 190), middle, 9.4 * unit)
            _dashed_ring(large, tone, middle, 8.6 * unit, 1.3 * unit, 10 if freshness == Freshness.STALE else 5)
        elif alarm:
            tone = theme.of_severity(alarm)
            pygame.draw.circle(large, (*theme.halo, 255), middle, 9.8 * unit)
            pygame.draw.circle(large, (*tone, 255), middle, 8.8 * unit)
        else:
            pygame.draw.circle(large, (*theme.raised, 235), middle, 9 * unit)
            pygame.draw.circle(large, (*mix(tone, theme.raised, 0.45), 255), middle, 9 * unit, round(1.1 * unit))
        small = pygame.transform.smoothscale(large, (stage.px(side), stage.px(side)))
        ink = theme.on(tone) if alarm and freshness == Freshness.FRESH else tone
        mark = stage.icons.draw(icon, stage.px(12), ink)
        small.blit(mark, mark.get_rect(center=small.get_rect().center))
        if doubt and freshness == Freshness.FRESH:
            pygame.draw.circle(small, theme.of_severity(Severity.III), (stage.px(18), stage.px(6)), stage.px(3))
        return small

    def _values(self, stage: Stage, rows: list[int], x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
        told, theme = stage.world.devices, stage.theme
        for row in rows:
            kind = stage.kinds.get(self.city.devices[row].kind)
            if kind is None or not math.isfinite(float(told.value[row])):
                continue
            fresh = stage.looks_fresh(int(told.freshness[row]))
            tone = (
                theme.stale
                if not fresh
                else theme.of_severity(int(told.alarm[row]))
                if told.alarm[row]
                else theme.label
            )
            words = reading(float(told.value[row]), kind.quantities[0].unit)
            label = stage.letters.haloed(words, stage.px(11), tone, theme.halo, "regular")
            stage.surface.blit(label, (round(x[row]) + stage.px(11), round(y[row]) - label.get_height() // 2))


def _dashed_ring(
    surface: pygame.Surface, colour: RGB, middle: tuple[float, float], radius: float, width: float, dashes: int
) -> None:
    for dash in range(dashes):
        begin = math.tau * dash / dashes
        for piece in range(7):
            angle = begin + math.tau / dashes * 0.58 * piece / 6
            spot = (middle[0] + math.cos(angle) * radius, middle[1] + math.sin(angle) * radius)
            pygame.draw.circle(surface, (*colour, 255), spot, width / 2)


@dataclass(slots=True)
class LightBars:
    """Each governed approach ends in a bar across its lanes, in the light's colour."""

    city: City
    x_m: NDArray[np.float64] = field(init=False)
    y_m: NDArray[np.float64] = field(init=False)
    along: NDArray[np.float64] = field(init=False)  # (B, 2) unit driving direction
    half_m: NDArray[np.float64] = field(init=False)
    row: NDArray[np.int64] = field(init=False)  # of the light board

    def __post_init__(self) -> None:
        roads = self.city.roads
        stops = stop_lines(roads)
        bars: list[tuple[float, float, float, float, float, int]] = []
        row = 0
        for lit in self.city.intersections:
            for group in lit.groups:
                for edge in group.edges:
                    line = roads.shape(edge)
                    step = line[-1] - line[-2]
                    long = max(float(np.hypot(*step)), 1e-6)
                    ahead = step / long
                    back = min(float(stops[roads.end[edge]]), float(roads.length_m[edge]) / 3)
                    half = int(roads.lanes[edge]) * LANE_M / 2
                    side = half if roads.reverse[edge] >= 0 else 0.0
                    spot = line[-1] - ahead * min(back, long) + np.array([ahead[1], -ahead[0]]) * side
                    bars.append((*spot.tolist(), *ahead.tolist(), half, row))
                row += 1
        table = np.array(bars, float).reshape(-1, 6)
        self.x_m, self.y_m, self.along = table[:, 0], table[:, 1], table[:, 2:4]
        self.half_m, self.row = table[:, 4], table[:, 5].astype(np.int64)

    def draw(self, stage: Stage) -> None:
        detail = stage.camera.detail
        if detail < LIGHTS_FROM or not len(self.row):
            return
        x, y = stage.camera.to_screen(self.x_m, self.y_m)
        width, height = stage.surface.get_size()
        rows = np.flatnonzero((x > -40) & (y > -40) & (x < width + 40) & (y < height + 40))
        board, scale = stage.world.lights, stage.camera.scale
        for bar in rows.tolist():
            group = int(self.row[bar])
            tone = light_tone(stage, int(board.state[group]), int(board.freshness[group]))
            across = (float(self.along[bar, 1]), float(self.along[bar, 0]))  # screen: to the right of driving
            half = max(float(self.half_m[bar]) * scale * 0.92, 3.0 * stage.ui)
            one = (x[bar] - across[0] * half, y[bar] - across[1] * half)
            two = (x[bar] + across[0] * half, y[bar] + across[1] * half)
            pygame.draw.line(stage.surface, stage.theme.casing, one, two, stage.px(5 if detail > 3 else 4))
            pygame.draw.line(stage.surface, tone, one, two, stage.px(3 if detail > 3 else 2))
