"""Studies and exercises."""

from __future__ import annotations

from typing import Any

import click

from services.app.commands.calling import DIRECTORY, OUT, call


@click.command()
@click.option("--study", type=click.Choice(["governance", "adoption"]), default="governance", show_default=True)
@click.option("--hours", type=click.FloatRange(0, 24, min_open=True), help="None: as the study's file says.")
@click.option("--seeds", type=click.IntRange(1, 10_000), help="Paired runs; none: as the study's file says.")
@click.option("--json", "report", type=OUT, help="Write all that was found.")
@click.option("--html", type=OUT, help="Write it as one page, with plots.")
@click.option("--language", type=click.Choice(["en", "zh_CN"]), default="en", show_default=True)
@click.option("--workers", type=click.IntRange(1, 1024), help="Runs at a time; none: as many as there are cores.")
@click.option("--keep", type=DIRECTORY, help="Keep the runs' outcomes here; none: beside the JSON file.")
@click.option("--quick", is_flag=True, help="The main comparison alone.")
def evaluate(**options: Any) -> None:
    """Does governing by scenes help? Paired runs of the same seeded hours; cut off, the same call goes on."""
    call("evaluate", "run_evaluation", **options)


@click.group()
def exercise() -> None:
    """Exercises: a trainee at a seat, injects through the field, a score and a review."""


@exercise.command("run")
@click.argument("name")
@click.option("--headless", is_flag=True, help="No window; somebody else sits in the trainee's place.")
@click.option("--trainee", type=click.Choice(["none", "colleague"]), default="colleague", show_default=True)
@click.option("--seeds", type=click.IntRange(1, 1000), default=1, show_default=True, help="Headless: so many runs.")
@click.option("--seed", type=int, help="The first seed.")
@click.option("--json", "report", type=OUT, help="Write the scores.")
@click.option("--html", type=OUT, help="Write the review as one page.")
@click.option("--language", type=click.Choice(["en", "zh_CN"]), default="en", show_default=True)
@click.option("--data", type=DIRECTORY, help="A store of its own for this exercise.")
@click.option("--pace", type=click.FloatRange(0.1, 60), help="City seconds in a second of wall time.")
@click.option("--city", type=DIRECTORY)
def exercise_run(**options: Any) -> None:
    """Play NAME of config/exercises in the window; at its end a score and a page."""
    call("exercise", "run_exercise", **options)


@exercise.command("check")
@click.argument("name", required=False)
@click.option("--city", type=DIRECTORY)
def exercise_check(**options: Any) -> None:
    """Name file, key and reason of every fault of a scenario, or of all."""
    call("exercise", "check_exercises", **options)


COMMANDS = (evaluate, exercise)
