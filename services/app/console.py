"""The console's process: a window on a running server."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import zmq

from services.app.ending import until_told
from services.app.installation import city_directory, config_directory, data_root
from services.app.timekeeper import wall_ms
from twin.city.kinds import load_kinds
from twin.city.load import load
from twin.city.model import City
from twin.core.errors import CivitwinError, ConfigError
from twin.link.views import ViewLink
from twin.render.window import Opening
from twin.render.window import run_console as run_window

_DEFAULT_SIZE = (1280, 800)


def run_console(
    views: str,
    requests: str,
    token: str,
    city: Path | None = None,
    language: str | None = None,
    size: str | None = None,
    seconds: float | None = None,
    screenshot: Path | None = None,
    look: str = "",
) -> int:
    """Show the server until the window is closed. Owns no truth: killing it harms nothing."""
    if not token:
        raise CivitwinError("a console needs a token: CIVITWIN_TOKEN=$(run.py token DATA) run.py console …")
    opening = Opening(
        size=size_of(size), language=language or language_of(os.environ), screenshot=screenshot, look=look
    )
    stop = stop_after(seconds)
    directory = city_directory(city)
    with zmq.Context() as context:
        link = ViewLink(views, requests, token, context, opening.language)
        drawn: list[City] = []

        def open_city() -> City:
            drawn.append(load(directory))
            return drawn[0]

        def done() -> bool:
            if link.refused is not None:
                raise CivitwinError(f"the server refused this console: {link.refused.reason}")
            if link.city_digest not in ("", drawn[0].digest):
                raise CivitwinError(f"the server's city is not the one in {directory}; name its folder with --city")
            return stop()

        kinds = load_kinds(config_directory() / "device_kinds.toml")
        try:
            run_window(link, open_city, kinds, data_root() / "assets", wall_ms, opening, done)
        finally:
            link.close()
    return 0


def stop_after(seconds: float | None) -> Callable[[], bool]:
    """True after ``seconds`` of wall time, or once SIGTERM or Ctrl-C came."""
    told = until_told()
    ends = float("inf") if seconds is None else time.monotonic() + seconds
    return lambda: bool(told) or time.monotonic() >= ends


def size_of(text: str | None) -> tuple[int, int]:
    if text is None:
        return _DEFAULT_SIZE
    found = re.fullmatch(r"(\d{3,5})x(\d{3,5})", text)
    if found is None:
        raise ConfigError(f"--size {text}", "a size looks like 1920x1080")
    return int(found[1]), int(found[2])


def language_of(environment: os._Environ[str]) -> str:
    """The machine's own language, where it is one that we speak."""
    said = environment.get("LC_ALL") or environment.get("LC_MESSAGES") or environment.get("LANG") or ""
    return "zh_CN" if said.startswith("zh") else "en"
