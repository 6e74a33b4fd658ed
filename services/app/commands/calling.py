"""What the commands share: kinds of argument, and the one call that each command is."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

import click

from twin.core.errors import CivitwinError

DIRECTORY = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)


class _NewFile(click.Path):
    """A file that will be written: a missing folder is said at once, not after the run."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = super().convert(value, param, ctx)
        folder = Path(os.fsdecode(path)).parent
        if not folder.is_dir():
            self.fail(f"there is no folder {folder}", param, ctx)
        return path


def newest_of(context: click.Context, parameter: click.Parameter, given: tuple[Path, ...]) -> tuple[Path, ...]:
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


data = click.argument("data", type=DIRECTORY, required=False, callback=_newest)
OUT = _NewFile(dir_okay=False, writable=True, path_type=Path)


def call(module: str, function: str, **options: Any) -> None:
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
