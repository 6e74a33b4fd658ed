#!/usr/bin/env python3
"""The command line of Civitwin, and nothing else: the arguments stand in ``services.app.commands``, by group."""

from __future__ import annotations

import click

from services.app.commands import cities, records, rules, running, studies


@click.group(invoke_without_command=True)
@click.version_option(package_name="civitwin", prog_name="civitwin")
@click.pass_context
def main(context: click.Context) -> None:
    """Civitwin: an open city-operations twin. Without a command, the demo opens."""
    if context.invoked_subcommand is None:
        context.invoke(running.demo)


for _part in (running, cities, records, studies, rules):
    for _command in _part.COMMANDS:
        main.add_command(_command)

if __name__ == "__main__":
    main()
