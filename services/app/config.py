"""``run.py config reload``: have a running server take in the configuration as its files are now."""

from __future__ import annotations

from pathlib import Path

import msgspec
from rich.console import Console
from rich.markup import escape

from services.app.reload import Reloaded
from services.app.status import Endpoints, ask
from services.facts.because import english
from twin.core.errors import CivitwinError
from twin.core.views import Ask

_LIMIT_MS = 60_000


def reload_config(data: Path, as_json: bool = False) -> int:
    """Say what was taken in; 1 where a fault changed nothing."""
    path = data / "endpoints.json"
    if not path.exists():
        raise CivitwinError(f"{data}: no server has run here")
    endpoints = msgspec.json.decode(path.read_bytes(), type=Endpoints)
    reply = ask(endpoints.requests, Ask(token=endpoints.control, kind="reload", id="reload"), _LIMIT_MS)
    out = Console()
    if not reply.accepted:
        why = english(reply.reason) if reply.reason is not None else "refused"
        Console(stderr=True).print(f"[red]{escape(why)}", highlight=False, soft_wrap=True)
        return 1
    if as_json:
        out.print_json(reply.data)
        return 0
    taken = msgspec.json.decode(reply.data, type=Reloaded)
    for path_, what in taken.files.items():
        out.print(f"{what:8} {path_}", highlight=False, soft_wrap=True)
    if taken.wait:
        out.print(f"[yellow]at the next start:[/] {', '.join(taken.wait)}", highlight=False, soft_wrap=True)
    if taken.units:
        units = ", ".join(taken.units)
        out.print(f"[yellow]new units, which the field knows from its own next start:[/] {units}", soft_wrap=True)
    out.print(f"in force from turn {taken.turn} on", highlight=False)
    return 0
