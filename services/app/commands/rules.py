"""Routing, scenes and the catalogue of services, as files."""

from __future__ import annotations

from typing import Any

import click

from services.app.commands.calling import DIRECTORY, OUT, call, data


@click.group()
def route() -> None:
    """The routing rules."""


@route.command("explain")
@click.option("--code", required=True, help="A 5-digit class of the taxonomy.")
@click.option("--at", required=True, metavar="LON,LAT")
@click.option("--time", required=True, metavar="HH:MM", help="On the configured day; or a whole ISO date and time.")
@click.option("--scene", help="None: the scene of this code, where there is but one.")
@click.option("--severity", type=click.IntRange(1, 4), default=3, show_default=True, help="1 is the gravest.")
@click.option("--target", default="", help="Id of the component concerned.")
@click.option("--tier", type=click.Choice(["city", "district", "subdistrict"]), default="subdistrict")
@click.option("--value", "values", multiple=True, metavar="SIGNAL=X", help="Evidence, such as level=0.4; repeatable.")
@click.option("--city", type=DIRECTORY)
@click.option("--language", type=click.Choice(["en", "zh_CN"]), default="en")
@click.option("--json", "as_json", is_flag=True)
def route_explain(**options: Any) -> None:
    """Which department would get such a case, by which rule, and why every other rule lost."""
    call("route_tools", "explain_route", **options)


@click.group()
def config() -> None:
    """The configuration of a running server."""


@config.command("reload")
@data
@click.option("--json", "as_json", is_flag=True)
def config_reload(**options: Any) -> None:
    """Have it take in departments, people, scenes and rules as their files are now: all of them, or none."""
    call("config", "reload_config", **options)


@click.group()
def scenes() -> None:
    """The scenes' files."""


@scenes.command("check")
@click.option("--recording", type=DIRECTORY, help="A run's data: also say what would have been noticed there.")
@click.option("--scene", metavar="ID", help="This one alone.")
@click.option("--config", type=DIRECTORY, help="Another configuration folder.")
@click.option("--city", type=DIRECTORY)
def scenes_check(**options: Any) -> None:
    """Name file, key and reason of every fault: unreachable and contradictory rules too."""
    call("scene_tools", "check_scenes", **options)


@click.group()
def services() -> None:
    """The catalogue of public services."""


@services.command("check")
@click.option("--config", type=DIRECTORY, help="Another configuration folder.")
def services_check(**options: Any) -> None:
    """Name file, key and reason of every fault: circles, items out of reach, materials nobody issues."""
    call("service_tools", "check_services", **options)


@services.command("report")
@data
@click.option("--json", "report", type=OUT, help="Write both.")
def services_report(**options: Any) -> None:
    """Measures of each service by channel, and whether everybody is served alike, from a run's journal."""
    call("service_report", "report_services", **options)


@services.command("compare")
@click.option("--days", type=click.IntRange(1, 60), help="Working days on which people ask; none: as the file says.")
@click.option("--seeds", type=click.IntRange(1, 1000), help="None: as the file says.")
@click.option("--json", "report", type=OUT, help="Write all that was found.")
@click.option("--language", type=click.Choice(["en", "zh_CN"]), default="en", show_default=True)
def services_compare(**options: Any) -> None:
    """One-stop beside item-by-item at counters: trips, materials, time, for the same residents and days."""
    call("service_compare", "compare_services", **options)


COMMANDS = (route, config, scenes, services)
