"""The processes of a living city, and what looks after them."""

from __future__ import annotations

from typing import Any

import click

from services.app.commands.calling import DIRECTORY, OUT, call, data

ROLES = ["operator", "chief", "acceptor", "handler", "head", "assessor", "subdistrict", "viewer", "resident"]


@click.command()
@click.option("--headless", is_flag=True, help="No window.")
@click.option("--for", "seconds", type=click.FloatRange(min=1), help="End after so many seconds of wall time.")
@click.option("--at", metavar="HH:MM", help="Time of day at which the city opens.")
@click.option("--pace", type=click.FloatRange(0.1, 60), help="City seconds in a second of wall time.")
@click.option("--tempo", type=click.Choice(["real", "demo"]), help="How often things go wrong.")
@click.option("--city", type=DIRECTORY, help="A city's folder.")
@click.option("--broker", metavar="URL", help="An MQTT broker; none: one is started.")
@click.option("--embedded-broker", is_flag=True, help="Start the embedded broker even where mosquitto is installed.")
@click.option("--data", type=DIRECTORY, help="Keep this run's data here, and go on with what is there.")
@click.option("--seed", type=int, help="The same seed gives the same city life.")
@click.option("--language", type=click.Choice(["en", "zh_CN"]), help="Language of window and screenshot.")
@click.option("--screenshot", type=OUT, help="Write a picture of the window at the end (PNG).")
@click.option("--hourly", type=DIRECTORY, help="Write a picture at every full hour of the city into this folder.")
@click.option("--look", default="", metavar="PLACE", help="Where pictures look: a place's id or kind, or `people`.")
@click.option("--json", "report", type=OUT, help="Write what happened, in figures.")
@click.option("--as", "role", type=click.Choice(["chief", "resident"]), default="chief", show_default=True,
              help="Whose window opens: the duty chief's, or a resident's on their own twin.")  # fmt: skip
@click.option("--person", help="The resident's id; none: somebody to whom much can happen.")
@click.option("--backlog", type=click.IntRange(0, 60), metavar="DAYS", help="Days that the hall has worked before.")
@click.option(
    "--colleagues/--no-colleagues", default=True, show_default=True, help="Automatic colleagues at all posts."
)
def demo(**options: Any) -> None:
    """Broker, simulated field, server and console in one: a living city."""
    call("demo", "run_demo", **options)


@click.command()
@click.option("--city", type=DIRECTORY)
@click.option("--broker", required=True, metavar="URL")
@click.option("--data", type=DIRECTORY, required=True, help="Journal, recording and checkpoints.")
@click.option("--simulation", metavar="RUN", help="Also serve the simulated field of this run (topics sim/RUN/…).")
@click.option("--feeds", type=DIRECTORY, help="Folder of feed files; none: config/feeds.")
@click.option("--views", default="tcp://127.0.0.1:5600", show_default=True, help="Where consoles listen.")
@click.option("--requests", default="tcp://127.0.0.1:5601", show_default=True, help="Where consoles ask.")
@click.option("--at", metavar="HH:MM", help="Start of a simulated day; none: city time is wall time.")
@click.option("--pace", type=click.FloatRange(0.1, 60))
@click.option("--tempo", type=click.Choice(["real", "demo"]))
@click.option("--seed", type=int)
@click.option("--config", type=DIRECTORY, help="Folder of configuration; none: the project's own.")
@click.option("--backlog", type=click.IntRange(0, 60), metavar="DAYS", help="Days that the hall has worked before.")
@click.option(
    "--colleagues/--no-colleagues",
    default=True,
    show_default=True,
    help="Automatic colleagues at all posts of a simulated city.",
)
@click.option("--exercise", default="", metavar="NAME", help="Topics exercise/RUN/…, and a trainee at the seat.")
def server(**options: Any) -> None:
    """The twin: intake, belief, scenes, cases, services, stores."""
    call("server", "run_server", **options)


@click.command()
@click.option("--city", type=DIRECTORY)
@click.option("--broker", required=True, metavar="URL")
@click.option("--simulation", metavar="RUN", required=True, help="Publish below sim/RUN/ and nowhere else.")
@click.option("--data", type=DIRECTORY, help="Where the truth and the field's state are kept.")
@click.option("--tempo", type=click.Choice(["real", "demo"]))
@click.option("--seed", type=int)
@click.option("--config", type=DIRECTORY)
@click.option("--exercise", default="", metavar="NAME", help="Play its injects, and publish below exercise/RUN/.")
def field(**options: Any) -> None:
    """The simulated physical city; speaks MQTT only."""
    call("field", "run_field", **options)


@click.command()
@click.option("--city", type=DIRECTORY)
@click.option("--views", default="tcp://127.0.0.1:5600", show_default=True)
@click.option("--requests", default="tcp://127.0.0.1:5601", show_default=True)
@click.option("--token", envvar="CIVITWIN_TOKEN", default="", help="From `run.py token` (or CIVITWIN_TOKEN).")
@click.option("--language", type=click.Choice(["en", "zh_CN"]))
@click.option("--size", metavar="WxH", help="Window size.")
@click.option("--for", "seconds", type=click.FloatRange(min=1), help="Close after so many seconds.")
@click.option("--screenshot", type=OUT, help="Write the last picture (PNG).")
@click.option("--look", default="", metavar="PLACE", help="Begin at a place (id or kind), or where `people` are about.")
def console(**options: Any) -> None:
    """An operator's window on a running server."""
    call("console", "run_console", **options)


@click.command()
@click.option("--person", help="A resident's id; none: somebody to whom much can happen.")
@click.option("--language", type=click.Choice(["en", "zh_CN"]))
@click.option("--size", metavar="WxH", help="Window size.")
@click.option("--city", type=DIRECTORY)
@click.option("--seed", type=int)
@click.option("--for", "seconds", type=click.FloatRange(min=1), help="Close after so many seconds.")
@click.option("--screenshot", type=OUT, help="Write the last picture (PNG).")
def practice(**options: Any) -> None:
    """In a twin's shoes, in a small city of one's own where days pass at a word."""
    call("practice", "run_practice", **options)


@click.command()
@click.option("--requests", default=None, help="A server's address; none: the newest run on this machine.")
@click.option("--json", "as_json", is_flag=True)
def status(**options: Any) -> None:
    """What a running server believes of itself."""
    call("status", "show_status", **options)


@click.command()
@data
@click.option("--role", type=click.Choice(ROLES), default="operator", show_default=True)
@click.option("--department", metavar="ID", help="Whose handler or head; none: the first on duty.")
@click.option("--person", help="A roster person's or resident's id; none: whoever holds the role's post.")
@click.option("--city", type=DIRECTORY)
def token(**options: Any) -> None:
    """Make a console token for a roster person, or for a resident's own twin, and print it once."""
    call("people", "print_token", **options)


@click.command()
def doctor() -> None:
    """Check Python, SDL, fonts, broker, ports and disk, and say the cure."""
    call("doctor", "run_doctor")


@click.command()
@click.argument("what", type=click.Choice(["intake", "render", "scenes", "traffic", "people"]))
@click.option("--json", "report", type=OUT)
def bench(**options: Any) -> None:
    """Measure this machine with the project's own code."""
    call("bench", "run_bench", **options)


COMMANDS = (demo, server, field, console, practice, status, token, doctor, bench)
