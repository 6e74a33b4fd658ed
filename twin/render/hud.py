"""What lies over the map: scale bar, legend, caption, notices, rain, and the banner that says when nothing is sure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

import numpy as np
import pygame

from twin.core.chance import generator
from twin.core.text import Text
from twin.core.words import Severity
from twin.render.stage import Stage
from twin.render.theme import RGB, mix

NICE = (1, 2, 5)
DROPS = 420


@dataclass(slots=True)
class Hud:
    """Drawn after the map and before the panels, inside ``free`` (what no panel covers)."""

    _legend: tuple[tuple[object, ...], pygame.Surface] | None = None
    _drops: np.ndarray[tuple[int, int], np.dtype[np.float64]] = field(
        default_factory=lambda: generator(1, "raindrops on the glass").random((DROPS, 3))
    )

    def draw_scale(self, stage: Stage, free: pygame.Rect) -> None:
        """A bar of a round number of metres, at the right bottom."""
        theme = stage.theme
        room = 120 * stage.ui
        metres = _nice(room / stage.camera.scale)
        long = round(metres * stage.camera.scale)
        words = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
        right, bottom = free.right - stage.px(16), free.bottom - stage.px(16)
        left = right - long
        for colour, grow in ((theme.halo, stage.px(2)), (theme.label, 0)):
            pygame.draw.rect(
                stage.surface,
                colour,
                (left - grow, bottom - stage.px(2) - grow, long + 2 * grow, stage.px(2) + 2 * grow),
            )
            for x in (left, right - stage.px(2)):
                pygame.draw.rect(
                    stage.surface,
                    colour,
                    (x - grow, bottom - stage.px(8) - grow, stage.px(2) + 2 * grow, stage.px(8) + 2 * grow),
                )
        label = stage.letters.haloed(words, stage.px(12), theme.label, theme.halo, "regular")
        stage.surface.blit(label, (right - label.get_width(), bottom - stage.px(10) - label.get_height()))

    def legend_box(self, stage: Stage, free: pygame.Rect) -> pygame.Rect:
        """Where the legend lies, so that names keep clear of it."""
        picture = self._legend_picture(stage)
        return picture.get_rect(bottomleft=(free.left + stage.px(16), free.bottom - stage.px(16)))

    def _legend_picture(self, stage: Stage) -> pygame.Surface:
        key = (stage.theme.name, stage.language.current, stage.ui)
        if self._legend is None or self._legend[0] != key:
            self._legend = (key, _legend(stage))
        return self._legend[1]

    def draw_legend(self, stage: Stage, free: pygame.Rect) -> None:
        """What the colours and shapes mean, at the left bottom."""
        stage.surface.blit(self._legend_picture(stage), self.legend_box(stage, free))

    def draw_caption(self, stage: Stage, free: pygame.Rect, words: str, tone: RGB) -> None:
        """One line at the top of the map: why the camera is where it is, or an answer to the viewer."""
        theme, letters = stage.theme, stage.letters
        size, room = stage.px(14), min(free.width - stage.px(88), stage.px(720))
        lines = [letters.plain(line, size, theme.bright, "medium") for line in _wrapped(stage, words, size, room)]
        high = sum(line.get_height() for line in lines)
        plate = pygame.Surface(
            (max(line.get_width() for line in lines) + stage.px(40), high + stage.px(14)), pygame.SRCALPHA
        )
        box = plate.get_rect(midtop=(free.centerx, free.top + stage.px(16)))
        pygame.draw.rect(plate, (*theme.panel, 238), plate.get_rect(), border_radius=stage.px(6))
        edge = (0, stage.px(8), stage.px(4), box.height - stage.px(16))
        pygame.draw.rect(plate, (*tone, 255), pygame.Rect(edge).move(stage.px(8), 0), border_radius=stage.px(2))
        y = stage.px(7)
        for line in lines:
            plate.blit(line, (stage.px(22), y))
            y += line.get_height()
        stage.surface.blit(plate, box)

    def draw_stale(self, stage: Stage, free: pygame.Rect, words: str) -> None:
        """The whole map greyed, and a banner that says for how long nothing has been heard."""
        theme = stage.theme
        veil = pygame.Surface(free.size, pygame.SRCALPHA)
        veil.fill((*theme.panel, 110))
        stage.surface.blit(veil, free)
        text = stage.letters.plain(words, stage.px(16), theme.on(theme.stop), "medium")
        bar = pygame.Rect(free.left, free.top, free.width, stage.px(36))
        pygame.draw.rect(stage.surface, theme.stop, bar)
        stage.surface.blit(text, text.get_rect(center=bar.center))

    def draw_rain(self, stage: Stage, free: pygame.Rect, rain_mm_h: float) -> None:
        """Thin strokes over the map, more of them the harder it rains. Where they fall says nothing."""
        count = int(min(1.0, rain_mm_h / 40.0) * DROPS)
        if count < 8:
            return
        drops = self._drops[:count]
        fall = (drops[:, 1] + stage.now_s * (0.9 + 0.6 * drops[:, 2])) % 1.0
        x = free.left + ((drops[:, 0] - fall * 0.06) % 1.0) * free.width
        y = free.top + fall * (free.height + 60) - 30
        long = (8 + 10 * drops[:, 2]) * stage.ui
        colour = mix(stage.theme.land, stage.theme.rain, 0.34)
        before = stage.surface.get_clip()
        stage.surface.set_clip(free)
        for x0, y0, size in zip(x.tolist(), y.tolist(), long.tolist(), strict=True):
            pygame.draw.line(stage.surface, colour, (x0, y0), (x0 - size * 0.14, y0 + size), stage.px(1))
        stage.surface.set_clip(before)


def _wrapped(stage: Stage, words: str, size_px: int, room: int) -> list[str]:
    """At most three lines that fit; breaks at spaces, and between any two Chinese characters."""
    pieces = re.findall(r"[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*|\s+", words)
    lines = [""]
    for piece in pieces:
        if lines[-1] and stage.letters.size(lines[-1] + piece.rstrip(), size_px, "medium")[0] > room:
            if len(lines) == 3:
                lines[-1] = lines[-1].rstrip() + "..."
                break
            lines.append("")
        lines[-1] += piece
    return [line.strip() or " " for line in lines]


def _nice(metres: float) -> float:
    """The largest 1, 2 or 5 times a power of ten that is not more than ``metres``."""
    power = 10.0 ** math.floor(math.log10(max(metres, 1e-6)))
    return max(step * power for step in NICE if step * power <= metres * 1.000001)


def _legend(stage: Stage) -> pygame.Surface:
    theme, px = stage.theme, stage.px
    rows: list[tuple[str, RGB, str]] = [
        ("level4", theme.severity[0], stage.say(Text("Level Ⅰ"))),
        ("level6", theme.severity[1], stage.say(Text("Level Ⅱ"))),
        ("level8", theme.severity[2], stage.say(Text("Level Ⅲ"))),
        ("level40", theme.severity[3], stage.say(Text("Level Ⅳ"))),
        ("crew", theme.of_severity(0), stage.say(Text("Crew, in its department's colour"))),
        ("square", theme.mover, stage.say(Text("Vehicle"))),
        ("disc", theme.person, stage.say(Text("Person"))),
        ("inside", theme.bright, stage.say(Text("People inside, by their phones"))),
        ("calm", theme.calm, stage.say(Text("Device, fresh"))),
        ("hollow", theme.stale, stage.say(Text("Believed, but old or silent"))),
        ("closed", theme.stop, stage.say(Text("Closed street"))),
    ]
    pictures = [stage.letters.plain(words, px(11), theme.text, "regular") for _mark, _tone, words in rows]
    line = px(18)
    wide = max(picture.get_width() for picture in pictures) + px(44)
    surface = pygame.Surface((wide, line * len(rows) + px(12)), pygame.SRCALPHA)
    pygame.draw.rect(surface, (*theme.panel, 240), surface.get_rect(), border_radius=px(6))
    for number, ((mark, tone, _words), picture) in enumerate(zip(rows, pictures, strict=True)):
        middle = (px(20), px(6) + line * number + line // 2)
        sample = _sample(stage, mark, tone)
        surface.blit(sample, sample.get_rect(center=middle))
        surface.blit(picture, (px(36), middle[1] - picture.get_height() // 2))
    return surface


def _sample(stage: Stage, mark: str, tone: RGB) -> pygame.Surface:
    """One symbol of the legend, drawn large and made small."""
    unit = 4 * stage.ui
    large = pygame.Surface((round(20 * unit), round(20 * unit)), pygame.SRCALPHA)
    middle = 10 * unit
    colour = (*tone, 255)
    if mark.startswith("level"):
        _level(large, int(mark[5:]), middle, unit, colour, stage.theme.raised)
    elif mark == "crew":
        nose = [
            (middle - 3.6 * unit, middle - 4.2 * unit),
            (middle, middle - 9 * unit),
            (middle + 3.6 * unit, middle - 4.2 * unit),
        ]
        pygame.draw.polygon(large, colour, nose)
        pygame.draw.circle(large, colour, (middle, middle), 6 * unit)
        arrow = [(0.0, -3.6), (2.7, 2.7), (0.0, 1.2), (-2.7, 2.7)]
        pygame.draw.polygon(
            large, (*stage.theme.raised, 255), [(middle + x * unit, middle + y * unit) for x, y in arrow]
        )
    elif mark == "square":
        pygame.draw.rect(
            large, colour, (middle - 1.8 * unit, middle - 3.6 * unit, 3.6 * unit, 7.2 * unit), border_radius=round(unit)
        )
    elif mark == "closed":
        for step in range(4):
            tint = (*(stage.theme.caution if step % 2 else stage.theme.stop), 255)
            x = (2 + step * 4) * unit
            pygame.draw.polygon(
                large,
                tint,
                [(x + 2 * unit, 7 * unit), (x + 6 * unit, 7 * unit), (x + 4 * unit, 13 * unit), (x, 13 * unit)],
            )
    elif mark == "inside":
        plate = pygame.Rect(0, 0, round(15 * unit), round(11 * unit))
        plate.center = round(middle), round(middle)
        pygame.draw.rect(large, (*stage.theme.raised, 255), plate, border_radius=plate.height // 2)
        number = stage.letters.plain("12", round(8.5 * unit), tone, "medium")
        large.blit(number, number.get_rect(center=plate.center))
    elif mark == "hollow":
        pygame.draw.circle(large, colour, (middle, middle), 5 * unit, round(1.6 * unit))
    else:
        pygame.draw.circle(large, colour, (middle, middle), (3.4 if mark == "disc" else 3) * unit)
    return pygame.transform.smoothscale(large, (stage.px(20), stage.px(20)))


def severity_tone(stage: Stage, severity: int) -> RGB:
    """The caption's edge: the level's colour, or the selection's where none applies."""
    return stage.theme.of_severity(Severity(severity)) if severity else stage.theme.selected


def _level(
    large: pygame.Surface, corners: int, middle: float, unit: float, colour: tuple[int, int, int, int], ground: RGB
) -> None:
    """The sign of a severity: a ring of so many corners."""
    shift = math.pi / 8 if corners == 8 else math.pi / 2
    ring = [
        (
            middle + math.cos(shift + math.tau * i / corners) * 7.4 * unit,
            middle + math.sin(shift + math.tau * i / corners) * 7.4 * unit,
        )
        for i in range(corners)
    ]
    inner = [(middle + (x - middle) * 0.66, middle + (y - middle) * 0.66) for x, y in ring]
    pygame.draw.polygon(large, colour, ring)
    pygame.draw.polygon(large, (*ground, 255), inner)
