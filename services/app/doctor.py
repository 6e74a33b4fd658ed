"""``run.py doctor``: what this machine lacks, and the cure."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from services.app.installation import choice, city_directory, data_root
from twin.core.errors import CivitwinError
from twin.link.broker import choose, find_mosquitto

Finding = tuple[bool, str, str]  # well, what was found, the cure


def run_doctor() -> int:
    """Check everything, print a table; 1 when something is wrong."""
    table = Table("check", "", "found", "cure")
    worst = 0
    for name, look in _CHECKS:
        try:
            well, found, cure = look()
        except (CivitwinError, OSError, ImportError) as fault:
            well, found, cure = False, str(fault), "see docs/console.md"
        worst |= not well
        table.add_row(name, "[green]ok" if well else "[red]fault", found, "" if well else cure)
    Console().print(table)
    return int(worst)


def _python() -> Finding:
    return sys.version_info >= (3, 11), sys.version.split()[0], "install Python 3.11 or newer"


def _packages() -> Finding:
    missing = []
    for name in ("pygame-ce", "imgui-bundle", "paho-mqtt", "pyzmq", "numpy", "shapely", "msgspec", "sqlalchemy"):
        try:
            version(name)
        except PackageNotFoundError:
            missing.append(name)
    try:
        version("pygame")
    except PackageNotFoundError:
        plain = False
    else:
        plain = True
    if plain:
        return False, "plain pygame stands beside pygame-ce", "pip uninstall pygame, then pip install --force pygame-ce"
    return not missing, "all there" if not missing else f"missing: {', '.join(missing)}", "pip install ."


def _sdl() -> Finding:
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    import pygame  # noqa: PLC0415  its absence is a finding

    screen = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform != "linux")
    if not screen:
        return True, f"SDL {'.'.join(map(str, pygame.get_sdl_version()))}, no screen: only --headless", ""
    pygame.display.init()
    driver = pygame.display.get_driver()
    pygame.display.quit()
    return True, f"SDL {'.'.join(map(str, pygame.get_sdl_version()))}, driver {driver}", ""


def _panels() -> Finding:
    from imgui_bundle import imgui  # noqa: PLC0415  its absence is a finding

    return True, f"Dear ImGui {imgui.get_version()}", "apt-get install libx11-6 libxext6"


def _font() -> Finding:
    fonts = sorted(path.name for path in (data_root() / "assets" / "fonts").glob("*.[ot]tf"))
    return bool(fonts), ", ".join(fonts) or "none", "restore assets/fonts from the repository"


def _broker() -> Finding:
    found = find_mosquitto()
    with tempfile.TemporaryDirectory() as directory:
        broker = choose(None, Path(directory))
        broker.stop()
    return True, found or "the embedded broker", ""


def _ports() -> Finding:
    busy = []
    for port in (5600, 5601):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                busy.append(port)
    text = "5600 and 5601 are free" if not busy else f"in use: {', '.join(map(str, busy))}"
    return not busy, text, "end the other server, or give --views and --requests"


def _disk() -> Finding:
    free = shutil.disk_usage(Path.home()).free / 2**30
    return free > 1.0, f"{free:.1f} GiB free", "make room: recordings grow by about 1 GiB an hour of full traffic"


def _city() -> Finding:
    directory = city_directory(None)
    return True, f"{directory.name} ({choice().tempo} tempo)", ""


_CHECKS: tuple[tuple[str, Callable[[], Finding]], ...] = (
    ("Python", _python),
    ("packages", _packages),
    ("window (SDL)", _sdl),
    ("panels", _panels),
    ("fonts", _font),
    ("broker", _broker),
    ("ports", _ports),
    ("disk", _disk),
    ("city", _city),
)
