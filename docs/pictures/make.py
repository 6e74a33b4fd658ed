"""Makes the pictures of the documents anew: a headless demo, one moment of it, each picture in both languages.

By hand, in the repository: ``python docs/pictures/make.py``. Needs what the demo needs, and ImageMagick to bring the
pictures down to a palette.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import pygame
import zmq

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from services.app.installation import city_directory  # noqa: E402
from services.app.people import operator_token  # noqa: E402
from services.app.timekeeper import wall_ms  # noqa: E402
from twin.city.kinds import load_kinds  # noqa: E402
from twin.city.load import load  # noqa: E402
from twin.core.views import Card, Mark, Snapshot, View  # noqa: E402
from twin.link.views import ViewLink  # noqa: E402
from twin.render.stage import Selection  # noqa: E402
from twin.render.still import Look, render_still  # noqa: E402
from twin.render.theme import ThemeName  # noqa: E402

SIZE = (1920, 1080)
AT = "10:00"
LANGUAGES = {"en": "en", "zh": "zh_CN"}
THEMES: tuple[ThemeName, ...] = ("night", "day")
WHOLE_CITY = 0.01  # logical pixels a metre; the camera stops at the whole city
CREW_NEAR_M = 90.0
LOOK_S = 1.5
COLOURS = 255


@dataclass(frozen=True, slots=True)
class Moment:
    """All that a console knew at one moment."""

    views: tuple[View, ...]
    wall_ms: int

    @property
    def snapshot(self) -> Snapshot:
        return next(view for view in reversed(self.views) if isinstance(view, Snapshot))


@contextmanager
def _demo(seconds: int) -> Iterator[tuple[Path, str]]:
    """A headless demo; gives its data folder and an operator's token."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        command = [sys.executable, str(ROOT / "run.py"), "demo", "--headless", "--at", AT, "--for", str(seconds)]
        running = subprocess.Popen([*command, "--data", str(data)])
        try:
            deadline = time.monotonic() + 60
            while not (data / "endpoints.json").exists():
                if time.monotonic() > deadline or running.poll() is not None:
                    raise click.ClickException("the demo did not start")
                time.sleep(0.2)
            yield data, operator_token(data, city_directory(None), AT)
        finally:
            running.terminate()
            running.wait(30)


def _look_at(data: Path, token: str, context: zmq.Context[zmq.Socket[bytes]]) -> Moment:
    """A console's first seconds on the running server."""
    ends = json.loads((data / "endpoints.json").read_text())
    link = ViewLink(ends["views"], ends["requests"], token, context)
    views: list[View] = []
    try:
        until = time.monotonic() + LOOK_S
        while time.monotonic() < until or not any(isinstance(view, Snapshot) for view in views):
            views += link.poll()
            time.sleep(0.02)
        return Moment(tuple(views), wall_ms())
    finally:
        link.close()


def _subject(moment: Moment) -> Mark | None:
    """The gravest open incident with a crew at work beside it."""
    seen, frame = moment.snapshot, moment.snapshot.frame
    crews = frame.department >= 0
    found: list[Mark] = []
    for mark in seen.marks:
        away = ((frame.x_m - mark.x_m) ** 2 + (frame.y_m - mark.y_m) ** 2) ** 0.5
        if mark.kind == "incident" and mark.attention >= 1.0 and bool((crews & (away < CREW_NEAR_M)).any()):
            found.append(mark)
    return min(found, key=lambda mark: (mark.severity or 9, mark.id), default=None)


def _wait_for_life(data: Path, token: str, cases: int, limit_s: float) -> tuple[Moment, Mark]:
    """Until some cases are open, one of them of level Ⅱ or graver with its crew there; then the best until then."""
    best: tuple[Moment, Mark] | None = None
    began = time.monotonic()
    with zmq.Context() as context:
        while time.monotonic() - began < limit_s:
            moment = _look_at(data, token, context)
            subject = _subject(moment)
            busy = sum(isinstance(card, Card) and card.closed_ms < 0 for card in moment.snapshot.cards)
            if subject is not None and (best is None or subject.severity <= best[1].severity):
                best = moment, subject
                if subject.severity <= 2 and busy >= cases:
                    return best
            time.sleep(2.0)
    if best is None:
        raise click.ClickException("no crew has reached an incident in time")
    return best


def _save(surface: pygame.Surface, path: Path) -> None:
    pygame.image.save(surface, path)
    reduce = ["-dither", "None", "-colors", str(COLOURS), "-define", "png:compression-level=9", "-strip"]
    subprocess.run(["convert", str(path), *reduce, f"PNG8:{path}"], check=True)


def _looks(subject: Mark) -> dict[str, Look]:
    x, y = subject.x_m, subject.y_m
    chosen = Selection("card", subject.card)
    return {
        "city": Look(0.0, 0.0, WHOLE_CITY),
        "district": Look(x, y, 0.8),
        "street": Look(x, y, 3.4),
        "card": Look(x, y, 2.0, chosen),
    }


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=ROOT / "docs" / "pictures", show_default=True)
@click.option("--cases", default=6, show_default=True, help="Cards that should be open in the pictures.")
@click.option("--limit", "limit_s", default=300, show_default=True, help="Seconds to wait for them.")
def main(out: Path, cases: int, limit_s: int) -> None:
    """Whole city, district and street, by night and by day, in both languages; and a case's card by night."""
    with _demo(limit_s + 60) as (data, token):
        moment, subject = _wait_for_life(data, token, cases, limit_s)
    city, kinds = load(city_directory(None)), load_kinds(ROOT / "config" / "device_kinds.toml")
    for name, look in _looks(subject).items():
        for theme in THEMES if name != "card" else THEMES[:1]:
            for short, language in LANGUAGES.items():
                picture = render_still(
                    city, kinds, ROOT / "assets", moment.views, moment.wall_ms,
                    look=look, size=SIZE, language=language, theme=theme,
                )  # fmt: skip
                _save(picture, out / f"{name}-{theme}-{short}.png")
                click.echo(f"{name}-{theme}-{short}.png")


if __name__ == "__main__":
    main()
