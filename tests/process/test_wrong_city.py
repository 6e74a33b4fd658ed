"""A console that would draw another city than the server's says so instead."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from running import RUN, site

from services.app.people import operator_token
from twin.city.model import City


def test_a_console_refuses_to_draw_another_city(tmp_path: Path, grid_city: City) -> None:
    with site(tmp_path, grid_city.directory) as running:
        token = operator_token(running.data, running.city, "10:00")
        ended = subprocess.run(
            [*RUN, "console", "--views", running.views, "--requests", running.requests, "--for", "40"],
            env={**os.environ, "CIVITWIN_TOKEN": token, "SDL_VIDEODRIVER": "dummy"},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert ended.returncode == 1
    assert "name its folder with --city" in ended.stderr
