"""The window: how SDL shows it, how large a logical pixel is, and the loop that draws sixty times a second."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pygame

from twin.city.kinds import DeviceKind
from twin.city.model import City
from twin.core.views import ViewSource
from twin.render.console import Console
from twin.render.language import Language
from twin.render.lettering import Lettering
from twin.render.theme import NIGHT

FRAMES_PER_S = 60
LEAST_SIZE = (960, 600)
SOFTWARE_GL = ("llvmpipe", "softpipe", "swrast", "software")


@dataclass(frozen=True, slots=True)
class Opening:
    """How the console begins. ``ui`` 0 chooses a scale by the window's size; ``screenshot`` takes the last picture;
    ``look`` is a place's id or kind that the camera begins at, and stays."""

    size: tuple[int, int] = (1280, 800)
    language: str = "en"
    ui: float = 0.0
    full_screen: bool = False
    screenshot: Path | None = None
    look: str = ""


def scale_for(size: tuple[int, int]) -> float:
    """Device pixels a logical pixel: 1 up to full HD, 1.5 from 2.5 K, 2 for 4K."""
    width, height = size
    if width >= 3400 and height >= 1800:
        return 2.0
    return 1.5 if width >= 2500 and height >= 1400 else 1.0


def has_gpu(devices: Path = Path("/dev/dri"), environment: Mapping[str, str] = os.environ) -> bool:
    """Whether showing a frame through OpenGL is likely to be quick. Only Linux is asked; elsewhere it is assumed.

    Without a render node, or where a software renderer is forced, SDL would show every frame through llvmpipe, which
    takes longer than drawing it.
    """
    if os.name != "posix" or not Path("/proc").is_dir():
        return True
    forced = environment.get("LIBGL_ALWAYS_SOFTWARE", "") not in ("", "0")
    driver = environment.get("GALLIUM_DRIVER", "").lower()
    if forced or any(name in driver for name in SOFTWARE_GL):
        return False
    return devices.is_dir() and any(node.name.startswith("renderD") for node in devices.iterdir())


def choose_video(environment: dict[str, str], *, gpu: bool) -> None:
    """Set SDL's choices before it starts; what the user set stays."""
    environment.setdefault("SDL_AUDIODRIVER", "dummy")
    environment.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    environment.setdefault("SDL_IME_SHOW_UI", "1")
    if not gpu:
        environment.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")


@contextmanager
def _display(opening: Opening, title: str) -> Iterator[pygame.Surface]:
    choose_video(os.environ, gpu=has_gpu())  # type: ignore[arg-type]  # os.environ is a mapping of str to str
    pygame.display.init()
    pygame.key.set_repeat(400, 40)
    flags = pygame.RESIZABLE | (pygame.FULLSCREEN if opening.full_screen else 0)
    try:
        surface = pygame.display.set_mode(opening.size, flags)
        pygame.display.set_caption(title)
        yield surface
    finally:
        pygame.display.quit()


def _greet(surface: pygame.Surface, letters: Lettering, words: str, ui: float) -> None:
    """What stands in the window until the city's map is there."""
    surface.fill(NIGHT.panel)
    middle = surface.get_rect().center
    for text, size, tone, drop in (("Civitwin", 28, NIGHT.bright, -20), (words, 14, NIGHT.muted, 20)):
        line = letters.plain(text, round(size * ui), tone, "medium")
        surface.blit(line, line.get_rect(center=(middle[0], middle[1] + round(drop * ui))))
    pygame.display.flip()


def run_console(
    source: ViewSource,
    load_city: Callable[[], City],
    kinds: dict[str, DeviceKind],
    assets: Path,
    wall_ms: Callable[[], int],
    opening: Opening | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """Open a window and show the source until the viewer closes it or ``stop`` says so.

    ``load_city`` is called once the window is there; ``wall_ms`` is the wall clock that the server's ``CityClock``
    counts on.
    """
    opening = opening or Opening()
    with _display(opening, "Civitwin") as surface:
        ui = opening.ui or scale_for(surface.get_size())
        language = Language(assets / "text", opening.language)
        _greet(surface, Lettering(assets / "fonts"), language.words("Opening the city"), ui)
        city = load_city()
        console = Console(source, city, kinds, assets, surface, language=opening.language, ui=ui)
        pygame.display.set_caption(f"Civitwin · {console.language.translate(city.meta.name)}")
        if opening.look:
            console.pilot.look_at(city, opening.look)
        rate = pygame.time.Clock()
        try:
            while not console.choices.quit and not stop():
                passed_s = rate.tick(FRAMES_PER_S) / 1000
                shown = pygame.display.get_surface() or surface  # another one after a resize
                if not opening.ui:
                    console.ui = scale_for(shown.get_size())
                console.frame(shown, pygame.event.get(), min(passed_s, 0.25), wall_ms())
                pygame.display.flip()
            if opening.screenshot is not None:
                last = pygame.display.get_surface() or surface
                console.frame(last, (), 0.0, wall_ms(), complete=True)
                pygame.image.save(last, opening.screenshot)
        finally:
            console.close()
