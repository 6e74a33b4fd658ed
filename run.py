#!/usr/bin/env python3
"""The command line of Civitwin, and nothing else: each command is one call into ``services.app``."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

import click

from twin.core.errors import CivitwinError

_ROLES = ["operator", "chief", "acceptor", "handler", "head", "assessor", "subdistrict", "viewer"]
_DIRECTORY = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)


class _NewFile(click.Path):
    """A file that will be written: a missing folder is said at once, not after the run."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = super().convert(value, param, ctx)
        folder = Path(os.fsdecode(path)).parent
        if not folder.is_dir():
            self.fail(f"there is no folder {folder}", param, ctx)
        return path


def _newest_of(context: click.Context, parameter: click.Parameter, given: tuple[Path, ...]) -> tuple[Path, ...]:
    """The data folders that were named, else the newest run's."""
    return given or (_newest(context, parameter, None),)


def _newest(context: click.Context, parameter: click.Parameter, given: Path | None) -> Path:
    """The data folder that was named, else the newest run's."""
    if given is not None or context.resilient_parsing:
        return given or Path()
    try:
        newest: Path = importlib.import_module("services.app.installation").newest_run()
    except CivitwinError as fault:
        raise click.ClickException(str(fault)) from fault
    click.echo(f"data in {newest}", err=True)
    return newest


_data = click.argument("data", type=_DIRECTORY, required=False, callback=_newest)
_OUT = _NewFile(dir_okay=False, writable=True, path_type=Path)


def _call(module: str, function: str, **options: Any) -> None:
    """Import late, so that each command loads only what it needs; a fault is one line, not a trace."""
    try:
        code = getattr(importlib.import_module(f"services.app.{module}"), function)(**options)
    except CivitwinError as fault:
        raise click.ClickException(str(fault)) from fault
    except OSError as fault:
        if fault.filename is None:
            raise
        raise click.ClickException(f"{fault.filename}: {fault.strerror}") from fault
    except KeyboardInterrupt:
        code = 130
    sys.exit(code or 0)


@click.group(invoke_without_command=True)
@click.version_option(package_name="civitwin", prog_name="civitwin")
@click.pass_context
def main(context: click.Context) -> None:
    """Civitwin: an open city-operations twin. Without a command, the demo opens."""
    if context.invoked_subcommand is None:
        context.invoke(demo)


@main.command()
@click.option("--headless", is_flag=True, help="No window.")
@click.option("--for", "seconds", type=click.FloatRange(min=1), help="End after so many seconds of wall time.")
@click.option("--at", metavar="HH:MM", help="Time of day at which the city opens.")
@click.option("--pace", type=click.FloatRange(0.1, 60), help="City seconds in a second of wall time.")
@click.option("--tempo", type=click.Choice(["real", "demo"]), help="How often things go wrong.")
@click.option("--city", type=_DIRECTORY, help="A city's folder.")
@click.option("--broker", metavar="URL", help="An MQTT broker; none: one is started.")
@click.option("--embedded-broker", is_flag=True, help="Start the embedded broker even where mosquitto is installed.")
@click.option("--data", type=_DIRECTORY, help="Keep this run's data here, and go on with what is there.")
@click.option("--seed", type=int, help="The same seed gives the same city life.")
@click.option("--language", type=click.Choice(["en", "zh_CN"]), help="Language of window and screenshot.")
@click.option("--screenshot", type=_OUT, help="Write a picture of the window at the end (PNG).")
@click.option("--json", "report", type=_OUT, help="Write what happened, in figures.")
@click.option(
    "--colleagues/--no-colleagues", default=True, show_default=True, help="Automatic colleagues at all posts."
)
def demo(**options: Any) -> None:
    """Broker, simulated field, server and console in one: a living city."""
    _call("demo", "run_demo", **options)


@main.command()
@click.option("--city", type=_DIRECTORY)
@click.option("--broker", required=True, metavar="URL")
@click.option("--data", type=_DIRECTORY, required=True, help="Journal, recording and checkpoints.")
@click.option("--simulation", metavar="RUN", help="Also serve the simulated field of this run (topics sim/RUN/…).")
@click.option("--feeds", type=_DIRECTORY, help="Folder of feed files; none: config/feeds.")
@click.option("--views", default="tcp://127.0.0.1:5600", show_default=True, help="Where consoles listen.")
@click.option("--requests", default="tcp://127.0.0.1:5601", show_default=True, help="Where consoles ask.")
@click.option("--at", metavar="HH:MM", help="Start of a simulated day; none: city time is wall time.")
@click.option("--pace", type=click.FloatRange(0.1, 60))
@click.option("--tempo", type=click.Choice(["real", "demo"]))
@click.option("--seed", type=int)
@click.option("--config", type=_DIRECTORY, help="Folder of configuration; none: the project's own.")
@click.option(
    "--colleagues/--no-colleagues",
    default=True,
    show_default=True,
    help="Automatic colleagues at all posts of a simulated city.",
)
@click.option("--exercise", default="", metavar="NAME", help="Topics exercise/RUN/…, and a trainee at the seat.")
def server(**options: Any) -> None:
    """The twin: intake, belief, scenes, cases, services, stores."""
    _call("server", "run_server", **options)


@main.command()
@click.option("--city", type=_DIRECTORY)
@click.option("--broker", required=True, metavar="URL")
@click.option("--simulation", metavar="RUN", required=True, help="Publish below sim/RUN/ and nowhere else.")
@click.option("--data", type=_DIRECTORY, help="Where the truth and the field's state are kept.")
@click.option("--tempo", type=click.Choice(["real", "demo"]))
@click.option("--seed", type=int)
@click.option("--config", type=_DIRECTORY)
@click.option("--exercise", default="", metavar="NAME", help="Play its injects, and publish below exercise/RUN/.")
def field(**options: Any) -> None:
    """The simulated physical city; speaks MQTT only."""
    _call("field", "run_field", **options)


@main.command()
@click.option("--city", type=_DIRECTORY)
@click.option("--views", default="tcp://127.0.0.1:5600", show_default=True)
@click.option("--requests", default="tcp://127.0.0.1:5601", show_default=True)
@click.option("--token", envvar="CIVITWIN_TOKEN", default="", help="From `run.py token` (or CIVITWIN_TOKEN).")
@click.option("--language", type=click.Choice(["en", "zh_CN"]))
@click.option("--size", metavar="WxH", help="Window size.")
@click.option("--for", "seconds", type=click.FloatRange(min=1), help="Close after so many seconds.")
@click.option("--screenshot", type=_OUT, help="Write the last picture (PNG).")
def console(**options: Any) -> None:
    """An operator's window on a running server."""
    _call("console", "run_console", **options)


@main.command()
@click.option("--requests", default=None, help="A server's address; none: the newest run on this machine.")
@click.option("--json", "as_json", is_flag=True)
def status(**options: Any) -> None:
    """What a running server believes of itself."""
    _call("status", "show_status", **options)


@main.command()
@_data
@click.option("--role", type=click.Choice(_ROLES), default="operator", show_default=True)
@click.option("--department", metavar="ID", help="Whose handler or head; none: the first on duty.")
@click.option("--person", help="A roster person's id; none: whoever holds the role's post.")
@click.option("--city", type=_DIRECTORY)
def token(**options: Any) -> None:
    """Make a console token for a roster person, and print it once."""
    _call("people", "print_token", **options)


@main.command()
def doctor() -> None:
    """Check Python, SDL, fonts, broker, ports and disk, and say the cure."""
    _call("doctor", "run_doctor")


@main.command()
@click.argument("what", type=click.Choice(["intake", "render", "scenes", "traffic", "people"]))
@click.option("--json", "report", type=_OUT)
def bench(**options: Any) -> None:
    """Measure this machine with the project's own code."""
    _call("bench", "run_bench", **options)


@main.group()
def city() -> None:
    """Make, import and check cities."""


@city.command("generate")
@click.option("--seed", type=int, required=True)
@click.option("--out", type=_DIRECTORY, help="None: city-SEED in this folder.")
def city_generate(**options: Any) -> None:
    """A plausible river city of about 4 × 3 km."""
    _call("city", "generate_city", **options)


@city.command("import")
@click.argument("file", type=_FILE)
@click.option("--out", type=_DIRECTORY, required=True)
@click.option("--into", type=click.Path(path_type=Path), help="A city, or a file of roads, for what CityJSON holds.")
def city_import(**options: Any) -> None:
    """A real place (.osm.pbf, .osm, .geojson, .city.json) becomes a working city."""
    _call("city", "import_city", **options)


@city.command("check")
@click.argument("directory", type=_DIRECTORY)
def city_check(**options: Any) -> None:
    """Name every fault with layer, feature and cure."""
    _call("city", "check_city", **options)


@main.group()
def feed() -> None:
    """Live feeds."""


@feed.command("try")
@click.argument("file", type=_FILE)
@click.option("--broker", metavar="URL", help="None: the broker that the file names.")
@click.option("--city", type=_DIRECTORY)
@click.option("--count", default=20, show_default=True)
@click.option("--seconds", default=30.0, show_default=True)
def feed_try(**options: Any) -> None:
    """Show the first messages as they come, each decoded or refused, with the cure."""
    _call("feed", "try_feed", **options)


@main.group()
def journal() -> None:
    """The journal of a run: of the data folder named, else of the newest run on this machine."""


@journal.command("verify")
@_data
def journal_verify(**options: Any) -> None:
    """Check the hash chain from the first record to the last."""
    _call("journal", "verify_journal", **options)


@journal.command("export")
@_data
@click.option("--jsonl", type=_OUT, required=True)
def journal_export(**options: Any) -> None:
    """Write every record as a line of JSON; the same run gives the same bytes."""
    _call("journal", "export_journal", **options)


@journal.command("audit")
@click.argument("data", type=_DIRECTORY, nargs=-1, callback=_newest_of)
@click.option("--json", "report", type=_OUT, help="Write all that was found.")
def journal_audit(**options: Any) -> None:
    """Prove that evidence, owners, closings, decisions and orders are as they must be, or list what is not."""
    _call("audit", "audit_journal", **options)


@main.command()
@_data
@click.option("--json", "report", type=_OUT)
def money(**options: Any) -> None:
    """The trial balance of fees, benefits and fines."""
    _call("treasury", "print_balance", **options)


@main.group()
def people() -> None:
    """Rights of residents over their data."""


@people.command("export")
@click.argument("person")
@_data
@click.option("--json", "report", type=_OUT, required=True)
def people_export(**options: Any) -> None:
    """Write all that is held about a resident, in plain words."""
    _call("own_data", "export_own_data", **options)


@main.command()
@_data
def replay(**options: Any) -> None:
    """Run a recording again and prove that it gives the same events, or name the first difference."""
    _call("replay", "replay_run", **options)


@main.command()
@_data
@click.option("--by", type=click.Choice(["city", "area", "department", "post", "scene"]), help="None: the whole city.")
@click.option("--json", "report", type=_OUT, help="Write all of them.")
@click.option("--truth", is_flag=True, help="Also compare with what really happened in the simulated field.")
def measures(**options: Any) -> None:
    """How well the city was governed, from a run's journal alone."""
    _call("measures", "print_measures", **options)


@main.command()
@click.option("--study", type=click.Choice(["governance", "adoption"]), default="governance", show_default=True)
@click.option("--hours", type=click.FloatRange(0, 24, min_open=True), help="None: as the study's file says.")
@click.option("--seeds", type=click.IntRange(1, 10_000), help="Paired runs; none: as the study's file says.")
@click.option("--json", "report", type=_OUT, help="Write all that was found.")
@click.option("--html", type=_OUT, help="Write it as one page, with plots.")
@click.option("--language", type=click.Choice(["en", "zh_CN"]), default="en", show_default=True)
@click.option("--workers", type=click.IntRange(1, 1024), help="Runs at a time; none: as many as there are cores.")
@click.option("--keep", type=_DIRECTORY, help="Keep the runs' outcomes here; none: beside the JSON file.")
@click.option("--quick", is_flag=True, help="The main comparison alone.")
def evaluate(**options: Any) -> None:
    """Does governing by scenes help? Paired runs of the same seeded hours; cut off, the same call goes on."""
    _call("evaluate", "run_evaluation", **options)


@main.group()
def exercise() -> None:
    """Exercises: a trainee at a seat, injects through the field, a score and a review."""


@exercise.command("run")
@click.argument("name")
@click.option("--headless", is_flag=True, help="No window; somebody else sits in the trainee's place.")
@click.option("--trainee", type=click.Choice(["none", "colleague"]), default="colleague", show_default=True)
@click.option("--seeds", type=click.IntRange(1, 1000), default=1, show_default=True, help="Headless: so many runs.")
@click.option("--seed", type=int, help="The first seed.")
@click.option("--json", "report", type=_OUT, help="Write the scores.")
@click.option("--html", type=_OUT, help="Write the review as one page.")
@click.option("--language", type=click.Choice(["en", "zh_CN"]), default="en", show_default=True)
@click.option("--data", type=_DIRECTORY, help="A store of its own for this exercise.")
@click.option("--pace", type=click.FloatRange(0.1, 60), help="City seconds in a second of wall time.")
@click.option("--city", type=_DIRECTORY)
def exercise_run(**options: Any) -> None:
    """Play NAME of config/exercises in the window; at its end a score and a page."""
    _call("exercise", "run_exercise", **options)


@exercise.command("check")
@click.argument("name", required=False)
@click.option("--city", type=_DIRECTORY)
def exercise_check(**options: Any) -> None:
    """Name file, key and reason of every fault of a scenario, or of all."""
    _call("exercise", "check_exercises", **options)


@main.group()
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
@click.option("--city", type=_DIRECTORY)
@click.option("--language", type=click.Choice(["en", "zh_CN"]), default="en")
@click.option("--json", "as_json", is_flag=True)
def route_explain(**options: Any) -> None:
    """Which department would get such a case, by which rule, and why every other rule lost."""
    _call("route_tools", "explain_route", **options)


@main.group()
def config() -> None:
    """The configuration of a running server."""


@config.command("reload")
@_data
@click.option("--json", "as_json", is_flag=True)
def config_reload(**options: Any) -> None:
    """Have it take in departments, people, scenes and rules as their files are now: all of them, or none."""
    _call("config", "reload_config", **options)


@main.group()
def scenes() -> None:
    """The scenes' files."""


@scenes.command("check")
@click.option("--recording", type=_DIRECTORY, help="A run's data: also say what would have been noticed there.")
@click.option("--scene", metavar="ID", help="This one alone.")
@click.option("--config", type=_DIRECTORY, help="Another configuration folder.")
@click.option("--city", type=_DIRECTORY)
def scenes_check(**options: Any) -> None:
    """Name file, key and reason of every fault: unreachable and contradictory rules too."""
    _call("scene_tools", "check_scenes", **options)


@main.group()
def services() -> None:
    """The catalogue of public services."""


@services.command("check")
@click.option("--config", type=_DIRECTORY, help="Another configuration folder.")
def services_check(**options: Any) -> None:
    """Name file, key and reason of every fault: circles, items out of reach, materials nobody issues."""
    _call("service_tools", "check_services", **options)


@services.command("compare")
@click.option("--days", type=click.IntRange(1, 60), help="Working days on which people ask; none: as the file says.")
@click.option("--seeds", type=click.IntRange(1, 1000), help="None: as the file says.")
@click.option("--json", "report", type=_OUT, help="Write all that was found.")
@click.option("--language", type=click.Choice(["en", "zh_CN"]), default="en", show_default=True)
def services_compare(**options: Any) -> None:
    """One-stop beside item-by-item at counters: trips, materials, time, for the same residents and days."""
    _call("service_compare", "compare_services", **options)


@main.group()
def deadletters() -> None:
    """Messages that were refused, with their reasons."""


@deadletters.command("list")
@_data
@click.option("--reason")
@click.option("--limit", default=50, show_default=True)
def deadletters_list(**options: Any) -> None:
    """Show them, newest first."""
    _call("deadletter_tools", "list_deadletters", **options)


@deadletters.command("retake")
@_data
@click.option("--reason", help="Only those refused for this reason.")
def deadletters_retake(**options: Any) -> None:
    """Have the server take them in again, after a fix."""
    _call("deadletter_tools", "retake_deadletters", **options)


if __name__ == "__main__":
    main()
