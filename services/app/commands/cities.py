"""Cities as data, and live feeds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from services.app.commands.calling import DIRECTORY, FILE, call


@click.group()
def city() -> None:
    """Make, import and check cities."""


@city.command("generate")
@click.option("--seed", type=int, required=True)
@click.option("--out", type=DIRECTORY, help="None: city-SEED in this folder.")
def city_generate(**options: Any) -> None:
    """A plausible river city of about 4 × 3 km."""
    call("city", "generate_city", **options)


@city.command("import")
@click.argument("file", type=FILE)
@click.option("--out", type=DIRECTORY, required=True)
@click.option("--into", type=click.Path(path_type=Path), help="A city, or a file of roads, for what CityJSON holds.")
def city_import(**options: Any) -> None:
    """A real place (.osm.pbf, .osm, .geojson, .city.json) becomes a working city."""
    call("city", "import_city", **options)


@city.command("check")
@click.argument("directory", type=DIRECTORY)
def city_check(**options: Any) -> None:
    """Name every fault with layer, feature and cure."""
    call("city", "check_city", **options)


@click.group()
def feed() -> None:
    """Live feeds."""


@feed.command("try")
@click.argument("file", type=FILE)
@click.option("--broker", metavar="URL", help="None: the broker that the file names.")
@click.option("--city", type=DIRECTORY)
@click.option("--count", default=20, show_default=True)
@click.option("--seconds", default=30.0, show_default=True)
def feed_try(**options: Any) -> None:
    """Show the first messages as they come, each decoded or refused, with the cure."""
    call("feed", "try_feed", **options)


COMMANDS = (city, feed)
