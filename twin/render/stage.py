"""What every drawing function is handed: where to draw, how it looks, and what the viewer chose to see."""

from __future__ import annotations

from dataclasses import dataclass, field

import pygame

from twin.city.kinds import DeviceKind
from twin.city.model import City
from twin.core.text import Name, Text
from twin.core.words import Freshness
from twin.render.camera import Camera
from twin.render.halls import Stand
from twin.render.icons import Icons
from twin.render.language import Language
from twin.render.lettering import Lettering
from twin.render.motion import Movers
from twin.render.theme import RGB, Theme, rgb
from twin.render.world import World


@dataclass(frozen=True, slots=True)
class Selection:
    """What the viewer clicked. ``kind``: mark, card, vehicle, unit, resident, device, intersection, place."""

    kind: str
    id: str


@dataclass(slots=True)
class Layers:
    """What is shown; each may be switched off."""

    vehicles: bool = True
    people: bool = True
    crews: bool = True
    devices: bool = True
    lights: bool = True
    incidents: bool = True
    closures: bool = True
    labels: bool = True
    rain: bool = True


@dataclass(slots=True)
class Stage:
    """One frame's circumstances. ``now_s`` is the console's own clock, ``city_ms`` the city's; sizes: ``ui`` device
    pixels a logical one. ``stale`` says that nothing on the map can be taken as of now."""

    surface: pygame.Surface
    camera: Camera
    theme: Theme
    language: Language
    letters: Lettering
    icons: Icons
    city: City
    kinds: dict[str, DeviceKind]
    world: World
    layers: Layers
    ui: float
    now_s: float = 0.0
    city_ms: int = 0
    stale: bool = False
    selection: Selection | None = None
    movers: Movers | None = None
    stands: tuple[Stand, ...] = ()  # who is in a hall, and where their figures are
    own: int = -2  # Frame id of the twin in whose shoes the viewer is; -1: its phone tells no place, -2: in nobody's
    taken: list[pygame.Rect] = field(default_factory=list)  # where labels would collide with marks

    def px(self, logical: float) -> int:
        """Logical pixels as whole device pixels, at least one."""
        return max(1, round(logical * self.ui))

    def say(self, text: Text | Name | str) -> str:
        return self.language.translate(text)

    def department_colour(self, index: int) -> RGB:
        """A crew's colour; near-white when the department is not known."""
        if 0 <= index < len(self.world.departments):
            return rgb(self.world.departments[index].colour)
        return self.theme.mover

    def looks_fresh(self, freshness: int) -> bool:
        """Only what is fresh, told by a source that is being heard, may look normal."""
        return freshness == Freshness.FRESH and not self.stale
