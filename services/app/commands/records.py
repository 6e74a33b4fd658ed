"""What a run left: journal, recording, money, people's data, refused messages."""

from __future__ import annotations

from typing import Any

import click

from services.app.commands.calling import DIRECTORY, OUT, call, data, newest_of


@click.group()
def journal() -> None:
    """The journal of a run: of the data folder named, else of the newest run on this machine."""


@journal.command("verify")
@data
def journal_verify(**options: Any) -> None:
    """Check the hash chain from the first record to the last."""
    call("journal", "verify_journal", **options)


@journal.command("export")
@data
@click.option("--jsonl", type=OUT, required=True)
def journal_export(**options: Any) -> None:
    """Write every record as a line of JSON; the same run gives the same bytes."""
    call("journal", "export_journal", **options)


@journal.command("audit")
@click.argument("data", type=DIRECTORY, nargs=-1, callback=newest_of)
@click.option("--json", "report", type=OUT, help="Write all that was found.")
def journal_audit(**options: Any) -> None:
    """Prove that evidence, owners, closings, decisions and orders are as they must be, or list what is not."""
    call("audit", "audit_journal", **options)


@click.command()
@data
@click.option("--json", "report", type=OUT)
def money(**options: Any) -> None:
    """The trial balance of fees, benefits and fines."""
    call("treasury", "print_balance", **options)


@click.group()
def people() -> None:
    """Rights of residents over their data."""


@people.command("export")
@click.argument("person")
@data
@click.option("--json", "report", type=OUT, required=True)
def people_export(**options: Any) -> None:
    """Write all that is held about a resident, in plain words."""
    call("own_data", "export_own_data", **options)


@click.command()
@data
def replay(**options: Any) -> None:
    """Run a recording again and prove that it gives the same events, or name the first difference."""
    call("replay", "replay_run", **options)


@click.command()
@data
@click.option("--by", type=click.Choice(["city", "area", "department", "post", "scene"]), help="None: the whole city.")
@click.option("--json", "report", type=OUT, help="Write all of them.")
@click.option("--truth", is_flag=True, help="Also compare with what really happened in the simulated field.")
def measures(**options: Any) -> None:
    """How well the city was governed, from a run's journal alone."""
    call("measures", "print_measures", **options)


@click.group()
def deadletters() -> None:
    """Messages that were refused, with their reasons."""


@deadletters.command("list")
@data
@click.option("--reason")
@click.option("--limit", default=50, show_default=True)
def deadletters_list(**options: Any) -> None:
    """Show them, newest first."""
    call("deadletter_tools", "list_deadletters", **options)


@deadletters.command("retake")
@data
@click.option("--reason", help="Only those refused for this reason.")
def deadletters_retake(**options: Any) -> None:
    """Have the server take them in again, after a fix."""
    call("deadletter_tools", "retake_deadletters", **options)


COMMANDS = (journal, money, people, replay, measures, deadletters)
